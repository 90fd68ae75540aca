// SPDX-License-Identifier: Apache-2.0
#include <Eigen/Eigenvalues>
#include <cmath>
#include <limits>

#include "metrics/gaussian.hpp"
#include "metrics/joint/joint_scores.hpp"

namespace predcorr::metrics {
namespace {

struct CovarianceHealthParameters {
  int points = 1000;
  static Fields<CovarianceHealthParameters> fields() {
    return {field("points", &CovarianceHealthParameters::points, between(1, 10000),
                  "test points whose covariance is looked at, drawn by their targets, where there are more")};
  }
};

/// Smallest first.
Vector eigenvalues(const Matrix& symmetric) {
  if (symmetric.rows() == 1) return symmetric.col(0);  // Eigen's reduction begins at two
  return Eigen::SelfAdjointEigenSolver<Matrix>(symmetric, Eigen::EigenvaluesOnly).eigenvalues();
}

/// Of F F' by those of F'F where that is smaller: the others are 0.
Vector latent_eigenvalues(const Covariance& latent, const Matrix& dense) {
  const Index n = latent.size(), s = latent.width();
  if (!latent.is_factor() || s >= n || latent.extra_diagonal().size() > 0) return eigenvalues(dense);
  const RowMatrix factor = latent.factor_rows(0, n);
  Vector all = Vector::Zero(n);
  all.tail(s) = eigenvalues(factor.transpose() * factor);
  return all;
}

/// What a Cholesky factorisation needs on its diagonal, in units of the mean variance; nothing where 1e-4 is not
/// enough.
std::optional<double> jitter_needed(const Matrix& covariance) {
  const double scale = covariance.diagonal().mean();
  if (!(scale > 0)) return std::nullopt;
  try {
    return Cholesky(covariance).jitter() / scale;
  } catch (const Error&) {  // as why_absent says
    return std::nullopt;
  }
}

/// log N(y; mean, C + jitter * mean variance * I) / n.
std::optional<double> density_with_jitter(const Vector& y, JointPrediction p, double jitter) {
  p.noise_variance.array() += jitter * p.observed_variance().mean();
  try {
    return joint_log_density(y, p) / static_cast<double>(y.size());
  } catch (const Error&) {
    return std::nullopt;
  }
}

/// How sound the covariance of the test points is as a matrix. Nothing here is good or bad by itself; it tells how far
/// the joint scores can be trusted. C_f is the latent covariance, C_y that of y.
/// - asymmetry: max |C_f - C_f'| / max |C_f|; dense covariances are kept symmetric, products of factors are to
/// rounding;
/// - smallest_eigenvalue: of C_f, over its largest; below 0 by more than rounding, it is no covariance;
/// - rank: eigenvalues of C_f above n eps of the largest; a model with s members has at most s;
/// - condition: largest over smallest eigenvalue of C_y; absent where the latter is not above n eps of the former;
/// - latent_jitter, jitter: the smallest of 0, 1e-10, 1e-9, ..., 1e-4 of the mean variance that lets C_f, C_y have a
///   Cholesky factor. The joint scores never add any (metrics/gaussian.hpp);
/// - sensitivity: what the joint log-likelihood per point gains if C_y's diagonal grows by 1e-6 of the mean variance in
///   place of 1e-8, nats. Near 0 the score is the model's; large, it is that of a choice of jitter.
/// Exact up to `points` test points, of so many drawn ones above. Cost: eigenvalues of C_f and, unless all points have
/// the same noise, of C_y: 4 n^3 / 3 each; of a factor without a diagonal of its own n s^2; four factorisations of n^3
/// / 3.
class CovarianceHealth : public Metric {
 public:
  explicit CovarianceHealth(CovarianceHealthParameters p) : p_(p) {}

  std::vector<ScoreInfo> describe() const override {
    const auto info = [](const char* part, const char* unit, const char* meaning, bool of_latent = true) {
      return ScoreInfo{
          .name = "covariance_health", .part = part, .unit = unit, .meaning = meaning, .of_latent = of_latent};
    };
    return {
        info("asymmetry", "", "largest difference of the latent covariance from its transpose, over its largest entry"),
        info("smallest_eigenvalue", "", "of the latent covariance, over its largest"),
        info("rank", "", "of the latent covariance, to working precision"),
        info("condition", "", "condition number of the covariance of y", false),
        info("latent_jitter", "mean variances", "jitter that a factor of the latent covariance needs"),
        info("jitter", "mean variances", "jitter that a factor of the covariance of y needs", false),
        info("sensitivity", "nats per point", "joint log-likelihood at a jitter of 1e-6, less that at 1e-8", false)};
  }

  /// But for the sensitivity, which is about a matrix as well, its scores do not depend on y.
  double draw_cost(const EvaluationData&, const JointPrediction&) const override {
    return std::numeric_limits<double>::infinity();
  }

 private:
  MetricResult do_score(const EvaluationData& evaluation, const JointPrediction& prediction) const override {
    const TestSample sample(evaluation, prediction, p_.points);
    const JointPrediction& p = sample.prediction;
    const Matrix latent = p.latent.matrix();
    const double largest_entry = latent.cwiseAbs().maxCoeff();
    require(largest_entry > 0, ErrorKind::numerical, "all latent variances are 0");
    const double asymmetry = (latent - latent.transpose()).cwiseAbs().maxCoeff() / largest_entry;
    const Vector values = latent_eigenvalues(p.latent, latent);
    const double largest = values.maxCoeff(), rounding = rounding_of(p.size());
    const auto rank = static_cast<double>((values.array() > rounding * largest).count());

    Matrix observed = latent;
    observed.diagonal() += p.noise_variance;
    const bool equal_noise = p.noise_variance.maxCoeff() == p.noise_variance.minCoeff();
    const Vector of_y = equal_noise ? Vector(values.array() + p.noise_variance(0)) : eigenvalues(observed);
    std::optional<double> condition, sensitivity;
    if (of_y.minCoeff() > rounding * of_y.maxCoeff()) condition = of_y.maxCoeff() / of_y.minCoeff();
    const auto little = density_with_jitter(sample.y, p, 1e-8), more = density_with_jitter(sample.y, p, 1e-6);
    if (little && more) sensitivity = *more - *little;
    return {asymmetry,  values.minCoeff() / largest, rank, condition, jitter_needed(latent), jitter_needed(observed),
            sensitivity};
  }

  std::string why_absent() const override {
    return "the covariance is singular, or not positive definite even with 1e-4 of its mean variance added";
  }

  static double rounding_of(Index n) { return static_cast<double>(n) * std::numeric_limits<double>::epsilon(); }

  CovarianceHealthParameters p_;
};

PREDCORR_REGISTER(Metric, "covariance_health", CovarianceHealth, CovarianceHealthParameters,
                  "symmetry, rank, condition and needed jitter of the test points' covariance", "Higham 2002");

}  // namespace
}  // namespace predcorr::metrics
