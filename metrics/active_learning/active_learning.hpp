// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "metrics/active_learning/criterion.hpp"
#include "metrics/active_learning/learning_options.hpp"
#include "metrics/metric.hpp"
#include "models/model.hpp"

namespace predcorr {

/// A model under the name tables use, with the randomness its fits take.
struct NamedModel {
  std::string label;
  std::shared_ptr<const Model> model;
  Stream stream;
};

/// The metrics, of one score each and of its name, that a run follows over the rounds: the study's error, by which an
/// EarlyStop goes as well, and the likelihood of the same points.
inline constexpr std::array<const char*, 2> kCurveMetrics = {"rmse", "marginal_log_likelihood"};

/// Why a learning curve has fewer rounds than were planned.
struct EarlyStopped {
  std::string rule;            ///< of EarlyStop: "patience", "rmse" or "gain"
  std::vector<Index> n_train;  ///< of the rounds that were left out
};

/// One point of a learning curve.
struct LearningRound {
  Index n_train = 0;
  Rows acquired;  ///< rows of the data set taken from the pool before this round; none in round 0
  std::map<std::string, std::vector<Score>> scores;  ///< by the predictor's label
  std::optional<double> gain = {};  ///< of the first of `acquired`, by a criterion that needs a prediction; if finite
  std::optional<EarlyStopped> stopped = {};  ///< of the last round, where it came early
};

/// Transductive active learning: the test inputs are the targets. Round 0 scores every predictor on the training rows
/// a loop begins with; each further round lets `criterion` pick a batch with the selector's joint prediction of pool
/// and test, adds it to the training rows, brings everything up to date and scores again on the test rows. Ends early
/// when the pool is used up, or by the options' rules. Selection and prediction are decoupled: predictors never
/// influence the picks, though their RMSE may end the loop.
///
/// Update "refit" fits everything again (targets re-standardised; from scratch, unless a model's parameters keep what
/// it learned). Cost: (rounds + 1) fits of each model. Update "condition" fits once: every model predicts pool and test
/// jointly in round 0, and each batch is learned by conditioning that Gaussian on its targets
/// (core/prediction/conditioning.hpp), so that what a model gains is decided by its correlations alone. Cost: one fit,
/// and rounds times that of conditioning; memory: each predictor's joint covariance of pool and test, all at once.
///
/// @param selector null for a criterion that needs no prediction
/// @param metrics scored on the test points alone
/// @param stream of the problem: two loops with equal ones begin with the same rows, whoever takes part. A smaller
/// start is part of a larger one. Groups of rows that belong together may be divided between the start and the pool.
/// Source: Wang, Sun & Grosse 2021, section 5.2.
std::vector<LearningRound> learn_actively(const Problem& problem, const Criterion& criterion,
                                          const NamedModel* selector, const std::vector<NamedModel>& predictors,
                                          const LearningOptions& options, const std::vector<const Metric*>& metrics,
                                          const Stream& stream);

}  // namespace predcorr
