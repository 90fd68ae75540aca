// SPDX-License-Identifier: Apache-2.0
#include "results/store.hpp"

#include <algorithm>

#include "core/files.hpp"
#include "core/hash.hpp"

namespace predcorr {
namespace fs = std::filesystem;
namespace {

void check_run(const Json& run, const fs::path& file) {
  const bool known = run.is_object() && run.value("schema", "") == kRunSchema;
  require(
      known, ErrorKind::config,
      "{}: was not written by this version of predcorr (schema {}, expected {}); use another --out, or the predcorr "
      "that wrote it",
      file.string(), run.is_object() ? run.value("schema", "none") : "none", kRunSchema);
}

}  // namespace

Store Store::open_for_writing(const fs::path& folder, const std::string& suite) {
  make_folder(folder / "cells");
  const fs::path file = folder / "run.json";
  if (fs::exists(file)) {
    const Json run = read_json_file(file);
    check_run(run, file);
    const std::string other = run.at("suite").value("name", "");
    require(other == suite, ErrorKind::config,
            "{}: holds results of suite '{}', not of '{}'; use another --out, or remove the folder", folder.string(),
            other, suite);
  }
  return Store(folder);
}

Store Store::open_for_reading(const fs::path& folder) {
  require(fs::exists(folder / "run.json"), ErrorKind::io,
          "{}: there is no run in it (no run.json); give a folder that "
          "'predcorr run' wrote",
          folder.string());
  check_run(read_json_file(folder / "run.json"), folder / "run.json");
  return Store(folder);
}

Json Store::run() const { return read_json_file(folder_ / "run.json"); }

void Store::write_run(const Json& run) const { write_text_atomically(folder_ / "run.json", run.dump(1) + "\n"); }

bool Store::prediction_is_there(const Record& record) const {
  if (!record.prediction) return true;
  std::error_code status;
  return fs::file_size(folder_ / "cells" / record.prediction->name, status) == record.prediction->bytes && !status;
}

std::optional<Record> Store::find(const std::string& id) const {
  const fs::path file = cell_file(id, ".json");
  if (!fs::exists(file)) return std::nullopt;
  Json json;
  try {
    json = read_json_file(file);
  } catch (const Error&) {
    return std::nullopt;  // damaged from outside; what predcorr writes is whole
  }
  try {
    Record record = record_from_json(json, file.string());
    if (prediction_is_there(record)) return record;
  } catch (const Error& e) {
    if (e.kind() == ErrorKind::config) throw;
  }
  return std::nullopt;
}

std::vector<Record> Store::all() const {
  std::vector<std::string> ids;
  for (const auto& entry : fs::directory_iterator(folder_ / "cells"))
    if (entry.path().extension() == ".json") ids.push_back(entry.path().stem().string());
  std::sort(ids.begin(), ids.end());
  std::vector<Record> records;
  for (const std::string& id : ids)
    if (auto record = find(id)) records.push_back(std::move(*record));
  return records;
}

void Store::save(Record record, const StoredPrediction* prediction) const {
  const std::string id = cell_id(record.identity);
  if (prediction != nullptr) {
    const fs::path file = cell_file(id, ".npz");
    write_atomically(file, [&](const fs::path& temporary) {
      save_prediction(*prediction, temporary);
      record.prediction = {file.filename().string(), sha256_hex_of_file(temporary), fs::file_size(temporary)};
    });
  }
  write_text_atomically(cell_file(id, ".json"), record_to_json(record).dump(1) + "\n");
}

StoredPrediction Store::prediction_of(const Record& record) const {
  require(record.prediction.has_value(), ErrorKind::data, "{}: record {} keeps no prediction", folder_.string(),
          cell_id(record.identity));
  const fs::path file = folder_ / "cells" / record.prediction->name;
  require(sha256_hex_of_file(file) == record.prediction->sha256, ErrorKind::data,
          "{}: its SHA-256 is not the one its record names; remove both and run the suite again", file.string());
  return load_prediction(file);
}

void Store::forget() const {
  std::error_code status;
  for (const auto& entry : fs::directory_iterator(folder_ / "cells")) {
    fs::remove(entry.path(), status);
    require(!status, ErrorKind::io, "{}: cannot be removed: {}", entry.path().string(), status.message());
  }
}

}  // namespace predcorr
