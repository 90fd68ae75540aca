// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <numbers>

#include "models/bnn/compression/compression.hpp"
#include "models/bnn/engine/kronecker.hpp"
#include "models/bnn/engine/likelihood.hpp"
#include "models/bnn/laplace/laplace_curvature.hpp"
#include "models/bnn/pruning/network_start.hpp"
#include "models/gp/maximise.hpp"
#include "models/model.hpp"

namespace predcorr::models {
namespace {

struct LaplaceParameters : CompressibleNetworkParameters, TrainingParameters {
  LaplaceParameters() {
    epochs = 2000;
    schedule = Schedule::cosine;
  }
  LaplaceStructure structure = LaplaceStructure::full;
  double prior_precision = 1;
  double noise_variance = 0.1;
  bool learn_hyper_parameters = true;
  bool layerwise = false;
  int rounds = 4;
  static Fields<LaplaceParameters> fields() {
    using P = LaplaceParameters;
    return trained_network_fields<P, CompressibleNetworkParameters>(
        {field("structure", &P::structure,
               "the posterior precision: whole, Kronecker factors or the diagonal of each layer, whole of the last"),
         field("prior_precision", &P::prior_precision, above(0),
               "1 / eta, " + std::string(kPriorVarianceMeaning) + "; where learning begins"),
         field("noise_variance", &P::noise_variance, above(0),
               "of the targets, in squared training units; where learning begins"),
         field("learn_hyper_parameters", &P::learn_hyper_parameters, any_value(),
               "prior precision and noise variance by the evidence"),
         field("layerwise", &P::layerwise, any_value(), "a prior precision for each layer"),
         field("rounds", &P::rounds, between(1, 1000),
               "how often the evidence is maximised; between, the weights are trained on with what it found")});
  }
};

/// The network's values at these points.
Vector outputs(const Network& network, const VectorF& weights, const Matrix& rows) {
  Vector values(rows.rows());
  Network::Workspace work;
  for (Index first = 0; first < rows.rows(); first += kGradientBlock) {
    const NetworkInputs block =
        network.inputs_of(rows.middleRows(first, std::min(kGradientBlock, rows.rows() - first)));
    values.segment(first, block.count) =
        network.forward(weights, block, work, Pass::prediction).row(0).head(block.count).transpose().cast<double>();
  }
  return values;
}

/// Normal about the network's own outputs: the linearised model's predictive distribution.
class LaplacePosterior : public Posterior {
 public:
  LaplacePosterior(Network network, VectorF parameters, std::unique_ptr<const Curvature> curvature,
                   double noise_variance, Diagnostics diagnostics)
      : network_(std::move(network)),
        parameters_(std::move(parameters)),
        curvature_(std::move(curvature)),
        noise_variance_(noise_variance),
        diagnostics_(std::move(diagnostics)) {}

  Diagnostics diagnostics() const override { return diagnostics_; }

 private:
  JointPrediction do_predict(const Matrix& query) const override {
    return {outputs(network_, parameters_, query), curvature_->covariance(query),
            Vector::Constant(query.rows(), noise_variance_)};
  }

  Network network_;
  VectorF parameters_;
  std::unique_ptr<const Curvature> curvature_;
  double noise_variance_;
  Diagnostics diagnostics_;
};

/// A network at its maximum a posteriori and a Gaussian about it, whose precision is the Gauss-Newton matrix plus the
/// prior's (MacKay 1992). Predictions are those of the network linearised at the maximum (Immer, Korzepa & Bauer 2021):
///   mean f(x), latent covariance J(x) H^-1 J(x')', H = sum_i J_i' J_i / noise + precision,
/// in closed form. Noise and prior precision maximise the Laplace evidence
///   log N(y; f, noise) + log N(w; 0, 1 / precision) + (p / 2) log 2 pi - (1 / 2) log |H|,
/// in turns with the training of the weights: a simple form of Immer et al. 2021, who do it after each epoch.
/// Pre-activations are scaled by 1 / sqrt(fan-in + 1), so that unit precision is sensible at any width. The structures
/// are those of Ritter et al. 2018 and Daxberger et al. 2021; the whole matrix is the default, for it approximates
/// nothing further and costs little at the study's sizes. With the last layer alone, all rounds but the last use the
/// Kronecker evidence of the whole network. Networks on images take Kronecker factors or the last layer; their batch
/// normalisation is trained without decay and is then a fixed scale and shift without a posterior. Of pruned weights
/// there is no posterior; Kronecker factors give way to rows' blocks (rowwise_curvature). Costs:
/// models/bnn/laplace/laplace_curvature.hpp.
class Laplace : public Model {
 public:
  explicit Laplace(LaplaceParameters p) : p_(std::move(p)) {
    require(p_.network.is_mlp() || is_for_images(p_.structure), ErrorKind::config,
            "structure '{}' is not for networks on images; use kronecker or last-layer", word_of(p_.structure));
    p_.check_compression();
  }
  ModelTraits traits() const override { return p_.checking_inputs(); }

