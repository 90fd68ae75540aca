// SPDX-License-Identifier: Apache-2.0
#include "metrics/active_learning/active_learning.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "core/prediction/conditioning.hpp"
#include "datasets/target_variation.hpp"
#include "metrics/scale.hpp"

namespace predcorr {
namespace {

/// Where a loop stands.
struct LoopState {
  Rows train, pool;  ///< rows of the data set
  int round = 0;
};

/// The part of the training rows that a loop begins with, in their order, and the pool with the others behind. Rows
/// whose targets are all equal could not be learned from: they are drawn again, for everybody, while there is hope.
LoopState begin(const Problem& problem, const LearningOptions& options, const Stream& stream) {
  constexpr std::uint64_t kDraws = 1000;
  const Split& split = problem.split();
  const Index all = std::ssize(split.train), kept = options.initial_rows(all);
  if (kept == all) return {split.train, split.pool};
  const Vector targets = problem.targets(split.train);
  Rows order;
  for (std::uint64_t draw = 0; draw < kDraws; ++draw) {
    order = stream.fork("initial", draw).permutation(all);
    if (kept < 2 || varies(targets(Rows(order.begin(), order.begin() + kept)))) break;
  }
  std::sort(order.begin(), order.begin() + kept);
  std::sort(order.begin() + kept, order.end());
  LoopState stage{{}, split.pool};
  for (Index i = 0; i < all; ++i) {
    const Index row = split.train[static_cast<std::size_t>(order[static_cast<std::size_t>(i)])];
    (i < kept ? stage.train : stage.pool).push_back(row);
  }
  return stage;
}

/// A learner through the rounds, with what it learned last.
class ActiveLearner {
 public:
  ActiveLearner(const NamedModel& learner, const Problem& problem, bool conditions)
      : learner_(learner), problem_(problem), conditions_(conditions) {}

  /// What it believes of pool and test, or of the test rows alone. To be asked once a round.
  /// @param training the stage's rows; not looked at once predictions are conditioned
  JointPrediction predict(const LoopState& stage, const TrainingSet& training, bool with_pool) {
    const Rows& test = problem_.split().test;
    if (!conditions_) return learn_and_predict(stage, training, with_pool ? joined(stage.pool, test) : test);
    if (stage.round == 0) belief_ = learn_and_predict(stage, training, joined(stage.pool, test));
    return with_pool ? belief_ : belief_.subset(consecutive_rows(std::ssize(stage.pool), std::ssize(test)));
  }

  /// Learns the targets of `picks`, positions in the pool, which leave it.
  void observe(const Rows& picks, const Vector& y) {
    if (!conditions_) return;
    std::vector<bool> left(static_cast<std::size_t>(belief_.size()), true);
    for (const Index position : picks) left[static_cast<std::size_t>(position)] = false;
    Rows rows;
    for (Index i = 0; i < belief_.size(); ++i)
      if (left[static_cast<std::size_t>(i)]) rows.push_back(i);
    belief_ = condition_on(belief_, picks, y).subset(rows);
  }

  const std::string& label() const { return learner_.label; }

 private:
  JointPrediction learn_and_predict(const LoopState& stage, const TrainingSet& training, const Rows& query) {
    const Stream stream = learner_.stream.fork("fit", static_cast<std::uint64_t>(stage.round));
    const PrivilegedData privileged =
        learner_.model->traits().is_privileged() ? problem_.privileged(training) : PrivilegedData();
    posterior_ = posterior_ ? learner_.model->refit(*posterior_, training.data, stream, privileged)
                            : learner_.model->fit(training.data, stream, privileged);
    return training.to_target_units(posterior_->predict(problem_.inputs(query)));
  }

  const NamedModel& learner_;
  const Problem& problem_;
  bool conditions_;
  std::unique_ptr<const Posterior> posterior_;
  JointPrediction belief_;  // of the pool as it is, then test; only if it is conditioned
};

/// The rules by which a loop may end early.
class Stopping {
 public:
  explicit Stopping(const EarlyStop& rules) : rules_(rules) {}

  /// Whether a round's scores end the loop: the rule, or nothing.  @param rmse of each predictor
  std::string after(const std::vector<double>& rmse) {
    if (rmse.empty()) return "";
    const double best = *std::min_element(rmse.begin(), rmse.end());
    waited_ = best < best_ ? 0 : waited_ + 1;
    best_ = std::min(best_, best);
    if (rules_.rmse && *std::max_element(rmse.begin(), rmse.end()) <= *rules_.rmse) return "rmse";
    return rules_.patience && waited_ >= *rules_.patience ? "patience" : "";
  }

  bool too_small(double gain) const { return rules_.gain && gain < *rules_.gain; }

