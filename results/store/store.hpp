// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "results/store/prediction_file.hpp"
#include "results/store/record.hpp"
#include "results/store/run.hpp"

namespace predcorr {

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

/// What may stand in the way of a new result: one that another process filed while it was made.
enum class Filing { first_wins, replace };

/// What came of filing a result.
enum class Filed {
  written,
  there_already,  ///< another process has filed the same, bit for bit
  other_bits,     ///< another process has filed other numbers, which stay
  success_stays   ///< a failure does not replace a success
};

/// A run folder: run.json, cells/<id>.json and cells/<id>.npz. Every file appears whole or not at all, a prediction
/// before the record that names its check sum; so a record that is there is a result, whenever the program was killed.
/// Any number of processes may work on one folder.
class Store {
 public:
  /// Opens or makes the folder, and removes what killed writers left of temporary files an hour ago or longer.
  /// @param suite the suite's name
  /// @throws Error (io) if it cannot be written, (config) if another suite or a newer predcorr wrote it, or if it has
  /// files in cells/ and no run.json, so that it is somebody else's
  static Store open_for_writing(const std::filesystem::path& folder, const std::string& suite);

  /// Opens the folder where a run of this suite is in it, for reading; nothing where there is none yet.
  /// @throws Error (config) as open_for_writing
  static std::optional<Store> open_if_there(const std::filesystem::path& folder, const std::string& suite);

  /// @throws Error (io) if there is no run in the folder
  static Store open_for_reading(const std::filesystem::path& folder);

  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path cells() const { return folder_ / "cells"; }

  /// What run.json says now. Cost: reads it.  @throws Error (io, config, data)
  Run run() const;
  void write_run(const Run& run) const;

  /// The record of a cell, or why it cannot be believed: it cannot be read, is another cell's, or its prediction file
  /// is not, byte for byte, the one it names. Cost: the SHA-256 of that file.
  FiledCell look_up(const std::string& id) const;

  /// The record of a cell; nothing where there is none or it is damaged, so that the cell is to be run again.
  std::optional<Record> find(const std::string& id) const { return look_up(id).record; }

  /// Hands over every cell of the folder, in order of id. Files that are not called like a cell's are left alone. Reads
  /// on all threads, some hundred cells at a time; calls `visit` from the caller's thread.
  void for_each(const std::function<void(const std::string& id, FiledCell&& cell)>& visit) const;

  /// The same at once. A record takes some 50 KB.
  StoreContents all() const;

  /// From now on `for_each` and `all` count these records among the damaged, for the given reasons by id.
  void distrust(std::map<std::string, std::string> reasons) { distrusted_ = std::move(reasons); }

  /// Writes the prediction, if there is one and it is to be kept, then the record.
  /// @throws Error (io) if they cannot be written, (data, numerical, shape) if they could not be read again; then
  /// nothing has changed
  Filed save(Record record, const StoredPrediction* prediction, Keep keep = Keep::all,
             Filing filing = Filing::replace) const;

  /// The prediction a record names. @throws Error (io, data) if the file is not, byte for byte, the one it names
  StoredPrediction prediction_of(const Record& record) const;
  StoredPrediction prediction_of(const std::string& id, const std::optional<PredictionFile>& file) const;

  /// The ids of this run's cells: those that run.json names, and those whose record is of a configuration that it names
  /// (at other seeds). None where there is no run.json.
  std::set<std::string> own_cells() const;

  /// Removes the files of these cells, and nothing else; a link is removed, not what it points to.
  /// @throws Error (config) if `cells` itself is a link and there is something to remove, (io)
  void forget(const std::set<std::string>& ids) const;

 private:
  explicit Store(std::filesystem::path folder) : folder_(std::move(folder)) {}
  std::filesystem::path cell_file(const std::string& id, const char* ending) const { return cells() / (id + ending); }
  void check_prediction_file(const std::string& id, const PredictionFile& prediction) const;
  bool same_numbers(const Record& a, const Record& b, const std::filesystem::path& prediction_of_b) const;

  std::filesystem::path folder_;
  std::map<std::string, std::string> distrusted_;
};

}  // namespace predcorr
