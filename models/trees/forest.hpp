// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>

#include "models/model.hpp"
#include "models/resampling/ensemble_prediction.hpp"
#include "models/resampling/resampling.hpp"
#include "models/trees/tree_growing.hpp"

namespace predcorr::models {

/// Where the noise variance of a forest comes from.
enum class ForestNoise {
  out_of_bag,       ///< trees at rows that they did not see
  cross_validated,  ///< more trees, each without a fifth of the rows: where every tree sees every row
  none              ///< zero
};
EnumWords<ForestNoise> words_of(ForestNoise);  ///< of out_of_bag and none, which a random forest has the choice of

struct ForestOptions {
  TreeOptions tree;
  Index members = 500;
  std::optional<Resampling> resampling;  ///< null: every tree sees every row once
  Spread spread = Spread::members;
  ForestNoise noise = ForestNoise::out_of_bag;
};

/// Trees grown apart, each from a stream of its own, and the joint prediction they make.
/// Noise is the part of the squared error of held-out rows that the latent variance there does not explain, at least a
/// hundredth of it. For `members` that variance is the one among the trees that did not see the row; for a jackknife,
/// of the whole forest at all rows. Memory: 16 bytes a node (about twice the distinct rows of a resample); while
/// fitting 8 bytes for each tree and row.
std::unique_ptr<Posterior> fit_forest(const ForestOptions& options, const TrainingData& data, const Stream& stream);

}  // namespace predcorr::models
