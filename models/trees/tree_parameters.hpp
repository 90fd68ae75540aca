// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/plugins/parameters.hpp"
#include "models/trees/tree_growing.hpp"

namespace predcorr::models {

/// What every model made of trees lets its user set, in the same words.
struct TreeParameters {
  double max_features = 1;
  int min_split = 2, min_leaf = 1, max_depth = 0;

  static Fields<TreeParameters> fields() {
    using P = TreeParameters;
    return {field("max_features", &P::max_features, above(0),
                  "inputs tried at a node: a share of them up to 1, a number of them above 1"),
            field("min_split", &P::min_split, at_least(2), "rows that a node needs to be split"),
            field("min_leaf", &P::min_leaf, at_least(1), "rows that a leaf needs; weights do not count"),
            field("max_depth", &P::max_depth, at_least(0), "steps from the root; 0: no limit")};
  }

  TreeOptions options(Index inputs, Splits splits) const {
    return {.splits = splits,
            .max_features = feature_count(max_features, inputs),
            .min_split = min_split,
            .min_leaf = min_leaf,
            .max_depth = max_depth,
            .random_order = false};
  }
};

/// Of the parameter "splits", which extremely randomised trees have not.
inline constexpr const char* kSplitsMeaning =
    "between any two values, or between at most 255 bins of about as many rows each";

}  // namespace predcorr::models
