// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "metrics/active_learning/active_learning.hpp"
#include "metrics/expectation/score_expectation.hpp"
#include "metrics/metric.hpp"
#include "models/model.hpp"
#include "results/store/keep.hpp"

namespace predcorr {

inline constexpr const char* kRecordSchema = "predcorr/record/2";

/// What a cell cost. Not part of what it found: two runs of one cell agree in everything but this.
struct Cost {
  double fit_seconds = 0;
  double predict_seconds = 0;
  std::optional<double> cpu_seconds = {};  ///< processor time of both on all threads; nothing in older records
  double peak_bytes = 0;                   ///< largest resident memory of the whole process while the cell ran
};

/// The stored prediction of a cell, in a file beside its record.
struct PredictionFile {
  std::string name;
  std::string sha256;
  std::uint64_t bytes = 0;
  Keep kept = Keep::all;  ///< how much of it is there
};

/// What came of one cell.
struct Record {
  Json identity;  ///< everything that decides its numbers: task, data set, protocol, seed, model, version
  /// What the suite called the cell's parts when it was made, for people: by "dataset", "model", and of a learning cell
  /// "criterion", "selector". No part of what it found, as suites may call the same things otherwise. Empty in records
  /// of earlier versions.
  std::map<std::string, std::string> labels = {};
  bool failed = false;
  std::string failure_kind;  ///< of a failed cell
  std::string failure_reason;
  Json metrics = Json::object();  ///< name -> parameters of the metrics it was scored with
  std::vector<Score> scores;
  std::vector<ScoreExpectation> expectations;  ///< in the order of the scores; of some of them, or none
  Json curves = Json::object();  ///< metric -> what a plot of its score needs, {"name": [numbers]}; see MetricResult
  std::vector<LearningRound> rounds;  ///< of an active-learning cell
  Diagnostics diagnostics;
  std::vector<std::string> warnings;  ///< of the model about its fit; see Posterior::warnings
  std::string log;                    ///< what the model had to say, as text; at most the last kLongestLog bytes
  Index n_train = 0, n_pool = 0, n_test = 0;
  Cost cost;
  std::optional<PredictionFile> prediction;
  std::string made_by;  ///< predcorr's version and commit

  std::uint64_t seed() const { return identity.at("seed").get<std::uint64_t>(); }
};

/// The name of a cell's files: 32 hexadecimal digits of the SHA-256 of its identity's canonical JSON.
std::string cell_id(const Json& identity);

/// Whether a text is what cell_id may give, and so harmless as the name of a file.
bool is_cell_id(const std::string& text);

/// What all seeds of one configuration share: the same hash of the identity without its seed.
std::string configuration_id(Json identity);

/// With a check sum over everything else.
Json record_to_json(const Record& record);

/// SHA-256 of the canonical JSON of a record without its "checksum". It tells damage and editing by hand; who forges a
/// record on purpose can compute it as well, which is why scores can be recomputed (harness/recompute.hpp).
std::string record_checksum(Json record);

/// @throws Error (config) if it is of another version, (data) if it is damaged
Record record_from_json(Json json, const std::string& origin);

/// What a record's file holds. Reads it back first: what would be refused then is refused now, such as a number that is
/// not finite, which JSON does not have.  @throws Error (data)
std::string record_to_text(const Record& record);

}  // namespace predcorr
