// SPDX-License-Identifier: Apache-2.0
#include "results/store/record.hpp"

#include "core/base/hash.hpp"
#include "metrics/score_catalogue.hpp"

namespace predcorr {
namespace {

/// A message of a program may hold bytes that are no UTF-8: they become U+FFFD.
constexpr auto kBadBytes = Json::error_handler_t::replace;

/// With unit and direction, so that a record explains itself.
Json scores_to_json(const std::vector<Score>& scores) {
  Json list = Json::array();
  for (const Score& score : scores) {
    Json entry = {{"name", score.name}, {"value", score.value ? Json(*score.value) : Json()}};
    if (!score.part.empty()) entry["part"] = score.part;
    if (!score.value) entry["reason"] = score.reason;
    if (const ScoreInfo* info = score_catalogue().find(score.key())) {
      entry["unit"] = info->unit;
      entry["better"] = to_string(info->direction);
    }
    list.push_back(std::move(entry));
  }
  return list;
}

/// @param record without its "checksum"
std::string checksum_of(const Json& record) { return sha256_hex(record.dump(-1, ' ', false, kBadBytes)); }

std::vector<Score> scores_from_json(const Json& list) {
  std::vector<Score> scores;
  for (const Json& entry : list) {
    Score score{entry.at("name").get<std::string>(), entry.value("part", ""), std::nullopt, entry.value("reason", "")};
    if (!entry.at("value").is_null()) score.value = entry.at("value").get<double>();
    scores.push_back(std::move(score));
  }
  return scores;
}

Json expectations_to_json(const std::vector<ScoreExpectation>& expectations) {
  Json list = Json::array();
  for (const ScoreExpectation& e : expectations) {
    Json entry = {{"name", e.key.name}, {"mean", e.mean}, {"sd", e.sd}, {"tail", e.tail}, {"draws", e.draws}};
    if (!e.key.part.empty()) entry["part"] = e.key.part;
    list.push_back(std::move(entry));
  }
  return list;
}

std::vector<ScoreExpectation> expectations_from_json(const Json& list, const std::string& origin) {
  std::vector<ScoreExpectation> expectations;
  for (const Json& entry : list) {
    const ScoreExpectation e{{entry.at("name").get<std::string>(), entry.value("part", "")},
                             entry.at("mean").get<double>(),
                             entry.at("sd").get<double>(),
                             entry.at("tail").get<double>(),
                             entry.at("draws").get<Index>()};
    require(e.sd >= 0 && e.tail > 0 && e.tail <= 1 && e.draws >= 1 && e.draws <= kMostDraws, ErrorKind::data,
            "{}: the expectation of '{}' is none: sd {}, tail {}, draws {}; at least 0, above 0 up to 1, and 1 to {} "
            "were expected",
            origin, e.key.text(), e.sd, e.tail, e.draws, kMostDraws);
    expectations.push_back(e);
  }
  return expectations;
}

}  // namespace

std::string cell_id(const Json& identity) { return sha256_hex(identity.dump()).substr(0, 32); }

bool is_cell_id(const std::string& text) {
  return text.size() == 32 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

std::string configuration_id(Json identity) {
  identity.erase("seed");
  return cell_id(identity);
}

Json record_to_json(const Record& r) {
  Json json = r.identity;
  json["schema"] = kRecordSchema;
  json["id"] = cell_id(r.identity);
  if (!r.labels.empty()) json["labels"] = r.labels;
  json["status"] = r.failed ? "failed" : "ok";
  if (r.failed) json["reason"] = {{"kind", r.failure_kind}, {"message", r.failure_reason}};
  json["metrics"] = r.metrics;
  json["scores"] = scores_to_json(r.scores);
  if (!r.expectations.empty()) json["expectations"] = expectations_to_json(r.expectations);
  if (!r.curves.empty()) json["curves"] = r.curves;
  json["diagnostics"] = r.diagnostics;
  if (!r.warnings.empty()) json["warnings"] = r.warnings;
  if (!r.log.empty()) json["log"] = r.log;
  json["rows"] = {{"train", r.n_train}, {"pool", r.n_pool}, {"test", r.n_test}};
  json["cost"] = {{"fit_seconds", r.cost.fit_seconds},
                  {"predict_seconds", r.cost.predict_seconds},
                  {"peak_bytes", r.cost.peak_bytes}};
  if (r.cost.cpu_seconds) json["cost"]["cpu_seconds"] = *r.cost.cpu_seconds;
  json["made_by"] = r.made_by;
  if (r.prediction)
    json["prediction"] = {{"file", r.prediction->name},
                          {"sha256", r.prediction->sha256},
                          {"bytes", r.prediction->bytes},
                          {"kept", to_string(r.prediction->kept)}};
  for (const LearningRound& round : r.rounds) {
    Json scores = Json::object();
    for (const auto& [label, values] : round.scores) scores[label] = scores_to_json(values);
    Json entry = {{"n_train", round.n_train}, {"acquired", round.acquired}, {"scores", scores}};
    if (round.gain) entry["gain"] = *round.gain;
    if (round.stopped) entry["stopped"] = {{"rule", round.stopped->rule}, {"n_train", round.stopped->n_train}};
    json["rounds"].push_back(std::move(entry));
  }
  json["checksum"] = record_checksum(json);
  return json;
}

std::string record_checksum(Json record) {
  record.erase("checksum");
  return checksum_of(record);
}

std::string record_to_text(const Record& record) {
  std::string text = record_to_json(record).dump(1, ' ', false, kBadBytes) + "\n";
  try {
    record_from_json(parse_json(text, "record"), "record");
  } catch (const Error& e) {
    fail(ErrorKind::data, "what came of the cell cannot be kept: {}", e.what());
  }
  return text;
}

Record record_from_json(Json json, const std::string& origin) {
  const bool named = json.is_object() && json.contains("schema") && json.at("schema").is_string();
  const std::string schema = named ? json.at("schema").get<std::string>() : "none";
  require(schema == kRecordSchema, ErrorKind::config,
          "{}: has schema {}, this predcorr reads {}; use the version that wrote it, or another --out", origin, schema,
          kRecordSchema);
  const Json checksum = json.value("checksum", Json());
  json.erase("checksum");
  require(checksum == checksum_of(json), ErrorKind::data, "{}: is not as it was written: its check sum is another",
          origin);
  try {
    Record r;
    for (const char* key : {"task", "dataset", "protocol", "seed", "model", "version", "learning"})
      if (json.contains(key)) r.identity[key] = std::move(json.at(key));
    require(cell_id(r.identity) == json.at("id").get<std::string>(), ErrorKind::data,
            "{}: its id does not fit its content", origin);
    if (json.contains("labels")) r.labels = json.at("labels").get<std::map<std::string, std::string>>();
    r.failed = json.at("status") != "ok";
    if (r.failed) {
      r.failure_kind = json.at("reason").at("kind").get<std::string>();
      r.failure_reason = json.at("reason").at("message").get<std::string>();
    }
    r.metrics = std::move(json.at("metrics"));
    r.scores = scores_from_json(json.at("scores"));
    if (json.contains("expectations")) r.expectations = expectations_from_json(json.at("expectations"), origin);
    if (json.contains("curves")) r.curves = std::move(json.at("curves"));
    r.diagnostics = json.at("diagnostics").get<Diagnostics>();
    r.warnings = json.value("warnings", std::vector<std::string>{});
    r.log = json.value("log", "");
    const Json& rows = json.at("rows");
    r.n_train = rows.at("train").get<Index>();
    r.n_pool = rows.at("pool").get<Index>();
    r.n_test = rows.at("test").get<Index>();
    const Json& cost = json.at("cost");
    r.cost = {cost.at("fit_seconds").get<double>(), cost.at("predict_seconds").get<double>(), std::nullopt,
              cost.at("peak_bytes").get<double>()};
    if (cost.contains("cpu_seconds")) r.cost.cpu_seconds = cost.at("cpu_seconds").get<double>();
    r.made_by = json.at("made_by").get<std::string>();
    if (json.contains("prediction")) {
      const Json& file = json.at("prediction");
      r.prediction = {file.at("file").get<std::string>(), file.at("sha256").get<std::string>(),
                      file.at("bytes").get<std::uint64_t>(), read_keep(file.at("kept").get<std::string>(), origin)};
    }
    if (json.contains("rounds"))
      for (const Json& entry : json.at("rounds")) {
        LearningRound round{entry.at("n_train").get<Index>(), entry.at("acquired").get<Rows>(), {}};
        for (const auto& [label, values] : entry.at("scores").items()) round.scores[label] = scores_from_json(values);
        if (entry.contains("gain")) round.gain = entry.at("gain").get<double>();
        if (entry.contains("stopped")) {
          const Json& end = entry.at("stopped");
          round.stopped = {end.at("rule").get<std::string>(), end.at("n_train").get<std::vector<Index>>()};
        }
        r.rounds.push_back(std::move(round));
      }
    return r;
  } catch (const Json::exception& e) {
    fail(ErrorKind::data, "{}: is not a predcorr record: {}", origin, e.what());
  }
}

}  // namespace predcorr
