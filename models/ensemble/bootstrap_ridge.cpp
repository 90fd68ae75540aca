// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "core/cholesky.hpp"
#include "models/model.hpp"

namespace predcorr::models {
namespace {

struct BootstrapRidgeParameters {
  int members = 100;
  double penalty = 1;
  static Fields<BootstrapRidgeParameters> fields() {
    return {field("members", &BootstrapRidgeParameters::members, between(2, 100000), "resampled regressions"),
            field("penalty", &BootstrapRidgeParameters::penalty, above(0),
                  "lambda in sum of squares + lambda |w|^2; the intercept is free")};
  }
};

struct Ridge {
  Vector weights;
  double intercept = 0;
  double effective_parameters = 0;  ///< trace of the hat matrix, intercept included
};

/// min_w,b  sum_i c_i (y_i - b - w'x_i)^2 + lambda |w|^2, by the normal equations of centred data.
/// Cost: n d^2 + d^3 / 3.
Ridge fit_ridge(const Matrix& x, const Vector& y, const Vector& counts, double penalty) {
  const double total = counts.sum();
  const Vector x_mean = x.transpose() * counts / total;
  const double y_mean = y.dot(counts) / total;
  const Matrix centred = x.rowwise() - x_mean.transpose();
  const Matrix weighted = centred.array().colwise() * counts.array();
  const Matrix gram = weighted.transpose() * centred;
  Matrix penalised = gram;
  penalised.diagonal().array() += penalty;
  const Cholesky factor(std::move(penalised));
  Ridge ridge;
  ridge.weights = factor.solve(weighted.transpose() * (y.array() - y_mean).matrix());
  ridge.intercept = y_mean - ridge.weights.dot(x_mean);
  ridge.effective_parameters = 1 + factor.solve(gram).trace();
  return ridge;
}

class BootstrapRidgePosterior : public Posterior {
 public:
  BootstrapRidgePosterior(Matrix weights, Vector intercepts, double noise_variance)
      : weights_(std::move(weights)), intercepts_(std::move(intercepts)), noise_variance_(noise_variance) {}

  Diagnostics diagnostics() const override { return {{"noise_variance", noise_variance_}}; }

 private:
  JointPrediction do_predict(const Matrix& query) const override {
    const Matrix members = (weights_.transpose() * query.transpose()).colwise() + intercepts_;
    return from_samples(members, Vector::Constant(query.rows(), noise_variance_));
  }

  Matrix weights_;     // d x members
  Vector intercepts_;  // members
  double noise_variance_;
};

/// Ridge regressions on bootstrap resamples of the rows (Efron 1979): their spread is the latent covariance. The noise
/// variance is the full fit's residual sum of squares over n minus its effective number of parameters
/// (Hastie, Tibshirani & Friedman 2009, section 7.6).
class BootstrapRidge : public Model {
 public:
  explicit BootstrapRidge(BootstrapRidgeParameters p) : p_(p) {}

 private:
  std::unique_ptr<Posterior> do_fit(const TrainingData& data, const Stream& stream) const override {
    const Index n = data.inputs.rows();
    const Ridge full = fit_ridge(data.inputs, data.targets, Vector::Ones(n), p_.penalty);
    const Vector residual = data.targets - ((data.inputs * full.weights).array() + full.intercept).matrix();
    const double freedom = std::max(static_cast<double>(n) - full.effective_parameters, 1.0);
    Matrix weights(data.inputs.cols(), p_.members);
    Vector intercepts(p_.members);
    for (int m = 0; m < p_.members; ++m) {
      Stream member = stream.fork("member", static_cast<std::uint64_t>(m));
      Vector counts = Vector::Zero(n);
      for (Index i = 0; i < n; ++i) counts(member.index(n)) += 1;
      const Ridge ridge = fit_ridge(data.inputs, data.targets, counts, p_.penalty);
      weights.col(m) = ridge.weights;
      intercepts(m) = ridge.intercept;
    }
    return std::make_unique<BootstrapRidgePosterior>(std::move(weights), std::move(intercepts),
                                                     residual.squaredNorm() / freedom);
  }

  BootstrapRidgeParameters p_;
};

PREDCORR_REGISTER(Model, "bootstrap-ridge", BootstrapRidge, BootstrapRidgeParameters,
                  "ridge regressions on resampled rows; their spread is the covariance",
                  "Efron 1979; Hoerl & Kennard 1970; Palmer et al. 2022");

}  // namespace
}  // namespace predcorr::models
