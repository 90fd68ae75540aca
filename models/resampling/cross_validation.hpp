// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "models/model.hpp"

namespace predcorr::models {

struct CrossValidationOptions {
  int folds = 5;        ///< at least 2; fewer where there are fewer rows (or groups) to hold out
  int repeats = 1;      ///< times the rows are dealt into folds anew
  Index most_rows = 0;  ///< a fold's prediction is kept as blocks of at most so many rows; 0: in one piece
};

/// Rows that a fit did not see, and what it predicts of them jointly, in the units of the training targets.
struct HeldOut {
  int repeat, fold;
  Rows rows;                   ///< of the training data
  JointPrediction prediction;  ///< of them, in this order
};

struct CrossValidation {
  int folds = 0;               ///< that were made, in each repeat
  std::vector<HeldOut> parts;  ///< by repeat, fold and block
  // The parts one behind the other; a row appears once for each repeat.
  Rows rows;
  Vector residual;         ///< target minus mean
  Vector observed_stddev;  ///< of y
  Vector latent_stddev;    ///< of f
};

/// How the rows 0..n-1 are dealt into folds: groups in random order, larger ones first, each to the fold that has the
/// fewest rows so far. Without groups, fold sizes differ by at most one.
/// @param group n group numbers (TrainingData::groups), or empty: every row by itself  @return the folds' rows; none
/// is empty  @throws Error (data) if there are fewer than 2 rows or groups
std::vector<Rows> deal_folds(Index rows, const std::vector<Index>& group, int folds, Stream stream);

/// deal_folds of rows with these targets, dealt again, up to 100 times, where some fold holds out all that varies, so
/// that nothing could be learned from the others (see require_varying_targets). Where one row or group alone has
/// another target that cannot be helped, and the last deal is returned.  @param targets n  @throws Error (data) as
/// deal_folds
std::vector<Rows> deal_varied_folds(const Vector& targets, const std::vector<Index>& group, int folds,
                                    const Stream& stream);

/// The rows of all folds but one, in the data's order.
Rows all_but(const std::vector<Rows>& folds, std::size_t left_out);

/// Trains `model` on all folds but one and predicts that one, for every fold; folds in parallel.
/// Training data keep their units in every fold, so residuals are comparable. Rows of weight 0 are neither trained on
/// nor held out. Of what is privileged the truth stays, and the labelled
/// pool loses the rows held out: no fit sees the targets it is judged by.
/// Rows that repeat one another (replicates of one material, say) leak from fold to fold and make residuals too small,
/// unless they are a group.
/// Folds are dealt by deal_varied_folds. Where the other folds' targets are all equal even so, no model is fitted: that
/// level is what is predicted, with the mean square of all training targets about it as noise.
/// Cost: folds * repeats fits of n (1 - 1 / folds) rows, on all idle threads, and as many predictions of n / folds
/// points, whose covariance is in memory as a whole while it is cut into blocks.
/// @throws Error (data) if there are fewer than 2 rows or groups; what a fit or prediction throws, with the fold in
/// front
CrossValidation cross_validate(const Model& model, const TrainingData& data, const CrossValidationOptions& options,
                               const Stream& stream, const PrivilegedData& privileged = {});

}  // namespace predcorr::models
