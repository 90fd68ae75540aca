// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "results/store/accepted_entry.hpp"
#include "results/store/test_points.hpp"

namespace predcorr {

inline constexpr const char* kEntrySchema = "predcorr/entry/1";

/// A file of an entry as it was packed.
struct PackedFile {
  std::string sha256;
  std::uint64_t bytes = 0;
};

/// One cell of an entry: the record, and the prediction where the run kept one.
struct EntryCell {
  std::string dataset;  ///< the label it had in the run
  std::uint64_t seed = 0;
  std::string id;  ///< its files are cells/ID.json and cells/ID.npz
  PackedFile record;
  std::optional<PackedFile> prediction;
  std::optional<TestHashes> test;  ///< of the prediction: which rows, and their targets, which are not in its file
};

/// A model that is handed in for somebody's board: a folder with entry.json, run.json and cells/, as `submit` packs it.
/// Predictions are there without targets (Targets::left_out).
struct Entry {
  EntryAbout about;
  std::string model;  ///< the label its row is to have
  std::string suite;  ///< name of the suite that was run
  PackedFile run;     ///< run.json: plan, parameters, provenance
  std::vector<EntryCell> cells;
};

/// entry.json, in the state "submitted". Shape: results/schema/entry.schema.json.
OrderedJson to_ordered_json(const Entry& entry);

/// Reads entry.json of a folder and holds every file it names against size and SHA-256. Cost: reads them.
/// @param folder whose entry.json it is
/// @throws Error (io) if there is none, (config) if it is of another version, (data) for an unknown or missing key, a
/// cell that is there twice, and a file that is missing, not a regular one, or not the one that was packed
Entry read_entry(const std::filesystem::path& folder);

}  // namespace predcorr
