// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "metrics/acquisition/criterion.hpp"
#include "metrics/metric.hpp"
#include "models/model.hpp"

namespace predcorr {

/// A model under the name tables use, with the randomness its fits take.
struct Learner {
  std::string label;
  std::shared_ptr<const Model> model;
  Stream stream;
};

/// One point of a learning curve.
struct LearningRound {
  Index n_train = 0;
  Rows acquired;  ///< rows of the data set taken from the pool before this round; none in round 0
  std::map<std::string, std::vector<Score>> scores;  ///< by the predictor's label
};

struct LearningPlan {
  int rounds = 10;
  double batch = 0.01;  ///< below 1 a part of all rows (rounded down, at least one), else a count

  Index batch_rows(Index all_rows) const;
};

/// Transductive active learning: the test inputs are the targets. Round 0 scores every predictor on the training rows;
/// each further round lets `criterion` pick a batch with the selector's joint prediction of pool and test, adds it to
/// the training rows, refits everything (targets re-standardised; from scratch, unless a model's parameters keep what
/// it learned) and scores again on the test rows. Ends early when the pool is used up. Selection and prediction are
/// decoupled: predictors never influence the picks.
/// @param selector null for a criterion that needs no prediction
/// @param metrics scored on the test points alone   Cost: (rounds + 1) fits of each model.
/// Source: Wang, Sun & Grosse 2021, section 5.2.
std::vector<LearningRound> learn_actively(const Problem& problem, const Criterion& criterion, const Learner* selector,
                                          const std::vector<Learner>& predictors, const LearningPlan& plan,
                                          const std::vector<const Metric*>& metrics, const Stream& stream);

}  // namespace predcorr