 private:
  std::unique_ptr<Posterior> do_fit(const TrainingData& data, const Stream& stream) const override {
    const Batch given = network_data(data);
    const NetworkStart start = network_start(p_, data, given, 1, true, false, stream.fork("initial"));
    Network network = start.network;
    VectorF weights = start.weights;
    const bool learn = p_.learn_hyper_parameters;
    const int rounds = learn ? std::min(p_.rounds, p_.epochs) : 1;
    LaplaceScales scales{p_.noise_variance, Vector::Constant(1, p_.prior_precision)};
    std::unique_ptr<Curvature> curvature;
    double evidence = 0;
    Int8Record int8;
    for (int round = 0; round < rounds; ++round) {
      TrainingParameters options = static_cast<const TrainingParameters&>(p_);
      options.epochs = p_.epochs * (round + 1) / rounds - p_.epochs * round / rounds;
      weights = trained(network, given, std::move(weights), options, scales, curvature.get(), stream, &int8);
      // Evidence of the last layer takes the others' features for given, likes those that interpolate and would have
      // them trained with ever less noise and decay. So but for the end it is that of all layers.
      const bool only_last = p_.structure == LaplaceStructure::last_layer && round + 1 < rounds;
      curvature = make_curvature(only_last ? LaplaceStructure::kronecker : p_.structure, network, weights, data.inputs,
                                 p_.layerwise);
      if (scales.precision.size() != curvature->groups())
        scales.precision = Vector::Constant(curvature->groups(), scales.precision(scales.precision.size() - 1));
      evidence = settled_evidence(network, data, weights, *curvature, learn, scales, stream);
    }
    Diagnostics sizes = start.record;
    if (const auto& compression = p_.compression.options()) {
      // Layers of the smaller network are others: their precisions begin at what the whole network's are in the mean.
      scales.precision = Vector::Constant(1, std::exp(scales.precision.array().log().mean()));
      CompressedNetwork small = compressed(
          *compression, network, std::move(weights), given,
          [&](const VectorF&) { return gaussian_information(scales.noise_variance); }, p_,
          [&](const Network& smaller, VectorF from, const TrainingParameters& options, const Stream& further) {
            return trained(smaller, given, std::move(from), options, scales, nullptr, further, nullptr);
          },
          stream.fork("compression"));
      network = std::move(small.network);
      weights = std::move(small.parameters);
      sizes.merge(small.record);
      curvature = make_curvature(p_.structure, network, weights, data.inputs, p_.layerwise);
      scales.precision = Vector::Constant(curvature->groups(), scales.precision(0));
      evidence = settled_evidence(network, data, weights, *curvature, learn, scales, stream);
    }
    curvature->settle(scales);
    Diagnostics record = {{"noise_variance", scales.noise_variance}, {"log_marginal_likelihood", evidence}};
    if (scales.precision.size() == 1) record["prior_precision"] = scales.precision(0);
    for (Index g = 0; scales.precision.size() > 1 && g < scales.precision.size(); ++g)
      record["prior_precision[" + std::to_string(g) + "]"] = scales.precision(g);
    record.merge(int8.diagnostics());
    record.merge(sizes);
    return std::make_unique<LaplacePosterior>(std::move(network), std::move(weights), std::move(curvature),
                                              scales.noise_variance, std::move(record));
  }

