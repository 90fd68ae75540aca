// SPDX-License-Identifier: Apache-2.0
#include "metrics/active_learning.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

namespace predcorr {
namespace {

std::vector<Score> scored(const std::vector<const Metric*>& metrics, const Outcome& outcome, const JointPrediction& p) {
  std::vector<Score> all;
  for (const Metric* metric : metrics)
    for (Score& score : metric->score(outcome, p)) all.push_back(std::move(score));
  return all;
}

/// A learner through the rounds, with what it learned last.
class Student {
 public:
  explicit Student(const Learner& learner) : learner_(learner) {}

  JointPrediction learn_and_predict(const TrainingSet& training, const Matrix& query, int round) {
    const Stream stream = learner_.stream.fork("fit", static_cast<std::uint64_t>(round));
    posterior_ = posterior_ ? learner_.model->refit(*posterior_, training.data, stream)
                            : learner_.model->fit(training.data, stream);
    return training.to_target_units(posterior_->predict(query));
  }
  const std::string& label() const { return learner_.label; }

 private:
  const Learner& learner_;
  std::unique_ptr<const Posterior> posterior_;
};

/// Moves the picked positions from the pool to the end of the training rows; returns them as rows of the data set.
Rows move_picks(const Rows& picks, Rows& pool, Rows& train) {
  Rows acquired;
  for (const Index position : picks) acquired.push_back(pool[static_cast<std::size_t>(position)]);
  train.insert(train.end(), acquired.begin(), acquired.end());
  Rows sorted = picks;
  std::sort(sorted.rbegin(), sorted.rend());
  for (const Index position : sorted) pool.erase(pool.begin() + position);
  return acquired;
}

}  // namespace

Index LearningPlan::batch_rows(Index all_rows) const {
  return batch >= 1 ? static_cast<Index>(batch)
                    : std::max<Index>(1, static_cast<Index>(std::floor(batch * static_cast<double>(all_rows) + 1e-9)));
}

std::vector<LearningRound> learn_actively(const Problem& problem, const Criterion& criterion, const Learner* selector,
                                          const std::vector<Learner>& predictors, const LearningPlan& plan,
                                          const std::vector<const Metric*>& metrics, const Stream& stream) {
  require(selector != nullptr || !criterion.needs_prediction(), ErrorKind::config,
          "active learning: the criterion needs a model to select with");
  Rows train = problem.split().train, pool = problem.split().pool;
  const Rows& test = problem.split().test;
  const Outcome outcome{.y = problem.targets(test), .n_pool = 0, .oracle = std::nullopt};
  const Matrix test_inputs = problem.inputs(test);
  const Index batch = plan.batch_rows(problem.dataset().rows());

  std::optional<Student> selecting;
  if (selector != nullptr) selecting.emplace(*selector);
  std::vector<Student> predicting(predictors.begin(), predictors.end());
  std::vector<LearningRound> rounds;
  Rows acquired;
  for (int round = 0;; ++round) {
    const TrainingSet training = problem.training(train);
    const bool last = round == plan.rounds || pool.empty();
    LearningRound now{.n_train = std::ssize(train), .acquired = std::exchange(acquired, {}), .scores = {}};
    JointPrediction selection;  // pool, then test; not needed where nothing more is selected
    if (selecting && !last)
      selection = selecting->learn_and_predict(training, problem.inputs(joined(pool, test)), round);
    for (Student& predictor : predicting) {
      const bool selects = selecting && predictor.label() == selecting->label();
      const JointPrediction p = !selects ? predictor.learn_and_predict(training, test_inputs, round)
                                : last   ? selecting->learn_and_predict(training, test_inputs, round)
                                         : selection.subset(consecutive_rows(std::ssize(pool), std::ssize(test)));
      now.scores[predictor.label()] = scored(metrics, outcome, p);
    }
    rounds.push_back(std::move(now));
    if (last) return rounds;
    const Selection chosen =
        criterion.select(selection, std::ssize(pool), batch, stream.fork("select", static_cast<std::uint64_t>(round)));
    acquired = move_picks(chosen.picks, pool, train);
  }
}

}  // namespace predcorr
