// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "metrics/score_catalogue.hpp"
#include "results/statistics/summary.hpp"

namespace predcorr {

/// A data set whose scores are asked for.
struct SourceDataset {
  std::string label;
  double overlap = 0;  ///< of its seeds' splits, see summarise
};

/// Where what a board is asked for finds its values.
struct ScoreSource {
  std::vector<SourceDataset> datasets;
  std::vector<std::string> models;  ///< labels, in the board's order
  /// By seed; null where the model has no value of the score on the data set.
  std::function<const SeedValues*(const std::string& dataset, const std::string& model, const ScoreKey& key)> find;
};

}  // namespace predcorr
