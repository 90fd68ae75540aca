// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>

#include "metrics/marginal/residuals.hpp"

namespace predcorr::metrics {
namespace {

/// A central interval: its nominal coverage and how many sigmas it reaches to either side.
struct Level {
  const char* percent;
  double coverage, reach;
};
constexpr std::array<Level, 3> kLevels = {
    {{"50", 0.50, 0.67448975019608174}, {"90", 0.90, 1.6448536269514722}, {"95", 0.95, 1.9599639845400545}}};

/// Interval score of the central intervals l = mean - z sigma to u = mean + z sigma at 50, 90 and 95 % coverage, mean
/// over the test points: u - l + 2 / alpha (the distance by which y is outside), alpha = 1 - coverage. A proper score
/// that pays for width and, more dearly, for misses; in the target's units. Cost: n. Source: Gneiting & Raftery 2007,
/// section 6.2.
class IntervalScore : public Metric {
 public:
  explicit IntervalScore(NoParameters) {}

  std::vector<ScoreInfo> describe() const override {
    std::vector<ScoreInfo> infos;
    for (const Level& level : kLevels)
      infos.push_back(
          {.name = "interval_score",
           .part = level.percent,
           .unit = "target units",
           .direction = Direction::lower,
           .meaning = fmt::format("interval score of the central {} % intervals, mean over points", level.percent)});
    return infos;
  }

  double draw_cost(const EvaluationData& evaluation, const JointPrediction&) const override {
    return marginal_draw_cost(evaluation);
  }

 private:
  MetricResult do_score(const EvaluationData& evaluation, const JointPrediction& prediction) const override {
    return scores_of(test_marginals(evaluation, prediction));
  }

  Matrix do_score_draws(const EvaluationData& evaluation, const JointPrediction& prediction,
                        const Matrix& targets) const override {
    return draws_of_marginals(evaluation, prediction, targets, std::ssize(kLevels), &scores_of);
  }

  static std::vector<std::optional<double>> scores_of(const Marginals& m) {
    std::vector<std::optional<double>> scores;
    for (const Level& level : kLevels) {
      const double penalty = 2 / (1 - level.coverage);
      double total = 0;
      for (Index i = 0; i < m.size(); ++i) {
        const double half = level.reach * m.sigma(i), miss = std::abs(m.y(i) - m.mean(i)) - half;
        total += 2 * half + penalty * std::max(miss, 0.0);
      }
      scores.emplace_back(total / static_cast<double>(m.size()));
    }
    return scores;
  }
};

PREDCORR_REGISTER(Metric, "interval_score", IntervalScore, NoParameters,
                  "width and misses of central intervals of each test point", "Gneiting & Raftery 2007");

}  // namespace
}  // namespace predcorr::metrics
