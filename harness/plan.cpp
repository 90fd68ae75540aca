// SPDX-License-Identifier: Apache-2.0
#include "harness/plan.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "results/provenance.hpp"

namespace predcorr {
namespace {

template <class Interface>
Json named(const Configured<Interface>& plugin) {
  return {{"name", plugin.name}, {"parameters", plugin.parameters}};
}

class Planner {
 public:
  explicit Planner(const Suite& suite) : suite_(suite) {}

  std::vector<Cell> plan() {
    for (const auto& dataset : suite_.datasets)
      for (const std::string& label : suite_.models)
        if (possible(label, dataset)) add_regression(dataset, label);
    if (suite_.active_learning)
      for (const auto& dataset : suite_.datasets)
        if (contains(suite_.active_learning->datasets, dataset.label)) add_learning(dataset, *suite_.active_learning);
    return std::move(cells_);
  }

 private:
  static bool contains(const std::vector<std::string>& list, const std::string& label) {
    return std::find(list.begin(), list.end(), label) != list.end();
  }

  bool possible(const std::string& model, const Labelled<DatasetSource>& dataset) const {
    return !suite_.model(model, dataset.label).object->needs_truth() || dataset.plugin.object->knows_truth();
  }

  /// Name, parameters and content of a data set. What a file holds decides the numbers, where it lies does not.
  const Json& data_identity(const Labelled<DatasetSource>& dataset) {
    Json& data = data_identities_[dataset.label];
    if (!data.is_null()) return data;
    data = named(dataset.plugin);
    data["sha256"] = dataset.plugin.object->content_hash(suite_.request(suite_.seeds.front()));
    if (data["sha256"] != "") data["parameters"].erase("file");
    return data;
  }

  Json identity(const Labelled<DatasetSource>& dataset, const char* task) {
    return {{"task", task},
            {"dataset", data_identity(dataset)},
            {"protocol", write_parameters(suite_.protocol)},
            {"version", version()}};
  }

  void add_for_every_seed(Cell cell) {
    for (const std::uint64_t seed : suite_.seeds) {
      cell.seed = seed;
      cell.identity["seed"] = seed;
      cell.entry.configuration = configuration_id(cell.identity);
      cells_.push_back(cell);
    }
  }

  void add_regression(const Labelled<DatasetSource>& dataset, const std::string& label) {
    Cell cell;
    cell.entry.dataset = dataset.label;
    cell.entry.model = label;
    cell.identity = identity(dataset, "regression");
    cell.identity["model"] = named(suite_.model(label, dataset.label));
    cell.dataset = &dataset;
    cell.predictors = {label};
    add_for_every_seed(std::move(cell));
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
                         const std::vector<std::string>& predictors) {
    Cell cell;
    cell.entry.dataset = dataset.label;
    cell.entry.criterion = criterion.name;
    cell.entry.selector = selector;
    cell.identity = identity(dataset, "active_learning");
    Json& about = cell.identity["learning"];
    about = {{"criterion", named(criterion)}, {"rounds", learning.plan.rounds}, {"batch", learning.plan.batch}};
    if (!selector.empty())
      about["selector"] = {{"label", selector}, {"model", named(suite_.model(selector, dataset.label))}};
    for (const std::string& label : predictors)
      if (possible(label, dataset)) {
        about["predictors"][label] = named(suite_.model(label, dataset.label));
        cell.predictors.push_back(label);
      }
    cell.dataset = &dataset;
    cell.criterion = criterion.object.get();
    // Where no model selects, each predictor has a cell of its own; its label keeps the plan's entries apart.
    if (selector.empty()) cell.entry.model = predictors.front();
    add_for_every_seed(std::move(cell));
  }

  const Suite& suite_;
  std::map<std::string, Json> data_identities_;  // by label; each file is hashed once
  std::vector<Cell> cells_;
};

}  // namespace

std::vector<Cell> plan_cells(const Suite& suite) {
  // Files are read once before anything runs, so that a bad line stops the suite now and not in every cell.
  for (const auto& dataset : suite.datasets) {
    const DataRequest request = suite.request(suite.seeds.front());
    try {
      if (!dataset.plugin.object->content_hash(request).empty()) Problem(*dataset.plugin.object, request);
    } catch (const Error& e) {
      throw e.in(fmt::format("data set '{}'", dataset.label));
    }
  }
  return Planner(suite).plan();
}

Json plan_to_json(const std::vector<Cell>& cells) {
  Json plan = Json::array();
  std::set<std::string> seen;
  for (const Cell& cell : cells) {
    const Json entry = plan_entry_to_json(cell.entry);
    if (seen.insert(entry.dump()).second) plan.push_back(entry);
  }
  return plan;
}

}  // namespace predcorr
