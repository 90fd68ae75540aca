// SPDX-License-Identifier: Apache-2.0
#include "harness/suites/suite.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <map>
#include <set>

#include "core/base/text.hpp"
#include "harness/suites/installation.hpp"
#include "harness/suites/suite_controls.hpp"
#include "harness/suites/suite_grid.hpp"
#include "results/requests/board_request.hpp"

namespace predcorr {
namespace {

constexpr std::uint64_t kLargestSeed =
    std::numeric_limits<std::uint32_t>::max();  // the study's generator takes no more
constexpr std::uint64_t kMostSeeds = 100000;

void check_keys(const Json& object, const std::vector<std::string>& known, const std::string& path) {
  require(object.is_object(), ErrorKind::config, "{}: must be an object, got {}", path, object.dump());
  for (const auto& [key, value] : object.items())
    if (!contains(known, key)) fail(ErrorKind::config, "{}: unknown key '{}'{}", path, key, suggestion(key, known));
}

const Json& list_at(const Json& object, const std::string& key, const std::string& path) {
  require(object.contains(key) && object.at(key).is_array() && !object.at(key).empty(), ErrorKind::config,
          "{}: key '{}' must be a list with at least one entry", path, key);
  return object.at(key);
}

void check_unique(const std::vector<std::string>& labels, const std::string& path) {
  std::set<std::string> seen;
  for (const std::string& label : labels)
    require(seen.insert(label).second, ErrorKind::config,
            "{}: the label '{}' is used twice; give one of them another \"label\"", path, label);
}

std::vector<std::string> labels_at(const Json& object, const std::string& key, const std::vector<std::string>& known,
                                   const std::string& path) {
  std::vector<std::string> labels;
  for (const Json& value : list_at(object, key, path)) {
    require(value.is_string(), ErrorKind::config, "{}.{}: must list labels in quotes, got {}", path, key, value.dump());
    labels.push_back(value.get<std::string>());
    if (!contains(known, labels.back()))
      fail(ErrorKind::config, "{}.{}: nothing in this suite is labelled '{}'{}", path, key, labels.back(),
           suggestion(labels.back(), known));
  }
  return labels;
}

Protocol read_protocol(const Json& value, const std::string& path) {
  if (value.is_string()) return read_parameters<Protocol>({{"name", value}}, path);
  const Protocol protocol = read_parameters<Protocol>(value, path);
  require(!protocol.is_paper() || !value.contains("test"), ErrorKind::config,
          "{}: the paper protocol's test part is fixed at 0.2; use \"modern\" to choose it", path);
  return protocol;
}

std::uint64_t read_seed(const Json& value, const std::string& path) {
  require(value.is_number_integer() && value >= 0 && value <= kLargestSeed, ErrorKind::config,
          "{}: a seed must be a whole number from 0 to {}, got {}", path, kLargestSeed, value.dump());
  return value.get<std::uint64_t>();
}

/// Tables and records know a score by its name alone.
template <class M>
void claim_scores(const Configured<M>& metric, std::map<std::string, std::string>& owners, const std::string& path) {
  const std::string who = metric.object->called(M::kKind);
  for (const ScoreInfo& info : described(*metric.object)) {
    const std::string key = info.key().text();
    const auto [owner, is_new] = owners.try_emplace(key, who);
    require(is_new, ErrorKind::config, "{}: {} and {} both give the score '{}'; leave one out, or rename it", path,
            owner->second, who, key);
  }
}

void read_metrics(const Json& value, Suite& suite, const std::string& path) {
  const auto& single = Registry<Metric>::instance();
  const auto& cross = Registry<CrossMetric>::instance();
  Json list = value;
  if (value == "all") {
    list = Json::array();
    for (const auto& names : {single.names(), cross.names()})
      for (const std::string& name : names) list.push_back(name);
  }
  require(list.is_array() && !list.empty(), ErrorKind::config, "{}: must be \"all\" or a list of metrics, got {}", path,
          value.dump());
  std::vector<std::string> names;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string at = fmt::format("{}[{}]", path, i);
    const Spec spec = read_spec(list[i], Metric::kKind, at);
    names.push_back(spec.name);
    if (cross.contains(spec.name))
      suite.cross_metrics.push_back(cross.make(spec, at, suite.folder));
    else if (single.contains(spec.name))
      suite.metrics.push_back(single.make(spec, at, suite.folder));
    else {
      std::vector<std::string> known = single.names();
      for (const std::string& name : cross.names()) known.push_back(name);
      fail(ErrorKind::config, "{}: unknown metric '{}'{}", at, spec.name, suggestion(spec.name, known));
    }
  }
  check_unique(names, path);
  std::map<std::string, std::string> owners;
  for (const auto& metric : suite.metrics) claim_scores(metric, owners, path);
  for (const auto& metric : suite.cross_metrics) claim_scores(metric, owners, path);
}

void read_model(const GridMember& member, Suite& suite, const std::string& path) {
  const Spec spec = read_spec(member.entry, Model::kKind, path);
  suite.models.push_back(spec.label);
  if (spec.label != member.family) suite.families[member.family].push_back(spec.label);
  std::vector<std::string> datasets;
  for (const auto& dataset : suite.datasets) datasets.push_back(dataset.label);
  for (const auto& [dataset, parameters] : spec.per_dataset.items()) {
    // A suite may carry settings for data sets it does not use at the moment, but not for ones that do not exist.
    if (!contains(datasets, dataset) && !Registry<DatasetSource>::instance().contains(dataset))
      fail(ErrorKind::config, "{}.per_dataset: no data set is called '{}'{}", path, dataset,
           suggestion(dataset, datasets));
    require(parameters.is_object(), ErrorKind::config, "{}.per_dataset.{}: must be an object of parameters, got {}",
            path, dataset, parameters.dump());
  }
  for (const auto& dataset : suite.datasets) {
    Spec here = spec;
    // Both the label and the canonical name may carry settings: power_plant and power-plant are one.
    for (const std::string& key : {dataset.plugin.name, dataset.label})
      if (const auto found = spec.per_dataset.find(key); found != spec.per_dataset.end())
        here.parameters.update(*found);
    suite.configured_models[{spec.label, dataset.label}] = Registry<Model>::instance().make(here, path, suite.folder);
  }
}

void read_models(const Json& list, Suite& suite, const std::string& path) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string at = fmt::format("{}[{}]", path, i);
    for (const GridMember& member : expand_grid(list[i], at)) read_model(member, suite, at);
  }
  check_unique(suite.models, path);
}