  /// Half the mean squared error and the prior's penalty, both times the noise variance.
  /// @param groups tells which precision is which layer's; null: there is one  @param record null: of what goes on
  VectorF trained(const Network& network, const Batch& given, VectorF start, const TrainingParameters& options,
                  const LaplaceScales& scales, const Curvature* groups, const Stream& stream,
                  Int8Record* record) const {
    Batch narrowed;
    const Batch& all = as_seen_by(network, given, narrowed);
    VectorF decay = VectorF::Zero(network.layout_count());
    const std::vector<WeightBlock> blocks = network.weight_blocks();
    for (std::size_t b = 0; b < blocks.size(); ++b) {
      const double precision = scales.precision(groups == nullptr ? 0 : groups->group(b));
      const double each = scales.noise_variance * precision / static_cast<double>(all.inputs.count);
      decay.segment(blocks[b].at, blocks[b].size()).setConstant(static_cast<float>(each));
    }
    decay = network.collected(decay);
    Network::Workspace work;
    MatrixF output_gradient;
    const BatchLoss loss = [&](const VectorF& at, const Batch& batch, VectorF& gradient) {
      const MatrixF& out = network.forward(at, batch.inputs, work, Pass::training);
      const double value = squared_loss(out, batch.targets, output_gradient).value;
      network.backward(output_gradient, work, gradient);
      gradient += decay.cwiseProduct(at);
      return value;
    };
    const HeldOutLoss held_out = [&](const VectorF& at, const Batch& batch) {
      const MatrixF& out = network.forward(at, batch.inputs, work, Pass::prediction);
      return squared_loss(out, batch.targets, output_gradient).value;
    };
    Objective objective = following(network, work, stream, {loss, held_out}, record);
    if (record != nullptr) objective = before_compression(p_.compression, network, std::move(objective));
    return train(options, all, std::move(start), stream, objective).parameters;
  }

  /// The evidence at `scales`, or its maximum, which they become.
  double settled_evidence(const Network& network, const TrainingData& data, const VectorF& weights,
                          const Curvature& curvature, bool learn, LaplaceScales& scales, const Stream& stream) const {
    const auto n = static_cast<double>(data.targets.size());
    const double residuals = (data.targets - outputs(network, weights, data.inputs)).squaredNorm();
    const Index groups = curvature.groups();
    Vector squares = Vector::Zero(groups), counts = squares;
    const std::vector<WeightBlock> blocks = network.weight_blocks();
    VectorF storage;
    const VectorF& layout = network.laid_out(weights, storage);
    for (std::size_t b = curvature.first_block(); b < blocks.size(); ++b) {
      squares(curvature.group(b)) += layout.segment(blocks[b].at, blocks[b].size()).cast<double>().squaredNorm();
      counts(curvature.group(b)) += static_cast<double>(curvature.size(b));
    }
    const LogObjective evidence = [&](const Vector& at, Vector& gradient) {
      const LaplaceScales here{std::exp(at(0)), at.tail(groups).array().exp()};
      Vector by_log_precision;
      double by_log_noise = 0;
      const double log_determinant = curvature.log_determinant(here, by_log_precision, by_log_noise);
      const double misfit = residuals / here.noise_variance;
      const Vector penalty = here.precision.cwiseProduct(squares);
      gradient.resize(1 + groups);
      gradient(0) = 0.5 * (misfit - n - by_log_noise);
      gradient.tail(groups) = 0.5 * (counts - penalty - by_log_precision);
      return 0.5 * (counts.dot(at.tail(groups)) - n * (std::log(2 * std::numbers::pi) + at(0)) - misfit -
                    penalty.sum() - log_determinant);
    };
    // Targets in large units need large weights and leave much noise.
    const double square = std::max(1.0, data.targets.squaredNorm() / n);
    const auto ranged = [](const std::string& name, double value, double low, double high) {
      const double log_low = std::log(low), log_high = std::log(high);
      return LogParameter{name, std::clamp(std::log(value), log_low, log_high), log_low, log_high, 0, 1};
    };
    std::vector<LogParameter> searched;
    if (learn) {
      searched.push_back(ranged("noise_variance", scales.noise_variance, kSmallestVariance, 10 * square));
      for (Index g = 0; g < groups; ++g)
        searched.push_back(ranged("prior_precision", scales.precision(g), 1e-6 / square, 1e6));
    } else {
      Vector at(1 + groups), gradient;
      at << std::log(scales.noise_variance), scales.precision.array().log().matrix();
      return evidence(at, gradient);
    }
    const Optimum best = maximise(evidence, searched, {.steps = 100}, stream);
    scales = {std::exp(best.at(0)), best.at.tail(groups).array().exp()};
    return best.value;
  }

  LaplaceParameters p_;
};

PREDCORR_REGISTER(Model, "laplace", Laplace, LaplaceParameters,
                  "Laplace approximation about a trained network, linearised predictions",
                  "MacKay 1992; Immer et al. 2021; Daxberger et al. 2021");

}  // namespace
}  // namespace predcorr::models
