// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "results/store/stored_record.hpp"

namespace predcorr {

/// Records by seed: summaries add them up in this order, whatever order they were made in.
using BySeed = std::map<std::uint64_t, std::shared_ptr<const StoredRecord>>;

/// Planned cells of one configuration that have no readable record, neither of success nor of failure.
struct MissingCells {
  PlanEntry entry;
  std::vector<std::uint64_t> seeds;  ///< ascending
};

/// A cell whose files cannot be believed.
struct DamagedCell {
  DamagedRecord file;
  std::optional<PlanEntry> entry;  ///< what it should be; nothing where no plan names it
  std::uint64_t seed = 0;          ///< likewise
};

/// A cell that failed, and why.
struct FailedCell {
  PlanEntry entry;
  std::uint64_t seed = 0;
  std::string kind, message;
};

/// Cells of one configuration that more than one folder has a success of: shards do not share cells. That of the first
/// folder counts.
struct DoubleCells {
  PlanEntry entry;
  std::vector<std::uint64_t> seeds;  ///< ascending
};

/// What was planned and has no result, or more than one.
struct RunGaps {
  std::vector<MissingCells> missing;
  std::vector<DamagedCell> damaged;  ///< those that no other folder makes up for; missing, where planned
  std::vector<FailedCell> failures;
  std::vector<DoubleCells> doubles = {};
};

/// The records of one or many run folders, sorted by what they are of. Records that no plan names (of an earlier
/// version of an edited suite) are left out. What is planned is the union of the folders' plans.
struct RunIndex {
  std::vector<Run> runs;                                             ///< of the folders, in their order
  std::vector<std::string> datasets, models;                         ///< labels, in the order of the suites
  std::vector<std::string> unranked;                                 ///< models that win nothing
  std::map<std::string, std::string> controls;                       ///< label of the base, empty where it has no line
  std::map<std::string, std::string> families;                       ///< of members of a grid: the grid's label
  std::map<std::pair<std::string, std::string>, BySeed> regression;  ///< by data set and model
  struct Curve {
    PlanEntry entry;
    BySeed records;
  };
  std::vector<Curve> learning;
  std::vector<PlannedCells> plan;  ///< every configuration once, in the order the suites name them
  RunGaps gaps;

  /// How many cells of a configuration are planned (or there all the same), and what came of them; the rest is missing.
  struct Count {
    std::size_t planned = 0, done = 0, failed = 0;
  };
  const Count& count(const PlanEntry& entry) const { return counts.at(labels(entry)); }

  using Labels = std::tuple<std::string, std::string, std::string, std::string>;
  static Labels labels(const PlanEntry& e) { return {e.dataset, e.model, e.criterion, e.selector}; }
  std::map<Labels, Count> counts;  ///< by what the plan's entries are called

  /// Null where the model was not run there, or failed.
  const StoredRecord* find(const std::string& dataset, const std::string& model, std::uint64_t seed) const;
};

/// Cost: reads and checks every file of the folders, those of predictions too, on all threads. Memory: about 1 KB for
/// each record of some 80 scores.
/// @param stores must outlive the result
/// @throws Error (config) if two folders mean different things by one label
RunIndex index_runs(const std::vector<Store>& stores);

}  // namespace predcorr
