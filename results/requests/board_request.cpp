// SPDX-License-Identifier: Apache-2.0
#include "results/requests/board_request.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/base/error.hpp"
#include "core/base/text.hpp"

namespace predcorr {
namespace {

/// Refuses a name that is not known.
/// @param what it should be: "no data set of this suite is called"
void check_name_known(const std::string& name, const std::vector<std::string>* known, const char* what,
                      const std::string& path) {
  if (known != nullptr && !contains(*known, name))
    fail(ErrorKind::config, "{}: {} '{}'{}", path, what, name, suggestion(name, *known));
}

constexpr const char* kNoDataset = "no data set of this suite is called";
constexpr const char* kNoModel = "no model of this suite is called";
constexpr const char* kNoScore = "no metric of this suite gives";
constexpr const char* kNoRanked = "no metric of this suite gives, with a better direction,";

std::string text_of(const Json& value, const std::string& path) {
  require(value.is_string() && !value.get<std::string>().empty(), ErrorKind::config,
          "{}: must be a text that is not empty, got {}", path, value.dump());
  return value.get<std::string>();
}

std::string text_at(const Json& object, const char* key, const std::string& path) {
  require(object.contains(key), ErrorKind::config, "{}: key '{}' must be given", path, key);
  return text_of(object.at(key), fmt::format("{}.{}", path, key));
}

std::vector<std::string> dataset_labels(const Json& list, const RequestNames* names, const std::string& path) {
  require(list.is_array() && !list.empty(), ErrorKind::config,
          "{}: must be a list of labels of data sets with at least one entry, got {}", path, list.dump());
  std::vector<std::string> labels;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string at = fmt::format("{}[{}]", path, i), label = text_of(list[i], at);
    check_name_known(label, names == nullptr ? nullptr : &names->datasets, kNoDataset, at);
    require(!contains(labels, label), ErrorKind::config, "{}: '{}' is named twice", at, label);
    labels.push_back(label);
  }
  return labels;
}

std::vector<DatasetGroup> groups_of(const Json& json, const RequestNames* names, const std::string& path) {
  require(json.is_object() && !json.empty(), ErrorKind::config,
          "{}: must be an object of lists of data sets, such as {{\"small\": [\"boston\", \"yacht\"]}}, got {}", path,
          json.dump());
  std::vector<DatasetGroup> groups;
  for (const auto& [name, list] : json.items()) {
    check_label(name, path);
    groups.push_back({name, dataset_labels(list, names, fmt::format("{}.{}", path, name))});
  }
  return groups;
}

double weight_of(const Json& value, const std::string& path) {
  require(value.is_number() && value > 0 && std::isfinite(value.get<double>()), ErrorKind::config,
          "{}: must be a weight above 0, got {}", path, value.dump());
  return value.get<double>();
}

std::vector<WeightedScore> combined_of(const Json& json, const RequestNames* names, const std::string& path) {
  require(json.is_object() && !json.empty(), ErrorKind::config,
          "{}: must be an object of weights of scores, such as {{\"rmse\": 1, \"joint_log_likelihood\": 2}}, got {}",
          path, json.dump());
  std::vector<WeightedScore> parts;
  for (const auto& [key, weight] : json.items()) {
    check_name_known(key, names == nullptr ? nullptr : &names->ranked, kNoRanked, path);
    parts.push_back({ScoreKey::parse(key), weight_of(weight, fmt::format("{}.{}", path, key))});
  }
  return parts;
}

std::optional<double> bound_at(const Json& object, const char* key, const std::string& path) {
  if (!object.contains(key)) return std::nullopt;
  require(object.at(key).is_number(), ErrorKind::config, "{}.{}: must be a number, got {}", path, key,
          object.at(key).dump());
  return object.at(key).get<double>();
}

/// Labels, or a group's name.
std::vector<std::string> finding_datasets(const Json& value, const std::vector<DatasetGroup>& groups,
                                          const RequestNames* names, const std::string& path) {
  if (!value.is_string()) return dataset_labels(value, names, path);
  std::vector<std::string> known;
  for (const DatasetGroup& group : groups) {
    if (value == group.name) return group.datasets;
    known.push_back(group.name);
  }
  fail(ErrorKind::config, "{}: must be a list of labels of data sets, or a group's name, got {}{}", path, value.dump(),
       suggestion(value.get<std::string>(), known));
}

Finding finding_of(const Json& json, const std::vector<DatasetGroup>& groups, const RequestNames* names,
                   const std::string& path) {
  static const std::vector<std::string> kKeys = {"finding", "source",   "score",    "model",
                                                 "than",    "datasets", "at_least", "at_most"};
  require(json.is_object(), ErrorKind::config, "{}: must be an object, got {}", path, json.dump());
  for (const auto& [key, value] : json.items())
    if (!contains(kKeys, key)) fail(ErrorKind::config, "{}: unknown key '{}'{}", path, key, suggestion(key, kKeys));
  Finding finding;
  finding.sentence = text_at(json, "finding", path);
  finding.source = text_at(json, "source", path);
  const std::string score = text_at(json, "score", path);
  check_name_known(score, names == nullptr ? nullptr : &names->scores, kNoScore, path + ".score");
  finding.score = ScoreKey::parse(score);
  finding.model = text_at(json, "model", path);
  check_name_known(finding.model, names == nullptr ? nullptr : &names->models, kNoModel, path + ".model");
  if (json.contains("than")) {
    finding.than = text_at(json, "than", path);
    check_name_known(finding.than, names == nullptr ? nullptr : &names->models, kNoModel, path + ".than");
    require(finding.than != finding.model, ErrorKind::config, "{}.than: must be another model than '{}'", path,
            finding.model);
  }
  if (json.contains("datasets"))
    finding.datasets = finding_datasets(json.at("datasets"), groups, names, path + ".datasets");
  finding.at_least = bound_at(json, "at_least", path);
  finding.at_most = bound_at(json, "at_most", path);
  require(finding.at_least || finding.at_most, ErrorKind::config,
          "{}: needs \"at_least\", \"at_most\" or both: the range in which the value is expected", path);
  if (finding.at_least && finding.at_most)
    require(*finding.at_least <= *finding.at_most, ErrorKind::config, "{}: at_least is {}, above at_most, {}", path,
            *finding.at_least, *finding.at_most);
  return finding;
}

}  // namespace

