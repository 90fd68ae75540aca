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

bool is_cell_id(const std::string& name) {
  return name.size() == 32 && name.find_first_not_of("0123456789abcdef") == std::string::npos;
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

void Store::check_prediction_file(const Record& record) const {
  if (!record.prediction) return;
  const fs::path file = folder_ / "cells" / record.prediction->name;
  std::error_code status;
  const auto bytes = fs::is_regular_file(file, status) ? fs::file_size(file, status) : 0;
  require(!status && bytes > 0, ErrorKind::data, "{}: the prediction of its record is not there", file.string());
  require(bytes == record.prediction->bytes, ErrorKind::data, "{}: has {} bytes, its record says {}", file.string(),
          bytes, record.prediction->bytes);
  require(sha256_hex_of_file(file) == record.prediction->sha256, ErrorKind::data,
          "{}: its SHA-256 is not the one its record names", file.string());
}

FiledCell Store::look_up(const std::string& id) const {
  const fs::path file = cell_file(id, ".json");
  std::error_code status;
  if (fs::symlink_status(file, status).type() == fs::file_type::not_found) return {};
  try {
    require(fs::is_regular_file(file, status), ErrorKind::data, "{}: is no regular file", file.string());
    Record record = record_from_json(read_json_file(file), file.string());
    const std::string own = cell_id(record.identity);
    require(own == id, ErrorKind::data, "{}: holds the record of another cell, {}", file.string(), own);
    check_prediction_file(record);
    return {std::move(record), ""};
  } catch (const Error& e) {
    return {std::nullopt, e.what()};
  }
}

StoreContents Store::all() const {
  std::vector<std::string> ids;
  for (const auto& entry : fs::directory_iterator(folder_ / "cells"))
    if (entry.path().extension() == ".json" && is_cell_id(entry.path().stem().string()))
      ids.push_back(entry.path().stem().string());
  std::sort(ids.begin(), ids.end());
  StoreContents contents;
  for (const std::string& id : ids) {
    FiledCell cell = look_up(id);
    if (cell.record)
      contents.records.push_back(std::move(*cell.record));
    else if (!cell.damage.empty())
      contents.damaged.push_back({id, std::move(cell.damage)});
  }
  return contents;
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
  check_prediction_file(record);
  return load_prediction(folder_ / "cells" / record.prediction->name);
}

void Store::forget() const {
  std::error_code status;
  for (const auto& entry : fs::directory_iterator(folder_ / "cells")) {
    fs::remove(entry.path(), status);
    require(!status, ErrorKind::io, "{}: cannot be removed: {}", entry.path().string(), status.message());
  }
}

}  // namespace predcorr
