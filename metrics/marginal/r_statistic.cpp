// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "metrics/marginal/residuals.hpp"

namespace predcorr::metrics {
namespace {

struct RStatisticParameters {
  int bins = 30;
  static Fields<RStatisticParameters> fields() {
    return {field("bins", &RStatisticParameters::bins, between(2, 100), "bars of the histogram")};
  }
};

/// r_i = (y_i - mean_i) / sigma_i of the test points against N(0, 1): mean, standard deviation about that mean (divisor
/// n, as the study has it) and the Kolmogorov-Smirnov distance max |F_n - Phi|. A standard deviation above 1 means that
/// the error bars are too small. The distance of a calibrated model is not 0 but about 0.87 / sqrt(n), and more where
/// the residuals depend on one another. Cost: n log n.
///
/// The histogram is centred at 0 and as wide as 99 % of the residuals need, at least from -4 to 4; what lies outside
/// counts in the heights' norm and is told apart.
/// Source: Palmer et al. 2022. Departure: the study leaves out points whose sigma is 0; here they make the score
/// absent.
class RStatistic : public Metric {
 public:
  explicit RStatistic(RStatisticParameters p) : p_(p) {}

  std::vector<ScoreInfo> describe() const override {
    return {{.name = "r_statistic",
             .part = "mean",
             .meaning = "mean of residual / sigma; 0 where calibrated",
             .head = "r mean"},
            {.name = "r_statistic",
             .part = "std",
             .meaning = "standard deviation of residual / sigma; 1 where calibrated, above where over-confident",
             .head = "r std"},
            {.name = "r_statistic",
             .part = "ks",
             .direction = Direction::lower,
             .meaning = "Kolmogorov-Smirnov distance of residual / sigma from N(0, 1)"}};
  }

  double draw_cost(const EvaluationData& evaluation, const JointPrediction&) const override {
    return marginal_draw_cost(evaluation);
  }

 private:
  MetricResult do_score(const EvaluationData& evaluation, const JointPrediction& prediction) const override {
    const Vector r = sorted(test_marginals(evaluation, prediction).standardised_residuals());
    return {values_of(r, r.unaryExpr(&normal_cdf)), histogram_of(r)};
  }

  Matrix do_score_draws(const EvaluationData& evaluation, const JointPrediction& prediction,
                        const Matrix& targets) const override {
    return draws_of_marginals(evaluation, prediction, targets, 3, [](const Marginals& m) {
      const Vector r = m.standardised_residuals();
      return values_of(r, sorted_levels(r.unaryExpr(&normal_cdf)));
    });
  }

  /// @param levels Phi(r), smallest first
  static std::vector<std::optional<double>> values_of(const Vector& r, const Vector& levels) {
    const Index n = r.size();
    const double mean = r.mean();
    double ks = 0;
    for (Index i = 0; i < n; ++i) {
      const double below = static_cast<double>(i) / static_cast<double>(n),
                   up_to = static_cast<double>(i + 1) / static_cast<double>(n);
      ks = std::max({ks, up_to - levels(i), levels(i) - below});
    }
    std::optional<double> stddev;
    if (n > 1) stddev = std::sqrt((r.array() - mean).square().mean());
    return {mean, stddev, ks};
  }

  Json histogram_of(const Vector& r) const {
    const Index n = r.size();
    const Vector size = sorted(r.cwiseAbs());
    const double half = std::max(4.0, size(static_cast<Index>(std::ceil(0.99 * static_cast<double>(n))) - 1));
    const Histogram histogram(r, -half, half, p_.bins);
    const Vector cdf = histogram.edges.unaryExpr(&normal_cdf);
    const Vector width = histogram.edges.tail(p_.bins) - histogram.edges.head(p_.bins);
    const Vector normal = (cdf.tail(p_.bins) - cdf.head(p_.bins)).cwiseQuotient(width);
    const auto share = [n](Index count) { return static_cast<double>(count) / static_cast<double>(n); };
    return {{"edges", to_json_list(histogram.edges)},
            {"density", to_json_list(histogram.density(n))},
            {"normal", to_json_list(normal)},
            {"outside", {share((r.array() < -half).count()), share((r.array() > half).count())}}};
  }

  std::string why_absent() const override { return "one test point has no spread"; }

  RStatisticParameters p_;
};

PREDCORR_REGISTER(Metric, "r_statistic", RStatistic, RStatisticParameters,
                  "distribution of residual / sigma against N(0, 1)", "Palmer et al. 2022");

}  // namespace
}  // namespace predcorr::metrics
