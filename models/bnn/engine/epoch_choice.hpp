// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <limits>

#include "core/plugins/parameters.hpp"
#include "core/prediction/joint_prediction.hpp"
#include "models/model.hpp"

namespace predcorr::models {

/// By what the epoch is chosen whose parameters count.
enum class EpochJudge {
  training,  ///< training data alone: the last epoch, or the best by the rows that `validation` holds out
  /// The epoch of greatest log-likelihood of the pool's targets, as Wang, Sun & Grosse 2021 chose theirs. A model that
  /// does so knows what no contender may, and is a ceiling.
  pool
};
EnumWords<EpochJudge> words_of(EpochJudge);

struct EpochChoice {
  EpochJudge choose_epoch = EpochJudge::training;

  static Fields<EpochChoice> fields();

  bool by_pool() const { return choose_epoch == EpochJudge::pool; }

  /// Of a model that chooses its epoch so.
  ModelTraits traits() const {
    return by_pool() ? ModelTraits{.kind = ModelKind::ceiling, .reads_labelled_pool = true} : ModelTraits();
  }

  /// To be called by the constructors of models with `validation`.
  /// @throws Error (config) where both the pool and rows held out are to choose
  void check(double validation) const;
};

/// The rows of the labelled pool that are not trained on, with their targets.  Cost: n log n comparisons.
/// @throws Error (data) where the pool is not known, or nothing of it is left
TrainingData pool_rows(const PrivilegedData& privileged, const TrainingData& data);

/// How many draws a model that predicts by draws is judged by: the study's.
constexpr Index kJudgedDraws = 100;

/// The mean of -log p(y_i) over the points, each by itself, without the constant: what the epoch is chosen by.
double negative_log_likelihood(const JointPrediction& prediction, const Vector& y);

/// The best epoch so far. Looks every hundredth part of the epochs, and at least every 100, which is the study's rule
/// for its 10,000; and at the last.
class BestEpoch {
 public:
  explicit BestEpoch(int epochs);

  bool looks_at(int epoch) const { return epoch % every_ == 0 || epoch == epochs_; }

  /// Whether this loss is finite and the least yet.
  bool improves(int epoch, double loss);

  int epoch() const { return best_; }  ///< 0: none yet

  /// @throws Error (numerical) if there is none
  void require_found() const;

 private:
  int epochs_, every_, best_ = 0;
  double least_ = std::numeric_limits<double>::infinity();
};

}  // namespace predcorr::models
