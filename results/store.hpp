// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "results/prediction_file.hpp"
#include "results/record.hpp"

namespace predcorr {

inline constexpr const char* kRunSchema = "predcorr/run/2";

/// A cell whose files are there and cannot be believed.
struct DamagedRecord {
  std::string id;      ///< what its files are called
  std::string reason;  ///< which file, and what is wrong with it
};

/// What a run folder holds, in order of id.
struct StoreContents {
  std::vector<Record> records;
  std::vector<DamagedRecord> damaged;  ///< counted as missing; 'run' makes them again
};

/// What is filed under one id: a record, or what is wrong with it; neither where there is nothing.
struct FiledCell {
  std::optional<Record> record;
  std::string damage;
};

/// A run folder: run.json, cells/<id>.json and cells/<id>.npz. Every file appears whole or not at all, a prediction
/// before the record that names its check sum; so a record that is there is a result, whenever the program was killed.
class Store {
 public:
  /// Opens or makes the folder. @throws Error (io) if it cannot be written, (config) if another suite or a newer
  /// predcorr wrote it.  @param suite the suite's name
  static Store open_for_writing(const std::filesystem::path& folder, const std::string& suite);

  /// @throws Error (io) if there is no run in the folder
  static Store open_for_reading(const std::filesystem::path& folder);

  const std::filesystem::path& folder() const { return folder_; }

  /// run.json: suite, plan and provenance. @throws Error
  Json run() const;
  void write_run(const Json& run) const;

  /// The record of a cell, or why it cannot be believed: it cannot be read, is another cell's, or its prediction file is
  /// not, byte for byte, the one it names. Cost: the SHA-256 of that file.
  FiledCell look_up(const std::string& id) const;

  /// The record of a cell; nothing where there is none or it is damaged, so that the cell is to be run again.
  std::optional<Record> find(const std::string& id) const { return look_up(id).record; }

  /// Every cell of the folder. Files that are not called like a cell's are left alone.
  StoreContents all() const;

  /// Writes the prediction, if there is one, then the record.
  void save(Record record, const StoredPrediction* prediction) const;

  /// The prediction a record names. @throws Error (io, data) if the file is not, byte for byte, the one it names
  StoredPrediction prediction_of(const Record& record) const;

  /// Removes every record and prediction.
  void forget() const;

 private:
  explicit Store(std::filesystem::path folder) : folder_(std::move(folder)) {}
  std::filesystem::path cell_file(const std::string& id, const char* ending) const {
    return folder_ / "cells" / (id + ending);
  }
  void check_prediction_file(const Record& record) const;

  std::filesystem::path folder_;
};

}  // namespace predcorr
