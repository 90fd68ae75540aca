// SPDX-License-Identifier: Apache-2.0
#include "harness/plan.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "core/base/text.hpp"
#include "results/store/provenance.hpp"
#include "results/store/run_index.hpp"

namespace predcorr {
namespace {

constexpr std::size_t kMostCells = 200000;

/// Its name and parameters, and the revisions of the code that makes its numbers.
template <class Interface>
Json named(const Configured<Interface>& plugin) {
  Json identity = {{"name", plugin.name}, {"parameters", plugin.parameters}};
  if (Json later = later_revisions(plugin.revisions); !later.is_null()) identity["revisions"] = std::move(later);
  return identity;
}

/// A model may have more that decides its numbers, such as the file of a program.
Json identified(const Configured<Model>& model) {
  Json identity = named(model);
  const std::string who = model.object->called(Model::kKind);
  if (Json content = guarded(who, "traits", [&] { return model.object->traits(); }).content; !content.is_null())
    identity["content"] = std::move(content);
  return identity;
}

class Planner {
 public:
  Planner(const Suite& suite, const std::vector<RunDataset>& descriptions) : suite_(suite) {
    for (std::size_t i = 0; i < suite.datasets.size(); ++i)
      hashes_[suite.datasets[i].label] = descriptions.at(i).sha256;
  }

  std::vector<Cell> plan() {
    for (const auto& dataset : suite_.datasets)
      for (const std::string& label : suite_.models)
        if (possible(label, dataset)) add_regression(dataset, label);
    if (suite_.active_learning)
      for (const auto& dataset : suite_.datasets)
        if (contains(suite_.active_learning->datasets, dataset.label)) add_learning(dataset, *suite_.active_learning);
    return for_every_seed();
  }

 private:
  bool possible(const std::string& model, const Labelled<DatasetSource>& dataset) const {
    return !suite_.model(model, dataset.label).object->traits().reads_truth || dataset.plugin.object->knows_truth();
  }

  /// Name, parameters and content of a data set. What a file holds decides the numbers, where it lies does not.
  Json data_identity(const Labelled<DatasetSource>& dataset) const {
    Json data = named(dataset.plugin);
    data["sha256"] = hashes_.at(dataset.label);
    if (!hashes_.at(dataset.label).empty()) data["parameters"].erase("file");
    return data;
  }

  Json identity(const Labelled<DatasetSource>& dataset, const char* task) const {
    return {{"task", task},
            {"dataset", data_identity(dataset)},
            {"protocol", write_parameters(suite_.protocol)},
            {"version", version()}};
  }

  /// What is not said is left out, so that results stay valid when a key is added.
  static Json options_identity(const LearningOptions& options) {
    Json about = write_parameters(options);
    const Json usual = write_parameters(LearningOptions{});
    for (const auto& [key, value] : usual.items())
      if (key != "rounds" && key != "batch" && about.at(key) == value) about.erase(key);
    return about;
  }

  /// Of all seeds, those of one plan entry side by side. Their number is looked at first: each takes some kilobytes.
  std::vector<Cell> for_every_seed() const {
    const std::size_t seeds = suite_.seeds.size();
    require(
        entries_.size() <= kMostCells / seeds, ErrorKind::config,
        "suite '{}': {} data sets, {} models and {} seeds make {} cells; {} are possible at a time: run some of the "
        "seeds (--seeds) in a folder of their own, and join the folders with 'leaderboard'",
        suite_.name, suite_.datasets.size(), suite_.models.size(), seeds, entries_.size() * seeds, kMostCells);
    std::vector<Cell> cells;
    for (Cell cell : entries_)
      for (const std::uint64_t seed : suite_.seeds) {
        cell.seed = seed;
        cell.identity["seed"] = seed;
        cell.entry.configuration = configuration_id(cell.identity);
        cells.push_back(cell);
      }
    return cells;
  }

  void add_regression(const Labelled<DatasetSource>& dataset, const std::string& label) {
    Cell cell;
    cell.entry.dataset = dataset.label;
    cell.entry.model = label;
    cell.identity = identity(dataset, "regression");
    cell.identity["model"] = identified(suite_.model(label, dataset.label));
    cell.dataset = &dataset;
    cell.predictors = {label};
    entries_.push_back(std::move(cell));
  }

  void add_learning(const Labelled<DatasetSource>& dataset, const ActiveLearningSuite& learning) {
    for (const auto& criterion : learning.criteria) {
      if (criterion.object->needs_prediction()) {
        for (const std::string& selector : learning.models) {
          std::vector<std::string> predictors = learning.predictors;
          if (learning.self && !contains(predictors, selector)) predictors.insert(predictors.begin(), selector);
          if (possible(selector, dataset)) add_learning_cell(dataset, learning, criterion, selector, predictors);
        }
      } else {
        std::set<std::string> all(learning.predictors.begin(), learning.predictors.end());
        if (learning.self) all.insert(learning.models.begin(), learning.models.end());
        for (const std::string& predictor : all)
          if (possible(predictor, dataset)) add_learning_cell(dataset, learning, criterion, "", {predictor});
      }
    }
  }

