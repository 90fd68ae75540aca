// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <numbers>

#include "metrics/marginal/residuals.hpp"

namespace predcorr::metrics {
namespace {

/// Continuous ranked probability score of the test points' own Gaussians, int (F(t) - 1{y <= t})^2 dt, mean over
/// points: sigma (z (2 Phi(z) - 1) + 2 phi(z) - 1 / sqrt(pi)) with z = (y - mean) / sigma, and |y - mean| where sigma
/// is 0. A proper score in the target's units: a log score's cousin that one far-off point does not rule. Cost: n.
/// Source: Gneiting & Raftery 2007, section 4.2. Departure: the sign is that of a loss.
class Crps : public Metric {
 public:
  explicit Crps(NoParameters) {}

  std::vector<ScoreInfo> describe() const override {
    return {{.name = "crps",
             .unit = "target units",
             .direction = Direction::lower,
             .meaning = "continuous ranked probability score, mean over points"}};
  }

  double draw_cost(const EvaluationData& evaluation, const JointPrediction&) const override {
    return marginal_draw_cost(evaluation);
  }

 private:
  MetricResult do_score(const EvaluationData& evaluation, const JointPrediction& prediction) const override {
    return score_of(test_marginals(evaluation, prediction));
  }

  Matrix do_score_draws(const EvaluationData& evaluation, const JointPrediction& prediction,
                        const Matrix& targets) const override {
    return draws_of_marginals(evaluation, prediction, targets, 1, &score_of);
  }

  static std::vector<std::optional<double>> score_of(const Marginals& m) {
    const double inverse_root_pi = 1 / std::sqrt(std::numbers::pi);
    double total = 0;
    for (Index i = 0; i < m.size(); ++i) {
      const double error = m.y(i) - m.mean(i), sigma = m.sigma(i);
      if (sigma == 0) {
        total += std::abs(error);
        continue;
      }
      const double z = error / sigma;
      total += error * std::erf(z / std::numbers::sqrt2) + sigma * (2 * normal_density(z) - inverse_root_pi);
    }
    return {total / static_cast<double>(m.size())};
  }
};

PREDCORR_REGISTER(Metric, "crps", Crps, NoParameters, "continuous ranked probability score of each test point",
                  "Gneiting & Raftery 2007");

}  // namespace
}  // namespace predcorr::metrics
