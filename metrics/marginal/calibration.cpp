// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "metrics/marginal/residuals.hpp"
#include "metrics/scale.hpp"

namespace predcorr::metrics {
namespace {

/// Coverage of the central intervals of each test point's own Gaussian at 99 levels q = 0.01, ..., 0.99: the share of
/// points with |u_i - 1/2| <= q / 2, u_i = Phi(z_i), beside q. Mean absolute and root-mean-square difference, and
/// sharpness, the root mean variance of y: of two calibrated predictions the sharper one says more, but sharpness by
/// itself is neither good nor bad. miscalibration_area is the same mean without a grid.
/// Cost: n log n. Source: Gneiting, Balabdaoui & Raftery 2007; Kuleshov, Fenner & Ermon 2018.
class Calibration : public Metric {
 public:
  explicit Calibration(NoParameters) {}

  std::vector<ScoreInfo> describe() const override {
    return {
        {.name = "calibration",
         .part = "mean_absolute",
         .direction = Direction::lower,
         .meaning = "mean absolute difference of observed and nominal coverage of central intervals at 0.01..0.99"},
        {.name = "calibration",
         .part = "root_mean_square",
         .direction = Direction::lower,
         .meaning = "root-mean-square difference of observed and nominal coverage of central intervals at 0.01..0.99"},
        {.name = "calibration",
         .part = "sharpness",
         .unit = "target units",
         .meaning = "root mean predicted variance of y"}};
  }

  double draw_cost(const EvaluationData& evaluation, const JointPrediction&) const override {
    return marginal_draw_cost(evaluation);
  }

 private:
  static constexpr Index kLevels = 99;

  static Vector nominal() {
    return Vector::NullaryExpr(kLevels,
                               [](Index k) { return static_cast<double>(k + 1) / static_cast<double>(kLevels + 1); });
  }

  static Vector observed(const Marginals& marginals) {
    const Vector depth =
        sorted(marginals.standardised_residuals().unaryExpr([](double z) { return std::abs(normal_cdf(z) - 0.5); }));
    return nominal().unaryExpr([&](double q) {
      const auto inside = std::upper_bound(depth.begin(), depth.end(), q / 2) - depth.begin();
      return static_cast<double>(inside) / static_cast<double>(depth.size());
    });
  }

  /// The same without sorting: each point goes to the first level that covers it.
  static Vector counted(const Marginals& marginals) {
    static const Vector halves = nominal() / 2;
    Vector counts = Vector::Zero(kLevels + 1);
    for (const double z : marginals.standardised_residuals()) {
      const double depth = std::abs(normal_cdf(z) - 0.5);
      Index k = std::clamp<Index>(static_cast<Index>(2 * static_cast<double>(kLevels + 1) * depth) - 1, 0, kLevels);
      while (k < kLevels && halves(k) < depth) ++k;
      while (k > 0 && halves(k - 1) >= depth) --k;
      counts(k) += 1;
    }
    for (Index k = 1; k <= kLevels; ++k) counts(k) += counts(k - 1);
    return counts.head(kLevels) / counts(kLevels);
  }

  MetricResult do_score(const EvaluationData& evaluation, const JointPrediction& prediction) const override {
    const Marginals marginals = test_marginals(evaluation, prediction);
    const Vector expected = nominal(), seen = observed(marginals), gap = seen - expected;
    return {{gap.cwiseAbs().mean(), std::sqrt(gap.squaredNorm() / kLevels), root_mean_square(marginals.sigma)},
            {{"nominal", to_json_list(expected)}, {"observed", to_json_list(seen)}}};
  }

  /// Sharpness does not depend on y.
  Matrix do_score_draws(const EvaluationData& evaluation, const JointPrediction& prediction,
                        const Matrix& targets) const override {
    return draws_of_marginals(evaluation, prediction, targets, 3, [](const Marginals& m) {
      const Vector gap = counted(m) - nominal();
      return std::vector<std::optional<double>>{gap.cwiseAbs().mean(), std::sqrt(gap.squaredNorm() / kLevels),
                                                std::nullopt};
    });
  }
};

PREDCORR_REGISTER(Metric, "calibration", Calibration, NoParameters,
                  "coverage of central intervals at 99 levels, and sharpness", "Gneiting, Balabdaoui & Raftery 2007");

}  // namespace
}  // namespace predcorr::metrics