BoardRequest read_board_request(const Json& suite, const std::string& origin, const RequestNames* names) {
  BoardRequest request;
  const auto path = [&](const char* key) { return fmt::format("{}: {}", origin, key); };
  if (suite.contains("groups")) request.groups = groups_of(suite.at("groups"), names, path("groups"));
  if (suite.contains("primary")) {
    const std::string key = text_of(suite.at("primary"), path("primary"));
    check_name_known(key, names == nullptr ? nullptr : &names->ranked, kNoRanked, path("primary"));
    request.primary = ScoreKey::parse(key);
  }
  if (suite.contains("combined")) request.combined = combined_of(suite.at("combined"), names, path("combined"));
  if (suite.contains("findings")) {
    const Json& list = suite.at("findings");
    require(list.is_array(), ErrorKind::config, "{}: must be a list of findings, got {}", path("findings"),
            list.dump());
    for (std::size_t i = 0; i < list.size(); ++i)
      request.findings.push_back(
          finding_of(list[i], request.groups, names, fmt::format("{}[{}]", path("findings"), i)));
  }
  return request;
}

BoardRequest joined(const std::vector<BoardRequest>& requests) {
  BoardRequest all;
  for (const BoardRequest& request : requests) {
    for (const DatasetGroup& group : request.groups) {
      auto same = std::ranges::find(all.groups, group.name, &DatasetGroup::name);
      if (same == all.groups.end()) same = all.groups.insert(same, {group.name, {}});
      for (const std::string& dataset : group.datasets)
        if (!contains(same->datasets, dataset)) same->datasets.push_back(dataset);
    }
    if (!all.primary) all.primary = request.primary;
    if (all.combined.empty()) all.combined = request.combined;
    for (const Finding& finding : request.findings)
      if (std::find(all.findings.begin(), all.findings.end(), finding) == all.findings.end())
        all.findings.push_back(finding);
  }
  return all;
}

std::vector<WeightedScore> read_weights(const std::string& text, const std::string& where,
                                        const std::vector<std::string>& ranked) {
  std::vector<WeightedScore> parts;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t comma = std::min(text.find(',', from), text.size());
    const std::string entry = text.substr(from, comma - from);
    const std::size_t equals = std::min(entry.find('='), entry.size());
    const std::string key = entry.substr(0, equals);
    require(!key.empty(), ErrorKind::config, "{}: must be like \"rmse=1,joint_log_likelihood=2\", got \"{}\"", where,
            text);
    if (!contains(ranked, key))
      fail(ErrorKind::config, "{}: no score with a better direction is called '{}'{}", where, key,
           suggestion(key, ranked));
    WeightedScore part{ScoreKey::parse(key), 1};
    if (equals < entry.size()) {
      const char *first = entry.data() + equals + 1, *last = entry.data() + entry.size();
      const auto [end, status] = std::from_chars(first, last, part.weight);
      require(status == std::errc() && end == last && std::isfinite(part.weight) && part.weight > 0, ErrorKind::config,
              "{}: the weight of {} must be a number above 0, got \"{}\"", where, key, entry.substr(equals + 1));
    }
    require(std::ranges::find(parts, part.key, &WeightedScore::key) == parts.end(), ErrorKind::config,
            "{}: {} is named twice", where, key);
    parts.push_back(std::move(part));
    from = comma + 1;
  }
  return parts;
}

}  // namespace predcorr
