// SPDX-License-Identifier: Apache-2.0
#include "metrics/marginal/miscalibration_area.hpp"

#include <algorithm>
#include <boost/math/special_functions/beta.hpp>
#include <cmath>
#include <numbers>

#include "metrics/marginal/residuals.hpp"

namespace predcorr::metrics {

double area_from_uniform(const Vector& levels) {
  const Index n = levels.size();
  double area = 0, from = 0;
  for (Index i = 0; i <= n; ++i) {  // F_n is i / n between the i-th level and the next
    const double to = i < n ? levels(i) : 1.0, height = static_cast<double>(i) / static_cast<double>(n);
    const double a = from - height, b = to - height;
    // |p - height| integrates to the difference of p |p| / 2, sign kept, on either side of the crossing.
    area += 0.5 * (b * std::abs(b) - a * std::abs(a));
    from = to;
  }
  return area;
}

double expected_area_from_uniform(Index n) {
  require(n >= 1, ErrorKind::shape, "miscalibration_area: must have at least 1 point, got {}", n);
  const double size = static_cast<double>(n);
  constexpr Index kExact = 1000;
  if (n > kExact) return std::sqrt(std::numbers::pi / 32 / size) * (1 + 1 / (12 * size));
  double sum = 0;
  for (Index j = 1; j <= n; ++j) {
    const double k = static_cast<double>(j), a = k + 1, b = size - k + 2;
    sum += k * (size - k + 1) * (boost::math::ibeta(a, b, k / size) - boost::math::ibeta(a, b, (k - 1) / size));
  }
  return 2 / size * sum / ((size + 1) * (size + 2));
}

namespace {

/// Area between the observed and the nominal coverage of centred intervals mean +- z_p sigma: nominal p = 2 Phi(z_p) -
/// 1, observed F_n(p) = the share of test points inside, so that each point enters by its own level erf(|r_i| / sqrt
/// 2). It lies between 0 and 1/2. `signed` leaves out the absolute value: below 0 the intervals are too narrow
/// (over-confident), above 0 too wide. `expected` is the area that a calibrated model has at this n where the test
/// points are independent of one another; a difference of that size is noise, and dependent points make more of it.
/// Source: Kuleshov, Fenner & Ermon 2018; Tran et al. 2020, who use 100 levels. Cost: n log n.
class MiscalibrationArea : public Metric {
 public:
  explicit MiscalibrationArea(NoParameters) {}

  std::vector<ScoreInfo> describe() const override {
    return {{.name = "miscalibration_area",
             .part = "area",
             .direction = Direction::lower,
             .meaning = "area between observed and nominal coverage of centred intervals",
             .head = "miscal. area"},
            {.name = "miscalibration_area",
             .part = "signed",
             .meaning = "the same with its sign: below 0 intervals are too narrow, above 0 too wide"},
            {.name = "miscalibration_area",
             .part = "expected",
             .meaning = "the area a calibrated model has on average at this number of test points"}};
  }

  double draw_cost(const EvaluationData& evaluation, const JointPrediction&) const override {
    return marginal_draw_cost(evaluation);
  }

 private:
  MetricResult do_score(const EvaluationData& evaluation, const JointPrediction& prediction) const override {
    const Vector levels = levels_of(test_marginals(evaluation, prediction));
    constexpr Index kSteps = 100;
    const Vector nominal = Vector::LinSpaced(kSteps + 1, 0, 1);
    const Vector observed = nominal.unaryExpr([&](double p) {
      return static_cast<double>(std::upper_bound(levels.begin(), levels.end(), p) - levels.begin()) /
             static_cast<double>(levels.size());
    });
    return {{area_from_uniform(levels), 0.5 - levels.mean(), expected_area_from_uniform(levels.size())},
            {{"nominal", to_json_list(nominal)}, {"observed", to_json_list(observed)}}};
  }

  /// The expected area does not depend on y.
  Matrix do_score_draws(const EvaluationData& evaluation, const JointPrediction& prediction,
                        const Matrix& targets) const override {
    return draws_of_marginals(evaluation, prediction, targets, 3, [](const Marginals& m) {
      const Vector levels = levels_of(m);
      return std::vector<std::optional<double>>{area_from_uniform(levels), 0.5 - levels.mean(), std::nullopt};
    });
  }

  static Vector levels_of(const Marginals& m) {
    return sorted_levels(
        m.standardised_residuals().unaryExpr([](double r) { return std::erf(std::abs(r) / std::numbers::sqrt2); }));
  }
};

PREDCORR_REGISTER(Metric, "miscalibration_area", MiscalibrationArea, NoParameters,
                  "area between observed and nominal coverage of centred intervals",
                  "Kuleshov, Fenner & Ermon 2018; Tran et al. 2020");

}  // namespace
}  // namespace predcorr::metrics
