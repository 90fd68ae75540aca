// SPDX-License-Identifier: Apache-2.0
#include "results/store/store.hpp"

#include <algorithm>
#include <chrono>

#include "core/base/files.hpp"
#include "core/base/folder_lock.hpp"
#include "core/base/hash.hpp"
#include "core/base/parallel.hpp"

namespace predcorr {
namespace fs = std::filesystem;
namespace {

constexpr std::chrono::hours kStale{1};     // no writer takes that long over one file, whatever the host's clock says
constexpr std::size_t kCellsAtATime = 256;  // of for_each

}  // namespace

Store Store::open_for_writing(const fs::path& folder, const std::string& suite) {
  make_folder(folder / "cells");
  if (open_if_there(folder, suite)) {
    remove_stale_temporaries(folder, kStale);
    remove_stale_temporaries(folder / "cells", kStale);
  }
  return Store(folder);
}

std::optional<Store> Store::open_if_there(const fs::path& folder, const std::string& suite) {
  const fs::path file = folder / "run.json";
  if (fs::exists(file)) {
    const std::string other = suite_of_run(read_json_file(file), file.string());
    require(other == suite, ErrorKind::config,
            "{}: holds results of suite '{}', not of '{}'; use another --out, or remove the folder", folder.string(),
            other, suite);
    return Store(folder);
  }
  std::error_code status;  // there may be no such folder
  const auto first = fs::directory_iterator(folder / "cells", status);
  if (first != fs::directory_iterator()) {
    if (fs::exists(file)) return open_if_there(folder, suite);  // another process has just begun
    fail(ErrorKind::config,
         "{}: is no run folder of predcorr: it has files in cells/ ({}) and no run.json; use another --out",
         folder.string(), first->path().filename().string());
  }
  return std::nullopt;
}

Store Store::open_for_reading(const fs::path& folder) {
  require(fs::exists(folder / "run.json"), ErrorKind::io,
          "{}: there is no run in it (no run.json); give a folder that "
          "'predcorr run' wrote",
          folder.string());
  const Store store(folder);
  store.run();
  return store;
}

Run Store::run() const {
  const fs::path file = folder_ / "run.json";
  return read_run(read_json_file(file), file.string());
}

void Store::write_run(const Run& run) const {
  write_text_atomically(folder_ / "run.json", to_json(run).dump(1) + "\n");
}

void Store::check_prediction_file(const std::string& id, const PredictionFile& prediction) const {
  const fs::path file = cells() / prediction.name;
  require(prediction.name == id + ".npz", ErrorKind::data, "{}: is not what a prediction of cell {} is called",
          file.string(), id);
  std::error_code status;
  const auto bytes = fs::is_regular_file(file, status) ? fs::file_size(file, status) : 0;
  require(!status && bytes > 0, ErrorKind::data, "{}: the prediction of its record is not there", file.string());
  require(bytes == prediction.bytes, ErrorKind::data, "{}: has {} bytes, its record says {}", file.string(), bytes,
          prediction.bytes);
  require(sha256_hex_of_file(file) == prediction.sha256, ErrorKind::data,
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
    if (record.prediction) check_prediction_file(id, *record.prediction);
    return {std::move(record), ""};
  } catch (const Error& e) {
    return {std::nullopt, e.what()};
  }
}

void Store::for_each(const std::function<void(const std::string&, FiledCell&&)>& visit) const {
  std::vector<std::string> ids;
  for (const auto& entry : fs::directory_iterator(cells()))
    if (entry.path().extension() == ".json" && is_cell_id(entry.path().stem().string()))
      ids.push_back(entry.path().stem().string());
  std::sort(ids.begin(), ids.end());
  for (std::size_t first = 0; first < ids.size(); first += kCellsAtATime) {
    std::vector<FiledCell> cells(std::min(kCellsAtATime, ids.size() - first));
    parallel_for(std::ssize(cells), [&](Index i) {
      const auto at = static_cast<std::size_t>(i);
      cells[at] = look_up(ids[first + at]);
    });
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const std::string& id = ids[first + i];
      if (const auto reason = distrusted_.find(id); cells[i].record && reason != distrusted_.end())
        cells[i] = {std::nullopt, reason->second};
      if (cells[i].record || !cells[i].damage.empty()) visit(id, std::move(cells[i]));
    }
  }
}