/// Labels of models; that of a grid stands for all its members.
std::vector<std::string> models_at(const Json& object, const std::string& key, const Suite& suite,
                                   const std::vector<std::string>& others, const std::string& path) {
  std::vector<std::string> known = suite.models;
  for (const auto& [family, members] : suite.families) known.push_back(family);
  known.insert(known.end(), others.begin(), others.end());
  std::vector<std::string> labels;
  for (const std::string& label : labels_at(object, key, known, path)) {
    const auto family = suite.families.find(label);
    if (family == suite.families.end())
      labels.push_back(label);
    else
      labels.insert(labels.end(), family->second.begin(), family->second.end());
  }
  return labels;
}

ActiveLearningSuite read_active_learning(const Json& json, const Suite& suite, const std::string& path) {
  std::vector<std::string> known = {"criteria", "predictors", "models", "datasets"};
  Json plan = Json::object();
  for (const ParameterInfo& key : describe_parameters<LearningOptions>()) {
    known.push_back(key.name);
    if (json.contains(key.name)) plan[key.name] = json.at(key.name);
  }
  check_keys(json, known, path);
  ActiveLearningSuite learning;
  const Json& criteria = list_at(json, "criteria", path);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < criteria.size(); ++i) {
    const std::string at = fmt::format("{}.criteria[{}]", path, i);
    const Spec spec = read_spec(criteria[i], Criterion::kKind, at);
    learning.criteria.push_back(Registry<Criterion>::instance().make(spec, at, suite.folder));
    names.push_back(spec.name);
  }
  check_unique(names, path + ".criteria");
  learning.options = read_parameters<LearningOptions>(plan, path);

  std::vector<std::string> datasets;
  for (const auto& dataset : suite.datasets) datasets.push_back(dataset.label);
  learning.datasets = json.contains("datasets") ? labels_at(json, "datasets", datasets, path) : datasets;
  if (json.contains("models"))
    learning.models = models_at(json, "models", suite, {}, path);
  else
    for (const std::string& label : suite.models)
      if (suite.model(label, datasets.front()).object->traits().controlled == nullptr) learning.models.push_back(label);
  if (json.contains("predictors")) {
    learning.predictors = models_at(json, "predictors", suite, {"self"}, path);
    learning.self = std::erase(learning.predictors, "self") > 0;
  }
  return learning;
}

