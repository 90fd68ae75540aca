// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "metrics/marginal/residuals.hpp"

namespace predcorr::metrics {
namespace {

struct PitParameters {
  int bins = 20;
  static Fields<PitParameters> fields() {
    return {field("bins", &PitParameters::bins, between(2, 100), "bars of the histogram")};
  }
};

/// Probability integral transform u_i = Phi((y_i - mean_i) / sigma_i) of the test points, uniform on [0, 1] where the
/// prediction is calibrated: the Cramer-von Mises statistic W^2 = n int (F_n(u) - u)^2 du
/// = 1 / (12 n) + sum_i ((2 i - 1) / (2 n) - u_(i))^2. Independent and calibrated residuals give 1/6 on average at any
/// n; a fixed flaw makes it grow with n, so data sets of other sizes do not compare. Cost: n log n.
/// The histogram's heights are densities, 1 where calibrated: a cup means over-confident, a hill under-confident.
/// Source: Dawid 1984; Gneiting, Balabdaoui & Raftery 2007.
class Pit : public Metric {
 public:
  explicit Pit(PitParameters p) : p_(p) {}

  std::vector<ScoreInfo> describe() const override {
    return {
        {.name = "pit",
         .part = "cramer_von_mises",
         .direction = Direction::lower,
         .meaning = "Cramer-von Mises statistic of the test points' probability integral transforms; 1/6 is chance"}};
  }

  double draw_cost(const EvaluationData& evaluation, const JointPrediction&) const override {
    return marginal_draw_cost(evaluation);
  }

 private:
  MetricResult do_score(const EvaluationData& evaluation, const JointPrediction& prediction) const override {
    const Vector u = sorted(transforms(test_marginals(evaluation, prediction)));
    const Histogram histogram(u, 0, 1, p_.bins);
    return {{statistic(u)},
            {{"edges", to_json_list(histogram.edges)}, {"density", to_json_list(histogram.density(u.size()))}}};
  }

  Matrix do_score_draws(const EvaluationData& evaluation, const JointPrediction& prediction,
                        const Matrix& targets) const override {
    return draws_of_marginals(evaluation, prediction, targets, 1, [](const Marginals& m) {
      return std::vector<std::optional<double>>{statistic(sorted_levels(transforms(m)))};
    });
  }

  /// @param u smallest first
  static double statistic(const Vector& u) {
    const double n = static_cast<double>(u.size());
    const Vector middle = (Vector::LinSpaced(u.size(), 0, n - 1).array() + 0.5) / n;
    return (middle - u).squaredNorm() + 1 / (12 * n);
  }

  static Vector transforms(const Marginals& m) { return m.standardised_residuals().unaryExpr(&normal_cdf); }

  PitParameters p_;
};

PREDCORR_REGISTER(Metric, "pit", Pit, PitParameters, "probability integral transform of each test point",
                  "Dawid 1984; Gneiting, Balabdaoui & Raftery 2007");

}  // namespace
}  // namespace predcorr::metrics
