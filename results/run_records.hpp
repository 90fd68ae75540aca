// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "results/store.hpp"

namespace predcorr {

/// A record and the run folder it lies in.
struct FiledRecord {
  Record record;
  const Store* store;
};

/// Records by seed: summaries add them up in this order, whatever order they were made in.
using BySeed = std::map<std::uint64_t, FiledRecord>;

/// One line of a run's plan: which configuration a data set's and a model's label stand for.
struct PlanEntry {
  std::string configuration;  ///< as configuration_id gives
  std::string dataset;
  std::string model;                ///< of a regression cell, or of an active-learning cell that no model selects for
  std::string criterion, selector;  ///< of an active-learning cell; no selector where the criterion needs none
};
Json plan_entry_to_json(const PlanEntry& entry);

/// The records of one or many run folders, sorted by what they are of. Records that no plan names (of an earlier
/// version of an edited suite) are left out.
struct RunRecords {
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
};

/// @param stores must outlive the result
/// @throws Error (config) if two folders mean different things by one label
RunRecords collect_records(const std::vector<Store>& stores);

}  // namespace predcorr
