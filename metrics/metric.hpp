// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/plugins/registry.hpp"
#include "core/prediction/joint_prediction.hpp"

namespace predcorr {

/// Which values are better. None: shown, but neither ranked nor best, such as a slope that should be 1.
enum class Direction { higher, lower, none };
const char* to_string(Direction direction);

/// A score as tables and records describe it. A metric may give several parts: meta_correlation.variance_pearson.
struct ScoreInfo {
  std::string name;
  std::string part;  ///< empty where the metric is one number
  std::string unit;
  Direction direction = Direction::none;
  std::string meaning;
  bool of_latent = false;  ///< tells of f: means nothing where f and noise cannot be told apart
};

/// A score's value, or why there is none: no oracle, correlations that do not vary, a singular covariance.
struct Score {
  std::string name, part;
  std::optional<double> value;
  std::string reason;

  /// "name" or "name.part".
  std::string key() const { return part.empty() ? name : name + "." + part; }
};

/// What a prediction is scored against, for its points: the pool first (perhaps none), then the test points.
struct EvaluationData {
  Vector y;  ///< n_pool + n_test, target units
  Index n_pool = 0;
  std::optional<JointPrediction> oracle;  ///< of the same points, where the truth is known
  Matrix inputs = {};  ///< of the same points as the models see them, n x d; empty where they are not at hand

  Index n_test() const { return y.size() - n_pool; }
  Vector test_targets() const { return y.tail(n_test()); }
};

/// The test points of a prediction; shares storage where there is no pool.
JointPrediction test_part(const EvaluationData& evaluation, const JointPrediction& prediction);

/// Scores one prediction. To add one, write a file that ends in PREDCORR_REGISTER(Metric, ...).
class Metric : public Plugin {
 public:
  static constexpr const char* kKind = "metric";
  virtual ~Metric() = default;

  virtual std::vector<ScoreInfo> describe() const = 0;

  /// One score for each line of describe(). A score that cannot be had (see Score) is no error, and neither is a metric
  /// that breaks its rules (too few values, any exception): its scores are absent, with a reason that names it. If even
  /// describe() fails there is one absent score, of the registered name.
  /// @throws Error (shape) if the prediction does not fit the data
  std::vector<Score> score(const EvaluationData& evaluation, const JointPrediction& prediction) const;

  /// What do_score returns: as many values as scores are described, finite or not.
  /// @throws Error the metric's own, and (internal) one that names it where it breaks its rules
  std::vector<std::optional<double>> values(const EvaluationData& evaluation, const JointPrediction& prediction) const;

  /// What curves() returns, if that is what it should be: null where the metric threw an Error of its own.
  /// @throws Error (internal) that names the metric
  Json checked_curves(const EvaluationData& evaluation, const JointPrediction& prediction) const;

  /// What a plot of the score needs, kept with the cell: {"name": [finite numbers], ...}, a few hundred at most. Null
  /// for scores that have no plot.  @throws Error where the prediction has none; the score then says why
  virtual Json curves(const EvaluationData& /*evaluation*/, const JointPrediction& /*prediction*/) const {
    return nullptr;
  }

  /// True where points are drawn at random, or dealt to groups, by their place, so that the same points in another
  /// order give another value, within chance. All other metrics give the same.
  virtual bool draws_points() const { return false; }

 private:
  /// Values in the order of describe(); an Error becomes the reason of all of them.
  virtual std::vector<std::optional<double>> do_score(const EvaluationData& evaluation,
                                                      const JointPrediction& prediction) const = 0;

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

/// The scores of every registered metric with its defaults, cross metrics last. A metric that cannot be made, or
/// described, is left out: where its scores are asked for, it is named.
std::vector<ScoreInfo> registered_scores();

}  // namespace predcorr
