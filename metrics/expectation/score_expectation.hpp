// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/base/stream.hpp"
#include "core/plugins/parameters.hpp"
#include "metrics/metric.hpp"

namespace predcorr {

/// What a score would be if the prediction were right, that is if y at the test points were drawn from it, and how the
/// score that came out lies among such draws. A score by itself says little; one that lies in the thousandth part of
/// what its own model expected says that the model is wrong.
struct ScoreExpectation {
  ScoreKey key;
  double mean = 0;
  double sd = 0;  ///< of the score, from one set of targets to another; divisor draws - 1
  /// (1 + number of draws with a score at least as bad as the observed one) / (1 + draws): uniform where the prediction
  /// is right. Worse is higher or lower as the score's direction has it; a score without a direction takes twice the
  /// smaller of both tails, at most 1. A model whose error bars are too wide has tails near 1.
  double tail = 1;
  Index draws = 0;  ///< from which all of it is; the mean's own standard error is sd / sqrt(draws)
};

struct ExpectationOptions {
  int draws = 1000;
  static Fields<ExpectationOptions> fields();
};

/// Fewer draws than these tell too little: the score is left without an expectation.
inline constexpr Index kFewestDraws = 20;
inline constexpr Index kMostDraws = 60000;

/// Multiply-adds that a metric may spend on the draws of a prediction of n points and width w: 500 n^2, what 1000
/// joint densities cost, and between 5e6 and 1e9 (20 n min(n, w), where that is more).
double most_draw_steps(Index n, Index width);

/// How many draws a metric gets: as many as asked for, and as many as most_draw_steps and the metric's draw_cost allow.
/// 0 where these are fewer than kFewestDraws. Decided by sizes, never by a clock.
Index draws_of(const Metric& metric, const EvaluationData& evaluation, const JointPrediction& prediction, Index most);

/// Expectations of the scores of one prediction, by simulation. All metrics meet the same simulated targets: one with
/// fewer draws the first of them. Two predictions of the same points meet common random numbers
/// (metrics/expectation/simulated_targets.hpp). The same bits on any number of threads.
class ScoreExpectations {
 public:
  /// Simulates the targets: at most options.draws sets, as many as most_draw_steps allows and as fit 2e7 numbers, at
  /// least kFewestDraws.
  /// @param stream the same for all models of a data set and seed
  /// @throws Error (shape) if the prediction does not fit the data; a prediction that cannot be drawn from (see
  /// simulated_targets) has no expectations
  ScoreExpectations(const EvaluationData& evaluation, const JointPrediction& prediction,
                    const ExpectationOptions& options, const Stream& stream);

  /// Those of a metric's scores that have a value and depend on y, in their order. Points that a metric draws stay
  /// those of the targets that came true.
  /// @param scores what metric.score gave of the same data and prediction
  /// @throws Error (internal) that names the metric where it breaks its rules
  std::vector<ScoreExpectation> of(const Metric& metric, const std::vector<Score>& scores) const;

 private:
  const EvaluationData& evaluation_;
  const JointPrediction& prediction_;
  Matrix targets_;  ///< n_test x draws
};

}  // namespace predcorr
