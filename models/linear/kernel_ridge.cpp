// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <limits>

#include "core/kernels/kernel.hpp"
#include "core/linalg/inverse_factor.hpp"
#include "models/linear/linear_evidence.hpp"
#include "models/model.hpp"
#include "models/resampling/distinct_rows.hpp"

namespace predcorr::models {
namespace {

struct KernelRidgeParameters {
  Nested<Kernel> kernel = JsonType<Nested<Kernel>>::read("rbf");
  std::vector<double> penalties = {0.001, 0.01, 0.1, 1, 10};
  static Fields<KernelRidgeParameters> fields() {
    return {field("kernel", &KernelRidgeParameters::kernel, any_value(),
                  "of the function, not learned; what is left to the data starts from them, variances adding up to 1"),
            field("penalties", &KernelRidgeParameters::penalties, above(0),
                  "lambda, in the kernel's unit; of several the one with the least leave-one-out error")};
  }
};

constexpr double kSmallestPenalty = 1e-6;  // in units of the kernel's variance

struct KernelRidgeChoice {
  double penalty;
  double leave_one_out_square;  ///< mean squared error
};

/// The penalty with the least leave-one-out error; of equals the largest. With B = U diag(l) U' and G = (B + penalty
/// I)^-1, row i's error, times the root of its weight, is (G y)_i / G_ii (Rasmussen & Williams 2006, eq. 5.12).
/// Cost: 9 n^3, and 2 n^2 for each penalty.
KernelRidgeChoice least_leave_one_out(const Matrix& b, const Vector& y, double total, std::vector<double> penalties) {
  const Eigensystem system = eigensystem(b, y);
  const Vector projected = system.vectors.transpose() * y;
  const Matrix squares = system.vectors.cwiseAbs2();
  std::sort(penalties.rbegin(), penalties.rend());
  KernelRidgeChoice best{penalties.front(), std::numeric_limits<double>::infinity()};
  for (const double penalty : penalties) {
    const Vector inverse = (system.targets.eigenvalues.array() + penalty).inverse();
    const Vector dual = system.vectors * (inverse.array() * projected.array()).matrix();
    const double square = (dual.array() / (squares * inverse).array()).square().sum() / total;
    if (square < best.leave_one_out_square) best = {penalty, square};
  }
  return best;
}

class KernelRidgePosterior : public Posterior {
 public:
  /// @param observed factor of W^1/2 K W^1/2 + penalty I  @param targets W^1/2 y
  KernelRidgePosterior(KernelPtr kernel, Matrix inputs, Vector roots, Vector targets, Cholesky observed,
                       double signal_variance, double noise_variance, Diagnostics diagnostics)
      : kernel_(std::move(kernel)),
        inputs_(std::move(inputs)),
        roots_(std::move(roots)),
        targets_(std::move(targets)),
        observed_(std::move(observed)),
        signal_variance_(signal_variance),
        noise_variance_(noise_variance),
        diagnostics_(std::move(diagnostics)) {}

  Diagnostics diagnostics() const override { return diagnostics_; }

 private:
  JointPrediction do_predict(const Matrix& query) const override {
    Matrix cross = cross_in_tiles(*kernel_, query, inputs_) * roots_.asDiagonal();
    JointPrediction p = condition_gp(observed_, std::move(cross), gram_in_tiles(*kernel_, query), targets_,
                                     Vector::Constant(query.rows(), noise_variance_));
    p.latent = p.latent.scaled(std::sqrt(signal_variance_));
    return p;
  }

  KernelPtr kernel_;
  Matrix inputs_;
  Vector roots_, targets_;
  Cholesky observed_;
  double signal_variance_, noise_variance_;
  Diagnostics diagnostics_;
};

/// Kernel ridge regression (Saunders, Gammerman & Vovk 1998), of rows with weights c_i, without an intercept (add a
/// constant to the kernel for one):  f = k(x)' (K + lambda W^-1)^-1 y,  W = diag(c).  Rows of weight 0 are dropped and
/// equal rows merged, so that they are left out together, and computed with as W^1/2 K W^1/2 + lambda I. The kernel is
/// fixed; one eigendecomposition serves all `penalties`, of which the one with the least leave-one-out error is taken.
/// The noise variance s is the weighted residual sum of squares over sum c minus the trace of the hat matrix, at least
/// 1 (Wahba 1983), and the latent covariance that of the Gaussian process with the same mean, whose kernel is s /
/// lambda times this one. Cost: 10 n^3, or n^3 with one penalty; n^2 m + n m^2 to predict m points jointly.
class KernelRidge : public Model {
 public:
  explicit KernelRidge(KernelRidgeParameters p) : p_(std::move(p)) {
    require(!p_.penalties.empty(), ErrorKind::config, "penalties: at least one must be given");
  }

  ModelTraits traits() const override { return {.takes_weights = true}; }

 private:
  std::unique_ptr<Posterior> do_fit(const TrainingData& data, const Stream&) const override {
    const DistinctRows distinct = distinct_rows(data);
    const Matrix inputs = data.inputs(distinct.rows, Eigen::all);
    const KernelPtr kernel = p_.kernel.object->started(inputs, 1);
    require(kernel->white_noise(inputs).isZero(0), ErrorKind::config,
            "kernel-ridge: the penalty stands for noise; leave white noise out of the kernel");
    const double least = *std::min_element(p_.penalties.begin(), p_.penalties.end());
    const double smallest = kSmallestPenalty * kernel->diagonal(inputs).mean();
    require(least >= smallest, ErrorKind::config,
            "kernel-ridge: penalty {} is below {:.0e} of the kernel's variance, where rounding would make up the "
            "covariance; penalties must be at least {:.2g}",
            least, kSmallestPenalty, smallest);
    const Vector roots = distinct.weights.cwiseSqrt();
    const Vector targets = roots.asDiagonal() * Vector(data.targets(distinct.rows));
    const double total = distinct.weights.sum();
    Matrix b = roots.asDiagonal() * gram_in_tiles(*kernel, inputs) * roots.asDiagonal();
    Diagnostics diagnostics;
    double penalty = p_.penalties.front();
    if (p_.penalties.size() > 1) {
      const KernelRidgeChoice best = least_leave_one_out(b, targets, total, p_.penalties);
      penalty = best.penalty;
      diagnostics["leave_one_out_rmse"] = std::sqrt(best.leave_one_out_square);
    }
    b.diagonal().array() += penalty;
    Cholesky observed(std::move(b));
    // W^1/2 (y - f) is penalty * dual, and the hat matrix I - penalty * (B + penalty I)^-1.
    const Vector dual = observed.solve(targets);
    const double parameters =
        static_cast<double>(targets.size()) - penalty * InverseFactor(Cholesky(observed)).diagonal().sum();
    const double noise = penalty * penalty * dual.squaredNorm() / std::max(total - parameters, 1.0);
    diagnostics["penalty"] = penalty;
    diagnostics["effective_parameters"] = parameters;
    diagnostics["noise_variance"] = noise;
    diagnostics["cholesky_jitter"] = observed.jitter();
    return std::make_unique<KernelRidgePosterior>(kernel, inputs, roots, targets, std::move(observed), noise / penalty,
                                                  noise, std::move(diagnostics));
  }

  KernelRidgeParameters p_;
};

PREDCORR_REGISTER(Model, "kernel-ridge", KernelRidge, KernelRidgeParameters,
                  "kernel ridge regression, any kernel, penalty given or by leave-one-out error",
                  "Saunders, Gammerman & Vovk 1998; Wahba 1983");

}  // namespace
}  // namespace predcorr::models
