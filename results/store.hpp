// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "results/prediction_file.hpp"
#include "results/record.hpp"

namespace predcorr {

inline constexpr const char* kRunSchema = "predcorr/run/1";

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

  /// The record of a cell; nothing where there is none, or it or its prediction file is damaged, so that the cell is to
  /// be run again. @throws Error (config) if another version of predcorr wrote it
  std::optional<Record> find(const std::string& id) const;

  /// Every readable record of the folder, in order of id.
  std::vector<Record> all() const;

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
  bool prediction_is_there(const Record& record) const;

  std::filesystem::path folder_;
};

}  // namespace predcorr