 private:
  const EarlyStop& rules_;
  double best_ = std::numeric_limits<double>::infinity();
  int waited_ = 0;
};

/// The training rows of the rounds that an early end leaves out.
EarlyStopped ended(const std::string& rule, const LoopState& stage, const LearningOptions& options, Index batch) {
  EarlyStopped end{rule, {}};
  Index train = std::ssize(stage.train), pool = std::ssize(stage.pool);
  for (int round = stage.round; round < options.rounds && pool > 0; ++round) {
    const Index taken = std::min(batch, pool);
    train += taken;
    pool -= taken;
    end.n_train.push_back(train);
  }
  return end;
}

/// Moves the picked positions from the pool to the end of the training rows; returns them as rows of the data set.
Rows move_picks(const Rows& picks, LoopState& stage) {
  Rows acquired;
  for (const Index position : picks) acquired.push_back(stage.pool[static_cast<std::size_t>(position)]);
  stage.train.insert(stage.train.end(), acquired.begin(), acquired.end());
  Rows sorted = picks;
  std::sort(sorted.rbegin(), sorted.rend());
  for (const Index position : sorted) stage.pool.erase(stage.pool.begin() + position);
  return acquired;
}

std::vector<Score> scored(const std::vector<const Metric*>& metrics, const EvaluationData& evaluation,
                          const JointPrediction& p) {
  std::vector<Score> all;
  for (const Metric* metric : metrics)
    for (Score& score : metric->score(evaluation, p)) all.push_back(std::move(score));
  return all;
}

}  // namespace

std::vector<LearningRound> learn_actively(const Problem& problem, const Criterion& criterion,
                                          const NamedModel* selector, const std::vector<NamedModel>& predictors,
                                          const LearningOptions& options, const std::vector<const Metric*>& metrics,
                                          const Stream& stream) {
  require(selector != nullptr || !criterion.needs_prediction(), ErrorKind::config,
          "active learning: the criterion needs a model to select with");
  const Rows& test = problem.split().test;
  const EvaluationData evaluation{.y = problem.targets(test), .n_pool = 0, .oracle = std::nullopt};
  const Index batch = options.batch_rows(problem.dataset().rows());
  LoopState stage = begin(problem, options, stream);

  std::optional<ActiveLearner> selecting;
  if (selector != nullptr) selecting.emplace(*selector, problem, options.conditions());
  std::vector<ActiveLearner> predicting;
  for (const NamedModel& predictor : predictors) predicting.emplace_back(predictor, problem, options.conditions());
  const auto selects = [&](const ActiveLearner& student) { return selecting && student.label() == selecting->label(); };

  Stopping stopping(options.stop);
  std::vector<LearningRound> rounds;
  LearningRound now;
  TrainingSet training;
  for (;; ++stage.round) {
    if (stage.round == 0 || !options.conditions()) training = problem.training(stage.train);
    const bool last = stage.round == options.rounds || stage.pool.empty();
    now.n_train = std::ssize(stage.train);
    JointPrediction selection;  // pool, then test; not needed where nothing more is selected
    if (selecting && !last) selection = selecting->predict(stage, training, true);
    std::vector<double> rmse;
    for (ActiveLearner& student : predicting) {
      const JointPrediction p = !selects(student) ? student.predict(stage, training, false)
                                : last            ? selecting->predict(stage, training, false)
                                       : selection.subset(consecutive_rows(std::ssize(stage.pool), std::ssize(test)));
      now.scores[student.label()] = scored(metrics, evaluation, p);
      rmse.push_back(metrics::root_mean_square(evaluation.y - p.mean));
    }
    rounds.push_back(std::exchange(now, {}));
    if (last) return rounds;
    if (const std::string rule = stopping.after(rmse); !rule.empty()) {
      rounds.back().stopped = ended(rule, stage, options, batch);
      return rounds;
    }
    const Selection chosen = criterion.select(selection, std::ssize(stage.pool), batch,
                                              stream.fork("select", static_cast<std::uint64_t>(stage.round)));
    if (criterion.needs_prediction()) {          // else there is no gain
      const double gain = chosen.gains.front();  // the pool is not empty, and a batch has a row at least
      if (stopping.too_small(gain)) {
        rounds.back().stopped = ended("gain", stage, options, batch);
        return rounds;
      }
      now.gain = gain;
    }
    now.acquired = move_picks(chosen.picks, stage);
    const Vector y = problem.targets(now.acquired);
    if (selecting) selecting->observe(chosen.picks, y);
    for (ActiveLearner& student : predicting)
      if (!selects(student)) student.observe(chosen.picks, y);
  }
}

}  // namespace predcorr
