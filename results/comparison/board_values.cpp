// SPDX-License-Identifier: Apache-2.0
#include "results/comparison/board_values.hpp"

#include <fmt/format.h>

#include <vector>

#include "core/base/error.hpp"

namespace predcorr {
namespace {

const Json& json_at(const Json& json, const char* key, const std::string& path) {
  require(json.is_object() && json.contains(key), ErrorKind::config, "{}: has no \"{}\"; make the board anew", path,
          key);
  return json.at(key);
}

Direction direction_of(const Json& metric, const std::string& path) {
  const Json& better = json_at(metric, "better", path);
  if (better == "higher") return Direction::higher;
  if (better == "lower") return Direction::lower;
  require(better == "none", ErrorKind::config, "{}.better: must be \"higher\", \"lower\" or \"none\", got {}", path,
          better.dump());
  return Direction::none;
}

SeedValues values_by_seed(const std::vector<std::uint64_t>& seeds, const Json& list, const std::string& path) {
  require(list.is_array() && list.size() == seeds.size(), ErrorKind::config,
          "{}: must be a list of {} values, one for each of its data set's seeds", path, seeds.size());
  SeedValues values;
  for (std::size_t i = 0; i < seeds.size(); ++i) {
    if (list[i].is_null()) continue;
    if (!list[i].is_number())  // not `require`, which would write out every value
      fail(ErrorKind::config, "{}[{}]: must be a number or null, got {}", path, i, list[i].dump());
    values[seeds[i]] = list[i].get<double>();
  }
  return values;
}

DatasetValues dataset_values(const Json& json, const std::string& path) {
  DatasetValues dataset;
  const Json& overlap = json_at(json, "overlap", path);
  require(overlap.is_number() && overlap >= 0 && overlap < 1, ErrorKind::config,
          "{}.overlap: must be from 0 to below 1, got {}", path, overlap.dump());
  dataset.overlap = overlap.get<double>();
  const Json &values = json_at(json, "values", path), &listed = json_at(values, "seeds", path + ".values");
  std::vector<std::uint64_t> seeds;
  require(listed.is_array(), ErrorKind::config, "{}.values.seeds: must be a list of seeds", path);
  for (const Json& seed : listed) {
    require(seed.is_number_unsigned(), ErrorKind::config, "{}.values.seeds: must be seeds, got {}", path, seed.dump());
    seeds.push_back(seed.get<std::uint64_t>());
  }
  const Json& models = json_at(values, "models", path + ".values");
  require(models.is_object(), ErrorKind::config, "{}.values.models: must be an object, by label", path);
  for (const auto& [label, scores] : models.items()) {
    const std::string at = fmt::format("{}.values.models['{}']", path, label);
    require(scores.is_object(), ErrorKind::config, "{}: must be an object, by score", at);
    for (const auto& [key, list] : scores.items())
      dataset.models[label][ScoreKey::parse(key)] = values_by_seed(seeds, list, fmt::format("{}['{}']", at, key));
  }
  return dataset;
}

}  // namespace

Direction BoardValues::direction(const ScoreKey& key) const {
  if (const auto found = directions.find(key); found != directions.end()) return found->second;
  const auto any = directions.find({key.name, "*"});
  return any == directions.end() ? Direction::none : any->second;
}

BoardValues board_values(const Leaderboard& board, const std::string& name) {
  BoardValues values{name, {}, {}};
  for (const ScoreInfo& info : board.metrics.scores()) values.directions[info.key()] = info.direction;
  for (const DatasetResults& results : board.datasets) {
    DatasetValues& dataset = values.datasets[results.label];
    dataset.overlap = results.overlap;
    for (const ModelResults& model : results.models)
      for (const ScoreSummary& score : model.scores) dataset.models[model.label][score.key] = score.values;
  }
  return values;
}

BoardValues read_board_values(const Json& json, const std::string& origin) {
  require(json.is_object() && json.value("schema", Json()).is_string() &&
              json.at("schema").get<std::string>().rfind("predcorr/leaderboard/", 0) == 0,
          ErrorKind::config, "{}: is no leaderboard of predcorr", origin);
  require(
      json.at("schema") == kLeaderboardSchema, ErrorKind::config,
      "{}: has no values by seed (it is {}, this needs {}); make it anew of its run folder: predcorr leaderboard RUN "
      "--out FOLDER",
      origin, json.at("schema").get<std::string>(), kLeaderboardSchema);
  BoardValues values{origin, {}, {}};
  for (const auto& [key, metric] : json_at(json, "metrics", origin).items())
    values.directions[ScoreKey::parse(key)] = direction_of(metric, fmt::format("{}: metrics['{}']", origin, key));
  for (const auto& [label, dataset] : json_at(json, "datasets", origin).items())
    values.datasets[label] = dataset_values(dataset, fmt::format("{}: datasets['{}']", origin, label));
  return values;
}

BoardValues open_board(const std::filesystem::path& run_or_file) {
  std::error_code status;
  if (!std::filesystem::is_directory(run_or_file, status))
    return read_board_values(read_json_file(run_or_file), run_or_file.string());
  const std::vector<Store> stores = {Store::open_for_reading(run_or_file)};
  return board_values(make_leaderboard(stores), run_or_file.string());
}

}  // namespace predcorr
