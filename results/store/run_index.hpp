// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "results/store/store.hpp"

namespace predcorr {

/// A record and the run folder it lies in.
struct StoredRecord {
  Record record;
  const Store* store;
};

/// Records by seed: summaries add them up in this order, whatever order they were made in.
using BySeed = std::map<std::uint64_t, StoredRecord>;

bool same_cell(const PlanEntry& a, const PlanEntry& b);  ///< but for the configuration and seeds

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

/// The records of one or many run folders, sorted by what they are of. Records that no plan names (of an earlier
/// version of an edited suite) are left out. What is planned is the union of the folders' plans.
struct RunIndex {
  std::vector<Run> runs;  ///< of the folders, in their order
  std::vector<std::string> datasets, models;                         ///< labels, in the order of the suites
  std::vector<std::string> references;                               ///< models that win nothing
  std::map<std::string, std::string> controls;                       ///< label of the base, empty where it has no line
  std::map<std::string, std::string> families;                       ///< of members of a grid: the grid's label
  std::map<std::pair<std::string, std::string>, BySeed> regression;  ///< by data set and model
  struct Curve {
    PlanEntry entry;
    BySeed records;
  };
  std::vector<Curve> learning;
  std::vector<std::pair<PlanEntry, Record>> failures;
  std::vector<PlannedCells> plan;  ///< every configuration once, in the order the suites name them
  std::vector<MissingCells> missing;
  std::vector<DamagedCell> damaged;  ///< those that no other folder makes up for; missing, where planned

  /// How many cells of a configuration are planned (or there all the same), and what came of them; the rest is missing.
  struct Count {
    std::size_t planned = 0, done = 0, failed = 0;
  };
  Count count(const PlanEntry& entry, const BySeed& done) const;
};

/// @param stores must outlive the result
/// @throws Error (config) if two folders mean different things by one label
RunIndex index_runs(const std::vector<Store>& stores);

}  // namespace predcorr
