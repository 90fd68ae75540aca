// SPDX-License-Identifier: Apache-2.0
#include "harness/validation/pilot.hpp"

#include <chrono>
#include <optional>

#include "core/base/files.hpp"
#include "results/store/provenance.hpp"

namespace predcorr {
namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

Pilot::Pilot(const Suite& suite, Keep keep)
    : suite_(suite),
      keep_(keep),
      one_thread_(tbb::global_control::max_allowed_parallelism, 1),
      problems_(suite),
      folder_(temporary_run("predcorr-pilot", "--pilot")),
      store_(Store::open_for_writing(folder_.path(), suite.name)) {}

double Pilot::prepare(const Labelled<DatasetSource>& dataset, std::uint64_t seed) {
  if (!prepared_.emplace(dataset.label, seed).second) return 0;
  const auto start = std::chrono::steady_clock::now();
  try {
    problems_.at(dataset, seed)->evaluation();
  } catch (const std::exception&) {  // it is tried again by each cell, which says what it was
    return 0;
  }
  return seconds_since(start);
}

PilotCell Pilot::run(const Cell& cell, Record& record) {
  reset_peak_resident_bytes();
  const auto start = std::chrono::steady_clock::now();
  std::optional<StoredPrediction> prediction;
  record = run_cell(suite_, cell, problems_, prediction);
  PilotCell pilot;
  pilot.seed = cell.seed;
  pilot.failure = record.failure_reason;
  try {
    store_.save(record, prediction ? &*prediction : nullptr, to_keep(suite_, cell, keep_));
  } catch (const Error& e) {
    if (e.kind() == ErrorKind::io) throw;
    record.failed = true;
    record.failure_reason = pilot.failure = e.what();
  }
  pilot.seconds = seconds_since(start);
  pilot.fit_seconds = record.cost.fit_seconds;
  pilot.predict_seconds = record.cost.predict_seconds;
  pilot.peak_bytes = peak_resident_bytes();
  for (const auto& file : std::filesystem::directory_iterator(store_.cells()))
    if (file.path().stem() == cell.id()) pilot.disk_bytes += static_cast<double>(file.file_size());
  store_.forget({cell.id()});
  return pilot;
}

}  // namespace predcorr