/// What the suite's board may be asked about.
RequestNames request_names(const Suite& suite) {
  RequestNames names;
  for (const auto& dataset : suite.datasets) names.datasets.push_back(dataset.label);
  names.models = suite.models;
  const auto add = [&](const std::vector<ScoreInfo>& infos) {
    for (const ScoreInfo& info : infos) {
      if (info.part == "*") continue;
      names.scores.push_back(info.key().text());
      if (info.direction != Direction::none) names.ranked.push_back(info.key().text());
    }
  };
  for (const auto& metric : suite.metrics) add(described(*metric.object));
  for (const auto& metric : suite.cross_metrics) add(described(*metric.object));
  return names;
}

/// The scores that tables show, in place of the usual ones: they only have to be there.
void check_columns(const Json& columns, const std::vector<std::string>& known, const std::string& path) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string column = columns[i].is_string() ? columns[i].get<std::string>() : columns[i].dump();
    if (!contains(known, column))
      fail(ErrorKind::config, "{}[{}]: no metric of this suite gives '{}'{}", path, i, column,
           suggestion(column, known));
  }
}

/// The two models that a normalised score is measured by: {"floor": "constant", "ceiling": "oracle"}.
void check_normalised_by(const Json& json, const Suite& suite, const std::string& path) {
  check_keys(json, {"floor", "ceiling"}, path);
  for (const auto& [key, label] : json.items())
    require(label.is_string() && contains(suite.models, label.get<std::string>()), ErrorKind::config,
            "{}.{}: no model of this suite is called {}{}", path, key, label.dump(),
            suggestion(label.is_string() ? label.get<std::string>() : label.dump(), suite.models));
}

}  // namespace

std::vector<std::uint64_t> read_seeds(const Json& value, const std::string& path) {
  std::vector<std::uint64_t> seeds;
  if (value.is_string()) {
    const auto text = value.get<std::string>();
    const auto dots = text.find("..");
    const auto number = [&](const std::string& part) {
      std::uint64_t n = 0;
      const auto [end, status] = std::from_chars(part.data(), part.data() + part.size(), n);
      require(status == std::errc() && end == part.data() + part.size() && !part.empty(), ErrorKind::config,
              "{}: must be like \"1..10\", or \"3\" for the one seed 3, got \"{}\"", path, text);
      return read_seed(Json(n), path);
    };
    const std::uint64_t first = number(text.substr(0, dots));
    const std::uint64_t last = dots == std::string::npos ? first : number(text.substr(dots + 2));
    require(first <= last && last - first < kMostSeeds, ErrorKind::config,
            "{}: \"{}\" must run upwards, over at most {} seeds", path, text, kMostSeeds);
    for (std::uint64_t seed = first; seed <= last; ++seed) seeds.push_back(seed);
  } else if (value.is_array()) {
    require(value.size() <= kMostSeeds, ErrorKind::config, "{}: lists {} seeds; at most {} are possible", path,
            value.size(), kMostSeeds);
    for (const Json& seed : value) seeds.push_back(read_seed(seed, path));
    require(!seeds.empty(), ErrorKind::config, "{}: at least one seed is needed", path);
    const std::set<std::uint64_t> distinct(seeds.begin(), seeds.end());
    require(distinct.size() == seeds.size(), ErrorKind::config, "{}: a seed is named twice", path);
  } else {
    // A bare number is how many, as everybody takes it; which ones is said by a list or a text.
    require(value.is_number_integer() && value >= 1 && value <= kMostSeeds, ErrorKind::config,
            "{}: must be like \"1..10\", a number of seeds from 1 to {} (10 means 1 to 10), or a list of seeds, got {}",
            path, kMostSeeds, value.dump());
    for (std::uint64_t seed = 1; seed <= value.get<std::uint64_t>(); ++seed) seeds.push_back(seed);
  }
  return seeds;
}

std::string seeds_in_words(const std::vector<std::uint64_t>& seeds) {
  if (seeds.size() == 1) return fmt::format("seed {}", seeds.front());
  const bool run = seeds.back() - seeds.front() == seeds.size() - 1 && std::is_sorted(seeds.begin(), seeds.end());
  if (run) return fmt::format("seeds {} to {}", seeds.front(), seeds.back());
  std::vector<std::string> some;
  for (std::size_t i = 0; i < std::min<std::size_t>(seeds.size(), 10); ++i) some.push_back(std::to_string(seeds[i]));
  return fmt::format("{} seeds: {}{}", seeds.size(), comma_list(some), seeds.size() > 10 ? ", ..." : "");
}

