// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "core/kernels/distances.hpp"
#include "models/gp/gp_prior.hpp"
#include "models/linear/linear_evidence.hpp"
#include "models/model.hpp"

namespace predcorr::models {
namespace {

enum class FeatureKind { inputs, fourier, relu };
EnumWords<FeatureKind> words_of(FeatureKind) {
  return {{"inputs", FeatureKind::inputs}, {"fourier", FeatureKind::fourier}, {"relu", FeatureKind::relu}};
}

struct BayesianLinearParameters {
  FeatureKind features = FeatureKind::inputs;
  int count = 500;
  double length_scale = 0;
  double smallest_noise_variance = 1e-4;
  static Fields<BayesianLinearParameters> fields() {
    using P = BayesianLinearParameters;
    return {
        field("features", &P::features, "the inputs and a one; random waves, as of an RBF kernel; random ReLU units"),
        field("count", &P::count, between(2, 100000), "random features; of waves an even number"),
        field("length_scale", &P::length_scale, at_least(0),
              "of waves, in units of the inputs' median distances; 0: that of greatest evidence from 1/8 to 8"),
        field("smallest_noise_variance", &P::smallest_noise_variance, above(0),
              "lower bound of the learned noise, in units of the targets' variance")};
  }
};

/// n x d inputs become n x p features of (x, 1) W.
struct FeatureMap {
  FeatureKind kind;
  Matrix projection;  // d + 1 x frequencies or units; the last row is the bias

  Matrix operator()(const Matrix& x) const {
    const Index d = x.cols();
    if (kind == FeatureKind::inputs) return (Matrix(x.rows(), d + 1) << x, Vector::Ones(x.rows())).finished();
    const Matrix z = (x * projection.topRows(d)).rowwise() + projection.row(d);
    const double count = static_cast<double>(z.cols());
    if (kind == FeatureKind::relu) return z.cwiseMax(0.0) * std::sqrt(2 / count);
    Matrix waves(z.rows(), 2 * z.cols());
    waves << z.array().cos(), z.array().sin();
    return waves / std::sqrt(count);
  }
};

class BayesianLinearPosterior : public Posterior {
 public:
  BayesianLinearPosterior(FeatureMap map, LinearPosterior weights, double length_scale)
      : map_(std::move(map)), weights_(std::move(weights)), length_scale_(length_scale) {}

  Diagnostics diagnostics() const override {
    Diagnostics d = {{"weight_variance", weights_.variances().signal},
                     {"noise_variance", weights_.variances().noise},
                     {"log_marginal_likelihood", weights_.variances().log_likelihood},
                     {"effective_parameters", weights_.effective_parameters()}};
    if (map_.kind == FeatureKind::fourier) d["length_scale"] = length_scale_;
    return d;
  }

  double log_likelihood() const { return weights_.variances().log_likelihood; }

 private:
  JointPrediction do_predict(const Matrix& query) const override { return weights_.predict(map_(query)); }

  FeatureMap map_;
  LinearPosterior weights_;
  double length_scale_;
};

/// Bayesian linear regression on fixed features F: y = F w + noise, w ~ N(0, v I), v and the noise variance by maximum
/// evidence (MacKay 1992; Bishop 2006, section 3.5). The joint posterior is exact.
///   inputs: x and 1, so the intercept has the slopes' prior variance.
///   fourier: cos and sin of w'x / l, w ~ N(0, I), a Monte-Carlo RBF kernel with one length-scale per input (Rahimi &
///     Recht 2007); of their length-scales one common factor is learned, by the evidence on a grid of ratio sqrt(2).
///   relu: units max(0, (w'x + b) / sqrt(d + 1)) with unit normal w and b, a Monte-Carlo arc-cosine kernel: a random
///     network of which the last layer is learned.
/// Cost: n p min(n, p), for `fourier` with an open length-scale thirteen times that.
class BayesianLinear : public Model {
 public:
  explicit BayesianLinear(BayesianLinearParameters p) : p_(std::move(p)) {
    require(p_.features != FeatureKind::fourier || p_.count % 2 == 0, ErrorKind::config,
            "fourier features come in pairs, count must be even, got {}", p_.count);
  }

 private:
  std::unique_ptr<Posterior> do_fit(const TrainingData& data, const Stream& stream) const override {
    const Index d = data.inputs.cols();
    if (p_.features == FeatureKind::inputs) return fitted(data, {FeatureKind::inputs, {}}, 0);
    Stream draws = stream.fork("features");
    if (p_.features == FeatureKind::relu) {
      const Matrix w = draws.normals((d + 1) * p_.count).reshaped(d + 1, p_.count);
      return fitted(data, {FeatureKind::relu, w / std::sqrt(static_cast<double>(d + 1))}, 0);
    }
    // A wave's phase says nothing where both cos and sin are there.
    Matrix w = draws.normals((d + 1) * p_.count / 2).reshaped(d + 1, p_.count / 2);
    w.topRows(d) = median_length_scales(data.inputs).cwiseInverse().asDiagonal() * w.topRows(d).eval();
    w.row(d).setZero();
    if (p_.length_scale > 0) return fitted(data, {FeatureKind::fourier, w / p_.length_scale}, p_.length_scale);
    std::unique_ptr<BayesianLinearPosterior> best;
    for (int i = -6; i <= 6; ++i) {
      const double length_scale = std::pow(2.0, 0.5 * i);
      auto next = fitted(data, {FeatureKind::fourier, w / length_scale}, length_scale);
      if (best == nullptr || next->log_likelihood() > best->log_likelihood()) best = std::move(next);
    }
    return best;
  }

  std::unique_ptr<BayesianLinearPosterior> fitted(const TrainingData& data, FeatureMap map, double length_scale) const {
    LinearPosterior weights(map(data.inputs), data.targets, p_.smallest_noise_variance * target_scale(data.targets));
    return std::make_unique<BayesianLinearPosterior>(std::move(map), std::move(weights), length_scale);
  }

  BayesianLinearParameters p_;
};

PREDCORR_REGISTER(Model, "bayesian-linear", BayesianLinear, BayesianLinearParameters,
                  "Bayesian linear regression on inputs or random features", "MacKay 1992; Rahimi & Recht 2007");

}  // namespace
}  // namespace predcorr::models
