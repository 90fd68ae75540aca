// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "metrics/metric.hpp"
#include "results/statistics/summary.hpp"

namespace predcorr {

/// One score of one model on one data set, over seeds.
struct Series {
  std::string name, part;
  SeedValues values;   ///< by seed; seeds without a value have no entry
  std::string reason;  ///< of the last seed that had none

  ScoreKey key() const { return {name, part}; }
  /// Over the seeds in their order. There must be a value.  @param overlap of the seeds' splits
  Summary summary(double overlap = 0) const;
};

/// The scores of one model on one data set, in the order they first came.
class ScoreTable {
 public:
  void add(std::uint64_t seed, const Score& score);
  const std::vector<Series>& series() const { return series_; }

  /// Null where no score of that key was added.
  const Series* find(const ScoreKey& key) const;

 private:
  std::vector<Series> series_;
};

using DatasetTables = std::map<std::string, ScoreTable>;  ///< by model's label
using AllTables = std::map<std::string, DatasetTables>;   ///< by data set's label

}  // namespace predcorr