const Configured<Model>& Suite::model(const std::string& label, const std::string& dataset) const {
  return configured_models.at({label, dataset});
}

Suite read_suite(const Json& json, const std::string& origin, const std::filesystem::path& folder) {
  check_keys(json,
             {"name", "description", "protocol", "datasets", "models", "controls", "seeds", "metrics", "expectation",
              "columns", "normalised_by", "groups", "primary", "combined", "findings", "active_learning"},
             origin);
  Suite suite;
  suite.folder = folder;
  suite.source = json;
  require(json.contains("name") && json.at("name").is_string() && !json.at("name").get<std::string>().empty(),
          ErrorKind::config, "{}: key 'name' must be a text that is not empty", origin);
  suite.name = json.at("name").get<std::string>();
  check_name(suite.name, origin + ": name");
  suite.protocol = read_protocol(json.value("protocol", Json("paper")), origin + ": protocol");
  suite.seeds = read_seeds(json.value("seeds", Json("1..3")), origin + ": seeds");

  const Json& datasets = list_at(json, "datasets", origin);
  std::vector<std::string> labels;
  for (std::size_t i = 0; i < datasets.size(); ++i) {
    const std::string at = fmt::format("{}: datasets[{}]", origin, i);
    const Spec spec = read_spec(datasets[i], DatasetSource::kKind, at);
    require(spec.per_dataset.empty(), ErrorKind::config, "{}.per_dataset: belongs to models, not to data sets", at);
    check_label(spec.label, at + ".label");
    suite.datasets.push_back({spec.label, Registry<DatasetSource>::instance().make(spec, at, folder)});
    labels.push_back(spec.label);
  }
  check_unique(labels, origin + ": datasets");
  read_models(list_at(json, "models", origin), suite, origin + ": models");
  if (json.contains("controls")) add_controls(json.at("controls"), suite, origin + ": controls");
  read_metrics(json.value("metrics", Json("all")), suite, origin + ": metrics");
  if (json.contains("expectation"))
    suite.expectation = read_parameters<ExpectationOptions>(json.at("expectation"), origin + ": expectation");
  const RequestNames names = request_names(suite);
  read_board_request(json, origin, &names);  // what the board makes of it when the run is done
  if (json.contains("columns")) check_columns(list_at(json, "columns", origin), names.scores, origin + ": columns");
  if (json.contains("normalised_by")) check_normalised_by(json.at("normalised_by"), suite, origin + ": normalised_by");
  if (json.contains("active_learning"))
    suite.active_learning = read_active_learning(json.at("active_learning"), suite, origin + ": active_learning");
  return suite;
}

std::filesystem::path find_suite(const std::string& name_or_path) {
  std::error_code status;  // it may be anything, such as too long for a path
  if (std::filesystem::is_regular_file(name_or_path, status)) return name_or_path;
  std::vector<std::string> shipped;
  for (const auto& folder : shipped_suite_folders()) {
    if (!std::filesystem::is_directory(folder)) continue;
    if (std::filesystem::is_regular_file(folder / (name_or_path + ".json"), status))
      return folder / (name_or_path + ".json");
    for (const auto& entry : std::filesystem::directory_iterator(folder))
      if (entry.path().extension() == ".json") shipped.push_back(entry.path().stem().string());
  }
  std::sort(shipped.begin(), shipped.end());
  shipped.erase(std::unique(shipped.begin(), shipped.end()), shipped.end());
  fail(ErrorKind::io, "no suite file '{}', and no shipped suite of that name{}", name_or_path,
       suggestion(name_or_path, shipped));
}

std::filesystem::path folder_of_suite(const std::filesystem::path& file) {
  return file.has_parent_path() ? file.parent_path() : ".";
}

std::vector<std::filesystem::path> folders_of_suite(const Suite& suite,
                                                    std::vector<std::filesystem::path> data_folders) {
  data_folders.insert(data_folders.begin(), suite.folder);
  return data_folders;
}

std::vector<std::filesystem::path> folders_of_run(const Run& run, std::vector<std::filesystem::path> data_folders) {
  if (!run.suite_folder.empty()) data_folders.insert(data_folders.begin(), run.suite_folder);
  return data_folders;
}

}  // namespace predcorr
