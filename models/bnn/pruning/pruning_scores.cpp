// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/pruning/pruning_scores.hpp"

#include <algorithm>

#include "core/base/error.hpp"

namespace predcorr::models {
namespace {

/// Scoring passes' rows, in random order: those of a pass are others than the last one's as far as there are any.
std::vector<Batch> scoring_batches(const PruningOptions& options, const Batch& all, const Stream& stream) {
  const Index n = all.inputs.count, rows = std::min<Index>(options.rows, n);
  MiniBatches batches(all, consecutive_rows(0, n), static_cast<int>(rows), stream.fork("rows"));
  std::vector<Batch> chosen;
  for (int pass = 0; pass < options.passes_made(); ++pass) chosen.push_back(batches.next());
  return chosen;
}

VectorF mean_gradient(const std::vector<Batch>& batches, const Network& network, const VectorF& weights,
                      const PruningLoss& loss) {
  VectorF sum = VectorF::Zero(weights.size());
  for (const Batch& batch : batches) sum += pruning_gradient(network, weights, batch, loss);
  return sum / static_cast<float>(batches.size());
}

/// -S = theta * (H g).
VectorF grasp_scores(const std::vector<Batch>& batches, const Network& network, const VectorF& weights,
                     const PruningLoss& loss) {
  // What is not scored must not be in H g either: batch normalisation and biases are not, as in the paper's code.
  VectorF direction = VectorF::Zero(weights.size());
  const VectorF gradient = mean_gradient(batches, network, weights, loss);
  for (const std::vector<Index>& places : weight_places(network))
    for (const Index i : places) direction(i) = gradient(i);
  VectorF product = VectorF::Zero(weights.size());
  for (const Batch& batch : batches) product += gradient_flow(network, weights, batch, loss, direction).hessian_product;
  return weights.cwiseProduct(product) / static_cast<float>(batches.size());
}

/// |theta| as layers multiply with it: convolutions and layers that are scaled by their fan-in have it in their scale.
VectorF magnitudes(const Network& network, const VectorF& weights) {
  VectorF all = VectorF::Zero(weights.size());
  for (const WeightBlock& block : network.weight_blocks())
    all.segment(block.at, block.size()) = block.scale * weights.segment(block.at, block.size()).cwiseAbs();
  return all;
}

/// |theta| times the gradient of R, the sum of outputs of the network with |theta| and no biases on inputs of ones.
/// Batch normalisation sees its first statistics, and so is the identity (Tanaka et al. 2020).
VectorF synaptic_flow(const Network& network, const VectorF& weights) {
  Architecture architecture = network.architecture();
  require(!architecture.images || architecture.activation == Activation::relu, ErrorKind::config,
          "pruning.criterion: synflow follows flows through relu units; of networks on images with another activation "
          "take another criterion");
  architecture.activation = Activation::relu;
  const Network positive(architecture);
  VectorF at = weights.cwiseAbs();
  for (const WeightBlock& block : network.weight_blocks())
    if (block.has_bias) at.segment(block.at + block.outputs * block.weight_columns(), block.outputs).setZero();
  const Index size = architecture.images ? architecture.images->input().size() : architecture.inputs;
  const NetworkInputs ones = network_inputs(Matrix::Ones(1, size));
  Network::Workspace work;
  MatrixF by_outputs = positive.forward(at, ones, work);
  by_outputs.setZero();
  by_outputs.topLeftCorner(network.outputs(), 1).setOnes();
  VectorF gradient(at.size());
  positive.backward(by_outputs, work, gradient);
  return at.cwiseProduct(gradient);
}

VectorF scores_by(const PruningOptions& options, const Network& network, const VectorF& weights, const Batch& all,
                  bool heteroscedastic, const Stream& stream) {
  const PruningLoss loss{heteroscedastic, static_cast<float>(options.temperature)};
  switch (options.criterion) {
    case PruningCriterion::grasp: return grasp_scores(scoring_batches(options, all, stream), network, weights, loss);
    case PruningCriterion::grasp_magnitude:
      return grasp_scores(scoring_batches(options, all, stream), network, weights, loss).cwiseAbs();
    case PruningCriterion::snip:
      return weights.cwiseProduct(mean_gradient(scoring_batches(options, all, stream), network, weights, loss))
          .cwiseAbs();
    case PruningCriterion::synflow: return synaptic_flow(network, weights);
    case PruningCriterion::magnitude: return magnitudes(network, weights);
    case PruningCriterion::random:
    case PruningCriterion::random_by_layer: break;
  }
  VectorF scores(weights.size());
  stream.fork("random").fill_normals(scores);
  return scores;
}

}  // namespace

std::vector<std::vector<Index>> weight_places(const Network& network) {
  std::vector<std::vector<Index>> all;
  for (const WeightBlock& block : network.weight_blocks()) {
    std::vector<Index> places(static_cast<std::size_t>(block.outputs * block.weight_columns()));
    for (std::size_t i = 0; i < places.size(); ++i) places[i] = block.at + static_cast<Index>(i);
    all.push_back(std::move(places));
  }
  return all;
}

VectorF pruning_scores(const PruningOptions& options, const Network& network, const VectorF& weights, const Batch& all,
                       bool heteroscedastic, const Stream& stream) {
  VectorF scores = scores_by(options, network, weights, all, heteroscedastic, stream);
  require(scores.allFinite(), ErrorKind::numerical, "pruning: scores at the first weights are not finite");
  return scores;
}

}  // namespace predcorr::models
