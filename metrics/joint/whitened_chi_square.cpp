// SPDX-License-Identifier: Apache-2.0
#include <boost/math/special_functions/gamma.hpp>
#include <limits>

#include "metrics/gaussian.hpp"
#include "metrics/metric.hpp"
#include "metrics/scale.hpp"

namespace predcorr::metrics {
namespace {

/// Probability of at most `square` under chi^2 with n degrees of freedom: the regularised gamma function.
double chi_square_cdf(double square, Index n) {
  return boost::math::gamma_p(0.5 * static_cast<double>(n), 0.5 * square);
}

/// Squared length of the whitened residuals of the test points over their number n, r' C_y^-1 r / n: 1 on average with
/// variance 2 / n where the joint prediction is right, above where it is over-confident, in whichever direction. Its
/// PIT is P(chi^2_n <= r' C_y^-1 r), uniform over data sets where the prediction is right. The marginal pair is
/// sum_i z_i^2 / n with z_i = r_i / sqrt(C_ii): the same where points are independent; else still 1 on average, but its
/// PIT, which takes them for independent, crowds at both ends for a right prediction. The joint
/// parts are absent where y's covariance is singular (metrics/gaussian.hpp).
/// Cost: that of the joint density.
class WhitenedChiSquare : public Metric {
 public:
  explicit WhitenedChiSquare(NoParameters) {}

  std::vector<ScoreInfo> describe() const override {
    const auto info = [](const char* part, const char* meaning) {
      return ScoreInfo{.name = "whitened_chi_square", .part = part, .meaning = meaning};
    };
    return {info("joint", "squared length of the whitened residuals per point; 1 where calibrated"),
            info("joint_pit", "its probability transform under chi-square; uniform over data sets where calibrated"),
            info("marginal", "mean squared residual over its own variance; 1 where calibrated"),
            info("marginal_pit", "its probability transform under chi-square, as if the points were independent")};
  }

  double draw_cost(const EvaluationData& evaluation, const JointPrediction& prediction) const override {
    return joint_density_cost(test_part(evaluation, prediction));
  }

 private:
  MetricResult do_score(const EvaluationData& evaluation, const JointPrediction& prediction) const override {
    const JointPrediction p = test_part(evaluation, prediction);
    const Vector y = evaluation.test_targets(), variance = held_variance(p);
    const Index n = y.size();
    require((variance.array() > 0).all(), ErrorKind::numerical, "a predicted variance of y is 0");
    const double points = static_cast<double>(n);
    const double square = squared_residuals(y, p.mean, variance).sum();
    std::optional<double> joint, joint_pit;
    try {
      const double whitened = joint_density(y, p).whitened_square;
      joint = whitened / points;
      joint_pit = chi_square_cdf(whitened, n);
    } catch (const Error&) {  // singular, as why_absent says
    }
    return {joint, joint_pit, square / points, chi_square_cdf(square, n)};
  }

  Matrix do_score_draws(const EvaluationData& evaluation, const JointPrediction& prediction,
                        const Matrix& targets) const override {
    const JointPrediction p = test_part(evaluation, prediction);
    const Vector variance = held_variance(p);
    const Index n = p.size();
    require((variance.array() > 0).all(), ErrorKind::numerical, "a predicted variance of y is 0");
    Matrix all = Matrix::Constant(4, targets.cols(), std::numeric_limits<double>::quiet_NaN());
    const auto set = [&](Index row, const Vector& squares) {
      all.row(row) = squares.transpose() / static_cast<double>(n);
      all.row(row + 1) = squares.transpose().unaryExpr([&](double square) { return chi_square_cdf(square, n); });
    };
    try {
      const JointDensities densities = joint_densities(targets, p);
      set(0, densities.whitened_square);
      set(2, densities.marginal_square);
    } catch (const Error&) {  // singular, as why_absent says
      const Vector inverse = variance.cwiseSqrt().cwiseInverse();
      set(2, (inverse.asDiagonal() * (targets.colwise() - p.mean)).colwise().squaredNorm().transpose());
    }
    return all;
  }

  std::string why_absent() const override { return "the predicted covariance of y is singular"; }
};

PREDCORR_REGISTER(Metric, "whitened_chi_square", WhitenedChiSquare, NoParameters,
                  "chi-square of whitened residuals, of all test points together and one by one",
                  "Bastos & O'Hagan 2009");

}  // namespace
}  // namespace predcorr::metrics