  void add_learning_cell(const Labelled<DatasetSource>& dataset, const ActiveLearningSuite& learning,
                         const Configured<Criterion>& criterion, const std::string& selector,
                         std::vector<std::string> predictors) {
    std::erase_if(predictors, [&](const std::string& label) { return !possible(label, dataset); });
    if (predictors.empty()) return;  // nothing would be scored
    Cell cell;
    cell.entry.dataset = dataset.label;
    cell.entry.criterion = criterion.name;
    cell.entry.selector = selector;
    cell.identity = identity(dataset, "active_learning");
    Json& about = cell.identity["learning"];
    about = options_identity(learning.options);
    about["criterion"] = named(criterion);
    if (!selector.empty())
      about["selector"] = {{"label", selector}, {"model", identified(suite_.model(selector, dataset.label))}};
    for (const std::string& label : predictors)
      about["predictors"][label] = identified(suite_.model(label, dataset.label));
    cell.dataset = &dataset;
    cell.criterion = criterion.object.get();
    // Where no model selects, each predictor has a cell of its own; its label keeps the plan's entries apart.
    if (selector.empty()) cell.entry.model = predictors.front();
    cell.predictors = std::move(predictors);
    entries_.push_back(std::move(cell));
  }

  const Suite& suite_;
  std::map<std::string, std::string> hashes_;  // of the data's content, by label
  std::vector<Cell> entries_;                  // of no seed yet
};

}  // namespace

std::vector<RunDataset> describe_datasets(const Suite& suite, Problems& problems) {
  std::vector<RunDataset> all;
  const DataRequest request = suite.request(suite.seeds.front());
  for (const auto& labelled : suite.datasets) {
    const std::string& label = labelled.label;
    const auto& plugin = labelled.plugin;  // no binding: clang before 16 captures none
    try {
      const std::string hash = guarded(plugin.object->called(DatasetSource::kKind), "content_hash",
                                       [&] { return plugin.object->content_hash(request); });
      RunDataset about{label, plugin.name, plugin.parameters, hash, std::nullopt};
      if (!hash.empty()) {
        const auto first = problems.at(labelled, suite.seeds.front());
        const Dataset& data = first->problem().dataset();
        about.table = {data.rows(),          data.input_names,  data.target_name,         data.source.url,
                       data.source.citation, data.source.notes, to_utf8(data.source.file)};
      }
      all.push_back(std::move(about));
    } catch (const Error& e) {
      throw e.in(fmt::format("data set '{}'", label));
    }
  }
  return all;
}

std::vector<Cell> plan_cells(const Suite& suite, const std::vector<RunDataset>& descriptions) {
  return Planner(suite, descriptions).plan();
}

namespace {

/// Whether models take the inputs of data files, whose form is known without a seed.
void check_inputs(const Suite& suite, const std::vector<RunDataset>& descriptions, Problems& problems) {
  for (std::size_t i = 0; i < suite.datasets.size(); ++i) {
    if (!descriptions[i].table) continue;
    const Labelled<DatasetSource>& dataset = suite.datasets[i];
    const std::optional<ImageShape> image = problems.at(dataset, suite.seeds.front())->problem().dataset().image;
    for (const std::string& label : suite.models) {
      const ModelTraits traits = suite.model(label, dataset.label).object->traits();
      if (!traits.check_inputs) continue;
      try {
        traits.check_inputs(image);
      } catch (const Error& e) {
        throw e.in(fmt::format("model '{}' on data set '{}'", label, dataset.label));
      }
    }
  }
}

}  // namespace

Plan plan_suite(const Suite& suite, Problems& problems) {
  Plan plan{describe_datasets(suite, problems), {}};
  check_inputs(suite, plan.datasets, problems);
  plan.cells = plan_cells(suite, plan.datasets);
  return plan;
}

std::vector<PlannedCells> planned_cells(const std::vector<Cell>& cells) {
  std::vector<PlannedCells> plan;
  std::map<RunIndex::Labels, std::size_t> places;
  for (const Cell& cell : cells) {
    const PlanEntry& e = cell.entry;
    const auto [place, is_new] = places.try_emplace(RunIndex::labels(e), plan.size());
    if (is_new) plan.push_back({e, {}});
    plan[place->second].cells[cell.seed] = cell.id();
  }
  return plan;
}

}  // namespace predcorr
