// SPDX-License-Identifier: Apache-2.0
#include "harness/cell.hpp"

#include <algorithm>
#include <chrono>
#include <new>
#include <set>

#include "results/provenance.hpp"

namespace predcorr {
namespace {

class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

template <class Interface> Json named(const Configured<Interface>& plugin) {
  return {{"name", plugin.name}, {"parameters", plugin.parameters}};
}

/// Two data sets of one name and parameters share their streams, whatever their labels.
std::string stream_name(const Labelled<DatasetSource>& dataset) {
  return dataset.plugin.name + dataset.plugin.parameters.dump();
}

Stream model_stream(std::uint64_t seed, const Labelled<DatasetSource>& dataset, const std::string& model) {
  return Stream(seed).fork("model").fork(stream_name(dataset)).fork(model);
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

  Json identity(const Labelled<DatasetSource>& dataset, const char* task) {
    const std::string hash = dataset.plugin.object->content_hash(suite_.request(suite_.seeds.front()));
    Json data = named(dataset.plugin);
    data["sha256"] = hash;
    return {{"task", task}, {"dataset", data}, {"protocol", write_parameters(suite_.protocol)}, {"version", version()}};
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
    if (!selector.empty()) about["selector"] = {{"label", selector}, {"model", named(suite_.model(selector, dataset.label))}};
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
  std::vector<Cell> cells_;
};

Learner learner(const Suite& suite, const Cell& cell, const std::string& label) {
  const Configured<Model>& model = suite.model(label, cell.dataset->label);
  return {label, model.object, model_stream(cell.seed, *cell.dataset, model.name)};
}

std::vector<Score> scores_of(const Suite& suite, const Outcome& outcome, const JointPrediction& prediction) {
  std::vector<Score> all;
  for (const auto& metric : suite.metrics)
    for (Score& score : metric.object->score(outcome, prediction)) all.push_back(std::move(score));
  return all;
}

/// Pool and test where the truth is known, since meta-correlation asks for both; else test alone.
Rows predicted_rows(const Problem& problem) {
  const Split& split = problem.split();
  return problem.dataset().truth ? joined(split.pool, split.test) : split.test;
}

Outcome outcome_of(const Problem& problem) {
  const Rows rows = predicted_rows(problem);
  return {problem.targets(rows), std::ssize(rows) - std::ssize(problem.split().test), problem.oracle(problem.split().train, rows)};
}

void run_regression(const Suite& suite, const Cell& cell, const Problem& problem, Record& record,
                    std::optional<StoredPrediction>& prediction) {
  const Learner model = learner(suite, cell, cell.predictors.front());
  const TrainingSet training = problem.training(problem.split().train);
  const Stopwatch fit_time;
  const auto posterior = model.model->fit(training.data, model.stream.fork("fit", 0));  // as round 0 of active learning
  record.cost.fit_seconds = fit_time.seconds();
  record.diagnostics = posterior->diagnostics();
  const Outcome outcome = outcome_of(problem);
  const Stopwatch predict_time;
  const JointPrediction p = training.to_target_units(posterior->predict(problem.inputs(predicted_rows(problem))));
  record.cost.predict_seconds = predict_time.seconds();
  record.metrics = metrics_in_use(suite);
  record.scores = scores_of(suite, outcome, p);
  prediction = StoredPrediction{p, outcome.y, outcome.n_pool, problem.split()};
}

void run_learning(const Suite& suite, const Cell& cell, const Problem& problem, Record& record) {
  std::optional<Learner> selector;
  if (!cell.entry.selector.empty()) selector = learner(suite, cell, cell.entry.selector);
  std::vector<Learner> predictors;
  for (const std::string& label : cell.predictors) predictors.push_back(learner(suite, cell, label));
  std::vector<Configured<Metric>> metrics;  // the two the study follows over the rounds
  for (const char* name : {"rmse", "marginal_log_likelihood"}) {
    metrics.push_back(Registry<Metric>::instance().make({.name = name}, name));
    record.metrics[name] = metrics.back().parameters;
  }
  std::vector<const Metric*> scored;
  for (const auto& metric : metrics) scored.push_back(metric.object.get());
  const Stopwatch time;
  record.rounds = learn_actively(problem, *cell.criterion, selector ? &*selector : nullptr, predictors,
                                 suite.active_learning->plan, scored,
                                 Stream(cell.seed).fork("active-learning").fork(stream_name(*cell.dataset)));
  record.cost.fit_seconds = time.seconds();
}

}  // namespace

std::string Cell::describe() const {
  if (criterion == nullptr) return fmt::format("{} {} seed {}", entry.dataset, entry.model, seed);
  return fmt::format("{} active learning {} {} seed {}", entry.dataset, entry.criterion,
                     entry.selector.empty() ? entry.model : entry.selector, seed);
}

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

Json metrics_in_use(const Suite& suite) {
  Json metrics = Json::object();
  for (const auto& metric : suite.metrics) metrics[metric.name] = metric.parameters;
  return metrics;
}

Record run_cell(const Suite& suite, const Cell& cell, std::optional<StoredPrediction>& prediction) {
  Record record;
  record.identity = cell.identity;
  record.made_by = fmt::format("predcorr {} ({})", version(), commit());
  const auto failed = [&](const std::string& kind, const std::string& reason) {
    record.failed = true;
    record.failure_kind = kind;
    record.failure_reason = reason;
    record.scores.clear();
    record.rounds.clear();
    prediction.reset();
  };
  try {
    const Problem problem(*cell.dataset->plugin.object, suite.request(cell.seed));
    record.n_train = std::ssize(problem.split().train);
    record.n_pool = std::ssize(problem.split().pool);
    record.n_test = std::ssize(problem.split().test);
    if (cell.criterion == nullptr) run_regression(suite, cell, problem, record, prediction);
    else run_learning(suite, cell, problem, record);
  } catch (const Error& e) {
    failed(to_string(e.kind()), e.what());
  } catch (const std::bad_alloc&) {
    failed("memory", "not enough memory");
  } catch (const std::exception& e) {
    failed("internal", e.what());
  }
  return record;
}

void rescore(const Suite& suite, const Cell& cell, const StoredPrediction& stored, Record& record) {
  const Problem problem(*cell.dataset->plugin.object, suite.request(cell.seed));
  const Outcome outcome = outcome_of(problem);
  require(outcome.y == stored.y && outcome.n_pool == stored.n_pool, ErrorKind::data,
          "{}: the stored prediction is of other rows than the problem's; run with --fresh", cell.describe());
  record.metrics = metrics_in_use(suite);
  record.scores = scores_of(suite, outcome, stored.prediction);
}

}  // namespace predcorr
