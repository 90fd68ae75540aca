// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "datasets/dataset_source.hpp"

namespace predcorr {

/// What a model learns from, in the units it is to work in (standardised, as a rule).
struct TrainingData {
  Matrix inputs;   ///< n x d
  Vector targets;  ///< n
  /// Row i counts as weights(i) rows: n, not negative, or empty where all count as one. Resampling gives counts.
  Vector weights = {};
  /// Rows of one group belong together, as measurements of one sample do: resampling draws and cross-validation leaves
  /// out whole groups. n group numbers, or empty where every row is its own.
  std::vector<Index> groups = {};
  /// Where the inputs are images: their shape.
  std::optional<ImageShape> image = {};

  /// These rows, repeated ones as often as they stand there.
  TrainingData subset(const Rows& rows) const;
};

/// What a benchmark knows and a contender must not: it reaches the models alone whose traits say that they read it. In
/// the units of the training data it goes with; null where there is none.
struct PrivilegedData {
  std::shared_ptr<const Truth> truth = nullptr;                 ///< of generated data
  std::shared_ptr<const TrainingData> labelled_pool = nullptr;  ///< training and pool rows, with their targets
};

/// Column shifts and scales; `z = (x - mean) / scale`, constant columns keep scale 1.
struct Standardisation {
  Vector mean, scale;

  static Standardisation none(Index columns);
  /// Population standard deviations, as the study's.
  static Standardisation of(const Eigen::Ref<const Matrix>& rows);
  Matrix apply(const Eigen::Ref<const Matrix>& rows) const;
  Matrix undo(const Eigen::Ref<const Matrix>& rows) const;
};

/// Training data with the way back to the target's own units.
struct TrainingSet {
  TrainingData data;
  double target_scale = 1, target_mean = 0;

  JointPrediction to_target_units(const JointPrediction& p) const { return p.affine(target_scale, target_mean); }
};

/// One data set at one seed, split and standardised by the protocol's rule: inputs by train + pool (test rows are
/// never looked at), targets by the training rows in force.
class Problem {
 public:
  /// @param data what `source` loads for `request`; null to load it here
  /// @throws Error (data, config, io)
  Problem(const DatasetSource& source, const DataRequest& request, std::shared_ptr<const Dataset> data = nullptr);

  const Dataset& dataset() const { return *data_; }
  const Split& split() const { return split_; }

  /// Training on these rows (active learning asks with more of them each round).
  /// @throws Error (data) where their targets do not vary (datasets/target_variation.hpp)
  TrainingSet training(const Rows& rows) const;

  /// In the units of `training`. Cost: a copy of the training and pool rows.
  PrivilegedData privileged(const TrainingSet& training) const;

  /// Standardised inputs of these rows.
  Matrix inputs(const Rows& rows) const;

  /// Inputs of points that the data set does not have, in its units, as the models see them.
  Matrix standardised(const Eigen::Ref<const Matrix>& points) const { return input_scaling_.apply(points); }

  /// Targets of these rows, in their own units.
  Vector targets(const Rows& rows) const { return data_->targets(rows); }

  /// The true posterior of `query` rows given `train` rows, in the target's units, where it is known.
  std::optional<JointPrediction> oracle(const Rows& train, const Rows& query) const;

 private:
  std::string source_;  // what messages call it
  std::shared_ptr<const Dataset> data_;
  Split split_;
  bool standardise_;
  Standardisation input_scaling_;
};

}  // namespace predcorr
