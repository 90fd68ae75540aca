// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/matrix.hpp"
#include "core/plugins/registry.hpp"
#include "results/store/accepted_entry.hpp"

namespace predcorr {

inline constexpr const char* kRunSchema = "predcorr/run/2";

/// What a suite's label on a data set stands for.
struct PlanEntry {
  std::string configuration;  ///< as configuration_id gives
  std::string dataset;
  std::string model;                ///< of a regression cell, or of an active-learning cell that no model selects for
  std::string criterion, selector;  ///< of an active-learning cell; no selector where the criterion needs none
};

/// The labels of it that there are, by what they are of, as records have them.
std::map<std::string, std::string> labels_of(const PlanEntry& entry);

/// One line of a run's plan.
struct PlannedCells {
  PlanEntry entry;
  std::map<std::uint64_t, std::string> cells;  ///< id by seed
};

/// What a data file held.
struct TableDescription {
  Index rows = 0;
  std::vector<std::string> inputs;  ///< names of columns
  std::string target;
  std::string url, citation, notes;
  std::string file;  ///< where it lay, UTF-8; stands apart in run.json, under "places", which no board shows
};

/// A data set of a run, with every parameter's value.
struct RunDataset {
  std::string label, name;
  Json parameters = Json::object();
  std::string sha256;                     ///< of a file's content; empty for generated data
  std::optional<TableDescription> table;  ///< of data files
};

/// What run.json holds: what was to be run, and by what.
struct Run {
  Json suite;     ///< as written
  Json protocol;  ///< every parameter's value, and "name"
  std::vector<RunDataset> datasets;
  std::vector<std::string> models;              ///< labels, in the suite's order
  std::vector<std::string> unranked;            ///< labels of models that win nothing
  std::map<std::string, std::string> controls;  ///< label of each control's base, empty where that has no line
  std::map<std::string, std::vector<std::string>> families;  ///< labels of a grid's members, by its own
  std::map<std::string, AcceptedEntry> entries;              ///< by label: rows that others ran, see `accept`
  std::vector<Spec> cross_metrics;                           ///< names and parameters
  std::vector<PlannedCells> plan;  ///< every configuration once, in the order the suite names them
  std::string suite_folder;        ///< where data files are looked for first, UTF-8; empty where the suite has no file
  Json provenance = Json::object();

  std::string name() const { return suite.at("name").get<std::string>(); }
};

/// What boards and studies say of a run that went into them: everything but its plan.
struct SuiteOfRun {
  std::string name;
  Json protocol;
  std::vector<std::string> columns;  ///< scores that it wants shown; none: the usual ones
  Json source;                       ///< the suite as written
  std::vector<RunDataset> datasets;
  std::map<std::string, AcceptedEntry>
      entries;   ///< by label, rows that others ran; a run has nothing but them, or none
  Json made_by;  ///< program, machine and libraries
};
SuiteOfRun suite_of(const Run& run);

/// Shape: results/schema/run.schema.json.
Json to_json(const Run& run);

/// @param origin the file's name for messages
/// @throws Error (config) if another version wrote it, (data) that names the key, what was expected and what to do
Run read_run(const Json& json, const std::string& origin);

/// The suite's name alone, which is all that a run that is about to be written anew needs of the last one.
/// @throws Error (config) if another version wrote it
std::string suite_of_run(const Json& json, const std::string& origin);

/// The data set as run.json and boards describe it: without the place of its file.
Json to_json(const RunDataset& dataset);

}  // namespace predcorr
