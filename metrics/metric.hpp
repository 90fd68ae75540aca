// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "core/plugins/registry.hpp"
#include "core/prediction/joint_prediction.hpp"
#include "metrics/score.hpp"

namespace predcorr {

/// What a prediction is scored against, for its points: the pool first (perhaps none), then the test points.
struct EvaluationData {
  Vector y;  ///< n_pool + n_test, target units
  Index n_pool = 0;
  std::optional<JointPrediction> oracle;  ///< of the same points, where the truth is known
  Matrix inputs = {};  ///< of the same points as the models see them, n x d; empty where they are not at hand
  /// Test targets by which points are drawn and dealt to groups (metrics/points/content_order.hpp), where these are to
  /// stay what they are while y is another: n_test. Empty: y itself.
  Vector dealt_by = {};

  Index n_test() const { return y.size() - n_pool; }
  Vector test_targets() const { return y.tail(n_test()); }
};

/// The test points of a prediction; shares storage where there is no pool.
JointPrediction test_part(const EvaluationData& evaluation, const JointPrediction& prediction);

/// What a metric computes of a prediction, all at once.
struct MetricResult {
  std::vector<std::optional<double>> values;  ///< in the order of describe(); a score that cannot be had has none
  /// What plots of the scores need, kept with the cell: {"name": [finite numbers], ...}, a few hundred at most. Null
  /// where there is no plot.
  Json curves = nullptr;

  /// return {slope, intercept, std::nullopt};
  /// Json converts to a number without a word; here it does not, lest curves become one more value.
  template <std::convertible_to<std::optional<double>>... V>
    requires(!std::same_as<std::remove_cvref_t<V>, Json> && ...)
  MetricResult(V... given) : values{std::optional<double>(given)...} {}

  /// return values;   or, with curves,   return {{slope, intercept}, {{"x", x}, {"y", y}}};
  MetricResult(std::vector<std::optional<double>> given, Json plots = nullptr)
      : values(std::move(given)), curves(std::move(plots)) {}
};

/// What came of one prediction by one metric.
struct MetricOutcome {
  std::vector<Score> scores;  ///< one for each line of describe()
  Json curves;                ///< as in MetricResult
  std::string fault;          ///< why curves that the metric gave are left out; empty where they are sound
};

/// Scores one prediction. To add one, write a file that ends in PREDCORR_REGISTER(Metric, ...).
class Metric : public Plugin {
 public:
  static constexpr const char* kKind = "metric";
  virtual ~Metric() = default;

  virtual std::vector<ScoreInfo> describe() const = 0;

  /// Scores and curves from one computation. A score that cannot be had (see Score) is no error, and neither is a
  /// metric that breaks its rules (too few values, any exception): its scores are absent, with a reason that names it.
  /// If even describe() fails there is one absent score, of the registered name. Where only the curves are not what
  /// they should be, the scores stand.
  /// @throws Error (shape) if the prediction does not fit the data
  MetricOutcome evaluate(const EvaluationData& evaluation, const JointPrediction& prediction) const;

  /// Its scores alone.
  std::vector<Score> score(const EvaluationData& evaluation, const JointPrediction& prediction) const {
    return evaluate(evaluation, prediction).scores;
  }

  /// What do_score returns: as many values as scores are described, finite or not, and whatever curves.
  /// @throws Error the metric's own, and (internal) one that names it where it breaks its rules
  MetricResult result(const EvaluationData& evaluation, const JointPrediction& prediction) const;

  /// @throws Error (internal) that names the metric if these are not curves as a MetricResult has them
  void check_curves(const Json& curves) const;

  /// What the scores would be had other targets come true: a row for each line of describe(), a column for each column
  /// of `targets`; NaN where there is no value; a row of NaN too where it does not depend on y or costs too much.
  /// Points that the metric draws, and groups, stay those of evaluation.y.  @param targets n_test x k, target units
  /// @throws Error (shape) if sizes do not fit, the metric's own, and (internal) one that names it
  Matrix score_draws(const EvaluationData& evaluation, const JointPrediction& prediction, const Matrix& targets) const;

  /// About how many multiply-adds a column of score_draws costs, what all columns share left aside. It decides how many
  /// columns are asked for (metrics/expectation/score_expectation.hpp), so it depends on sizes and parameters alone.
  /// Infinite where no score depends on y. Here n w^2, w the width of the covariance: what a metric costs that
  /// factorises it anew each time.
  virtual double draw_cost(const EvaluationData& evaluation, const JointPrediction& prediction) const;

  /// True where points are drawn at random, or dealt to groups, by their place, so that the same points in another
  /// order give another value, within chance. All other metrics give the same.
  virtual bool draws_points() const { return false; }

 private:
  /// An Error becomes the reason of all scores.
  virtual MetricResult do_score(const EvaluationData& evaluation, const JointPrediction& prediction) const = 0;

  /// What score_draws returns. Here do_score of one column after the other; to be overridden where a part of the work
  /// does not depend on y, to rounding with the same values.
  virtual Matrix do_score_draws(const EvaluationData& evaluation, const JointPrediction& prediction,
                                const Matrix& targets) const;

  /// Why a score is absent without an Error.
  virtual std::string why_absent() const { return "not defined for this prediction"; }
};

/// One model's prediction of the test points of a problem.
struct Contender {
  std::string label;
  JointPrediction test;
  /// A guest is scored, and ranked among all that are none, but moves nobody else's score or rank: a control, or any
  /// model that meets a frozen pool of references.
  bool guest = false;
};

/// The scores one contender got.
struct ContenderScores {
  std::string label;
  std::vector<Score> scores;
};

/// Scores every model's prediction of one problem together, wherever the predictions come from.
class CrossMetric : public Plugin {
 public:
  static constexpr const char* kKind = "metric";
  virtual ~CrossMetric() = default;

  virtual std::vector<ScoreInfo> describe() const = 0;

  /// @param y test targets  @return in the order of `contenders`
  virtual std::vector<ContenderScores> score(const Vector& y, const std::vector<Contender>& contenders) const = 0;

  /// What `score` returns, checked: an entry for each contender, in order and under its label, scores that were
  /// described, values that are finite.  @throws Error the metric's own, and (internal) one that names it
  std::vector<ContenderScores> checked_scores(const Vector& y, const std::vector<Contender>& contenders) const;

  /// The same, where a metric that breaks its rules leaves every contender without its scores, with a reason.
  /// @throws Error the metric's own
  std::vector<ContenderScores> scores(const Vector& y, const std::vector<Contender>& contenders) const;
};

/// What a metric's describe() returns, checked: one score at least, each with a name, none twice, UTF-8.
/// @throws Error (internal) that names the metric
std::vector<ScoreInfo> described(const Metric& metric);
std::vector<ScoreInfo> described(const CrossMetric& metric);

}  // namespace predcorr
