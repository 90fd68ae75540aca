// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/compression/fisher_information.hpp"

#include <algorithm>
#include <map>

#include "core/base/error.hpp"
#include "models/bnn/engine/likelihood.hpp"

namespace predcorr::models {

OutputInformation gaussian_information(double noise_variance) {
  return [precision = static_cast<float>(1 / noise_variance)](const MatrixF& outputs) {
    return MatrixF(MatrixF::Constant(outputs.rows(), outputs.cols(), precision));
  };
}

// Of N(m, v): 1 / v by m, 1 / (2 v^2) by v.
OutputInformation heteroscedastic_information() {
  return [](const MatrixF& outputs) {
    MatrixF information(outputs.rows(), outputs.cols());
    for (Index i = 0; i < outputs.cols(); ++i) {
      const float per_variance = 1 / (softplus(outputs(1, i)) + kSmallestVariance);
      const float slope = softplus_slope(outputs(1, i)) * per_variance;
      information(0, i) = per_variance;
      information(1, i) = 0.5f * slope * slope;
    }
    return information;
  };
}

FisherInformation fisher_information(const Network& network, const VectorF& weights, const Batch& all,
                                     const OutputInformation& information) {
  constexpr Index kSomeRows = 16;
  const auto n = static_cast<double>(all.inputs.count);
  const std::vector<WeightBlock> blocks = network.weight_blocks();
  const std::size_t first_dense = blocks.size() - network.layers().size();
  FisherInformation fisher;
  fisher.blocks.resize(blocks.size());
  for (std::size_t l = 0; l < network.layers().size(); ++l)
    fisher.blocks[first_dense + l] = KroneckerFactors::zero(network.layers()[l]);
  std::map<const ImageLayer*, ConvolutionSums> sums;
  Vector squares = Vector::Zero(network.parameter_count());
  Network::Workspace work;
  NetworkInputs rows;
  MatrixF gradients;
  for (Index first = 0; first < all.inputs.count; first += kSomeRows) {
    const Index count = std::min(kSomeRows, all.inputs.count - first);
    gather(all.inputs, consecutive_rows(first, count), rows);
    const MatrixF outputs = network.forward(weights, rows, work).topLeftCorner(network.outputs(), count);
    const MatrixF expected = information(outputs);
    for (Index o = 0; o < network.outputs(); ++o) {
      MatrixF by_outputs = MatrixF::Zero(work.outputs.rows(), work.outputs.cols());
      by_outputs.row(o).head(count) = expected.row(o).cwiseSqrt();
      network.row_gradients(by_outputs, work, gradients, &sums);
      squares += gradients.cast<double>().cwiseAbs2().rowwise().sum();
      const std::vector<LayerGradients> dense = layer_gradients(network, work);
      for (std::size_t l = 0; l < dense.size(); ++l) {
        KroneckerFactors& factors = fisher.blocks[first_dense + l];
        factors.add({o == 0 ? dense[l].inputs : Matrix(dense[l].inputs.rows(), 0), dense[l].deltas}, 1 / n);
      }
    }
  }
  require(squares.allFinite(), ErrorKind::numerical, "compression: the Fisher information is not finite");
  for (std::size_t b = 0; b < first_dense; ++b)
    if (const auto sum = sums.find(blocks[b].layer); sum != sums.end())
      fisher.blocks[b] = {sum->second.inputs / (n * static_cast<double>(network.outputs())), sum->second.deltas / n};
  fisher.diagonal = Vector::Zero(network.layout_count());
  if (network.is_masked())
    fisher.diagonal(network.kept()) = squares / n;
  else
    fisher.diagonal = squares / n;
  return fisher;
}

}  // namespace predcorr::models