StoreContents Store::all() const {
  StoreContents contents;
  for_each([&](const std::string& id, FiledCell&& cell) {
    if (cell.record)
      contents.records.push_back(std::move(*cell.record));
    else
      contents.damaged.push_back({id, std::move(cell.damage)});
  });
  return contents;
}

bool Store::same_numbers(const Record& a, const Record& b, const fs::path& prediction_of_b) const {
  const auto numbers = [](const Record& record) {
    Json json = record_to_json(record);
    for (const char* key : {"labels", "cost", "made_by", "log", "checksum", "prediction"}) json.erase(key);
    return json;
  };
  if (numbers(a) != numbers(b)) return false;
  if (!a.prediction || !b.prediction || a.prediction->sha256 == b.prediction->sha256) return true;
  // Another zlib packs the same numbers into other bytes.
  return a.prediction->kept != b.prediction->kept || same_bits(prediction_of(a), load_prediction(prediction_of_b));
}

Filed Store::save(Record record, const StoredPrediction* prediction, Keep keep, Filing filing) const {
  const std::string id = cell_id(record.identity);
  std::optional<AtomicFile> npz;
  if (prediction != nullptr && keep != Keep::scores) {
    npz.emplace(cell_file(id, ".npz"));
    const fs::path& file = npz->temporary();
    save_prediction(*prediction, keep, file);
    npz->flush();
    record.prediction = {id + ".npz", sha256_hex_of_file(file), fs::file_size(file), what_is_kept(*prediction, keep)};
  }
  AtomicFile json(cell_file(id, ".json"));
  json.write(record_to_text(record));
  json.flush();

  // From here on no other process files a result, so prediction and record are one's own, and the first success stays.
  const FolderLock alone(cells());
  if (const FiledCell before = look_up(id); before.record && !before.record->failed) {
    if (record.failed) return Filed::success_stays;
    if (filing == Filing::first_wins)
      return same_numbers(*before.record, record, npz ? npz->temporary() : fs::path()) ? Filed::there_already
                                                                                       : Filed::other_bits;
  }
  if (npz) npz->put_in_place();
  json.put_in_place();
  std::error_code ignored;
  if (!record.prediction) fs::remove(cell_file(id, ".npz"), ignored);  // of a result that was replaced
  return Filed::written;
}

StoredPrediction Store::prediction_of(const Record& record) const {
  return prediction_of(cell_id(record.identity), record.prediction);
}

StoredPrediction Store::prediction_of(const std::string& id, const std::optional<PredictionFile>& file) const {
  require(file.has_value(), ErrorKind::data, "{}: record {} keeps no prediction", folder_.string(), id);
  check_prediction_file(id, *file);
  return load_prediction(cells() / file->name);
}

std::set<std::string> Store::own_cells() const {
  std::set<std::string> ids, configurations;
  if (!fs::exists(folder_ / "run.json")) return ids;
  for (const auto& [entry, cells] : run().plan) {
    configurations.insert(entry.configuration);
    for (const auto& [seed, id] : cells)
      if (is_cell_id(id)) ids.insert(id);
  }
  for_each([&](const std::string& id, const FiledCell& cell) {
    if (cell.record && configurations.count(configuration_id(cell.record->identity)) > 0) ids.insert(id);
  });
  return ids;
}

void Store::forget(const std::set<std::string>& ids) const {
  std::error_code status;
  const bool is_link = fs::is_symlink(fs::symlink_status(cells(), status));
  for (const std::string& id : ids)
    for (const char* ending : {".json", ".npz"}) {
      const fs::path file = cell_file(id, ending);
      const auto type = fs::symlink_status(file, status).type();
      if (type != fs::file_type::regular && type != fs::file_type::symlink) continue;
      require(!is_link, ErrorKind::config,
              "--fresh: {} is a link, and nothing is removed through links; remove what it points to by yourself, or "
              "use another --out",
              cells().string());
      fs::remove(file, status);
      require(!status, ErrorKind::io, "{}: cannot be removed: {}", file.string(), status.message());
    }
}

}  // namespace predcorr
