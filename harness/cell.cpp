// SPDX-License-Identifier: Apache-2.0
#include "harness/cell.hpp"

#include <chrono>
#include <cmath>
#include <new>
#include <optional>

#include "core/base/parallel.hpp"
#include "core/base/text.hpp"
#include "results/store/provenance.hpp"

namespace predcorr {
namespace {

class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// Randomness of one use of a cell's data. It does not depend on labels, nor on a model's parameters: two settings of
/// one model meet the same initial weights, resamples and batches.
Stream stream_of(const Cell& cell, const char* use) {
  return Stream(cell.seed).fork(use).fork(cell.identity.at("dataset").dump());
}

NamedModel learner(const Suite& suite, const Cell& cell, const std::string& label) {
  const Configured<Model>& model = suite.model(label, cell.dataset->label);
  std::string stream_name = model.object->traits().stream_name;
  if (stream_name.empty()) stream_name = model.name;
  return {label, model.object, stream_of(cell, "model").fork(stream_name)};
}

/// Scores by all of the suite's metrics, what they would be if the prediction were right, and their curves by metric.
/// Curves and expectations that are not what they should be are left out, with a warning.
/// @param stream of the expectations, which is not the model's: all models of a problem meet the same numbers
void score_with(const Suite& suite, const EvaluationData& evaluation, const JointPrediction& prediction,
                const Stream& stream, Record& record) {
  record.metrics = metrics_in_use(suite);
  record.scores.clear();
  record.expectations.clear();
  record.curves = Json::object();
  const auto warn = [&](const std::string& fault) {
    if (!contains(record.warnings, fault)) record.warnings.push_back(fault);
  };
  const ScoreExpectations expectations(evaluation, prediction, suite.expectation, stream);
  for (const auto& metric : suite.metrics) {
    MetricOutcome outcome = metric.object->evaluate(evaluation, prediction);
    try {
      for (ScoreExpectation& expectation : expectations.of(*metric.object, outcome.scores))
        record.expectations.push_back(std::move(expectation));
    } catch (const Error& fault) {
      warn(fault.what());
    }
    std::move(outcome.scores.begin(), outcome.scores.end(), std::back_inserter(record.scores));
    if (!outcome.curves.is_null()) record.curves[metric.name] = std::move(outcome.curves);
    if (!outcome.fault.empty()) warn(outcome.fault);
  }
}

/// A sentence where the model predicts the test rows no better than the mean of the training targets does, which is
/// what a fit comes to that has collapsed. Less than 5 % of the squared error (2.5 % of the RMSE) counts as no better:
/// a collapsed network still moves a little. Of a floor nothing else is expected, the truth
/// has not collapsed, and a control's means are its base's.
std::optional<std::string> floor_warning(const Configured<Model>& model, const Problem& problem,
                                         const EvaluationData& evaluation, const JointPrediction& prediction) {
  constexpr double kShare = 0.05;
  const ModelTraits traits = model.object->traits();
  if (traits.kind == ModelKind::floor || traits.kind == ModelKind::control || traits.reads_truth) return std::nullopt;
  const Index n = evaluation.y.size() - evaluation.n_pool;
  const auto rmse = [&](const auto& means) {
    return std::sqrt((evaluation.y.tail(n) - means).squaredNorm() / static_cast<double>(n));
  };
  const double mean = problem.targets(problem.split().train).mean();
  const double own = rmse(prediction.mean.tail(n)), floor = rmse(Vector::Constant(n, mean));
  if (own * own < (1 - kShare) * floor * floor) return std::nullopt;
  return fmt::format(
      "no better than predicting the training mean: RMSE {:.4g} on the test rows, the mean's is {:.4g}, and 2.5 % less "
      "would count",
      own, floor);
}

/// A diagnostic that is no number says so in a sentence: JSON has no infinity, and the prediction may well be sound.
void leave_out_infinite(Record& record) {
  std::erase_if(record.diagnostics, [&](const auto& item) {
    if (std::isfinite(item.second)) return false;
    record.warnings.push_back(fmt::format("diagnostic '{}' came out as {}", item.first, item.second));
    return true;
  });
}

void run_regression(const Suite& suite, const Cell& cell, const ProblemAtSeed& at_seed, Record& record,
                    std::optional<StoredPrediction>& prediction) {
  const Problem& problem = at_seed.problem();
  const NamedModel model = learner(suite, cell, cell.predictors.front());
  const TrainingSet training = problem.training(problem.split().train);
  const PrivilegedData privileged =
      model.model->traits().is_privileged() ? problem.privileged(training) : PrivilegedData();
  const Stopwatch fit_time;
  const ProcessorClock processor;
  const auto posterior = model.model->fit(training.data, model.stream.fork("fit", 0),  // as round 0 of active learning
                                          privileged);
  record.cost.fit_seconds = fit_time.seconds();
  const double fit_cpu = processor.seconds();
  const std::string who = model.model->called(Model::kKind);
  record.diagnostics = guarded(who, "diagnostics", [&] { return posterior->diagnostics(); });
  record.warnings = guarded(who, "warnings", [&] { return posterior->warnings(); });
  leave_out_infinite(record);
  const auto log = [&] { return guarded(who, "log", [&] { return posterior->log(); }); };
  record.log = log();
  const EvaluationData& evaluation = at_seed.evaluation();
  const Stopwatch predict_time;
  const double before = processor.seconds();
  const JointPrediction p = training.to_target_units(posterior->predict(evaluation.inputs));
  record.cost.predict_seconds = predict_time.seconds();
  record.cost.cpu_seconds = fit_cpu + processor.seconds() - before;
  record.log = log();
  for (const std::string& warning : guarded(who, "warnings", [&] { return posterior->warnings(); }))
    if (!contains(record.warnings, warning)) record.warnings.push_back(warning);  // of the prediction
  check_prediction(p, evaluation.y.size(), "in the units of the target");  // where a variance may be too large a number
  const Configured<Model>& configured = suite.model(cell.predictors.front(), cell.dataset->label);
  if (const auto warning = floor_warning(configured, problem, evaluation, p)) record.warnings.push_back(*warning);
  score_with(suite, evaluation, p, stream_of(cell, "expectation"), record);
  prediction = StoredPrediction{p, evaluation.y, evaluation.n_pool, problem.split()};
}

/// Puts what the record has in the score's place. False where it has none by the metric's parameters.
bool restore(const Suite& suite, const Record& record, Score& score) {
  for (const auto& metric : suite.metrics) {
    const std::vector<ScoreInfo> infos = metric.object->describe();
    const bool is_its =
        std::any_of(infos.begin(), infos.end(), [&](const ScoreInfo& info) { return info.key() == score.key(); });
    if (!is_its || record.metrics.value(metric.name, Json()) != metric_in_use(metric)) continue;
    for (const Score& before : record.scores)
      if (before.key() == score.key()) {
        score = before;
        return true;
      }
  }
  return false;
}

void run_learning(const Suite& suite, const Cell& cell, const Problem& problem, Record& record) {
  std::optional<NamedModel> selector;
  if (!cell.entry.selector.empty()) selector = learner(suite, cell, cell.entry.selector);
  std::vector<NamedModel> predictors;
  for (const std::string& label : cell.predictors) predictors.push_back(learner(suite, cell, label));
  std::vector<Configured<Metric>> metrics;
  for (const char* name : kCurveMetrics) {
    metrics.push_back(Registry<Metric>::instance().make({.name = name}, name));
    record.metrics[name] = metric_in_use(metrics.back());
  }
  std::vector<const Metric*> scored;
  for (const auto& metric : metrics) scored.push_back(metric.object.get());
  const Stopwatch time;
  const ProcessorClock processor;
  record.rounds = learn_actively(problem, *cell.criterion, selector ? &*selector : nullptr, predictors,
                                 suite.active_learning->options, scored, stream_of(cell, "active-learning"));
  record.cost.fit_seconds = time.seconds();
  record.cost.cpu_seconds = processor.seconds();
}

}  // namespace

std::string Cell::describe() const {
  if (criterion == nullptr) return fmt::format("{} {} seed {}", entry.dataset, entry.model, seed);
  return fmt::format("{} active learning {} {} seed {}", entry.dataset, entry.criterion,
                     entry.selector.empty() ? entry.model : entry.selector, seed);
}

Json metric_in_use(const Configured<Metric>& metric) {
  Json used = metric.parameters;
  if (Json later = later_revisions(metric.revisions); !later.is_null()) used[kRevisionsKey] = std::move(later);
  return used;
}

Json metrics_in_use(const Suite& suite) {
  Json metrics = Json::object();
  for (const auto& metric : suite.metrics) metrics[metric.name] = metric_in_use(metric);
  return metrics;
}

Record run_cell(const Suite& suite, const Cell& cell, Problems& problems, std::optional<StoredPrediction>& prediction) {
  Record record;
  record.identity = cell.identity;
  record.labels = labels_of(cell.entry);
  record.made_by = fmt::format("predcorr {} ({})", version(), commit());
  const Stopwatch time;
  const auto failed = [&](const std::string& kind, const std::string& reason) {
    record.failed = true;
    record.failure_kind = kind;
    record.failure_reason = shortened(reason, kLongestMessage);
    // What it took until then, in the part that it failed in.
    (record.cost.fit_seconds > 0 ? record.cost.predict_seconds : record.cost.fit_seconds) =
        time.seconds() - record.cost.fit_seconds;
    record.scores.clear();
    record.expectations.clear();
    record.curves = Json::object();
    record.rounds.clear();
    prediction.reset();
  };
  try {
    const auto at_seed = problems.at(*cell.dataset, cell.seed);
    const Problem& problem = at_seed->problem();
    record.n_train = std::ssize(problem.split().train);
    record.n_pool = std::ssize(problem.split().pool);
    record.n_test = std::ssize(problem.split().test);
    if (cell.criterion == nullptr)
      run_regression(suite, cell, *at_seed, record, prediction);
    else
      run_learning(suite, cell, problem, record);
  } catch (const LoggedError& e) {
    record.log = e.log();
    failed(to_string(e.kind()), e.what());
  } catch (const Error& e) {
    failed(to_string(e.kind()), e.what());
  } catch (const std::bad_alloc&) {
    failed("memory", "not enough memory");
  } catch (const std::exception& e) {
    failed("internal", e.what());
  } catch (...) {  // a plug-in may throw anything
    failed("internal", "something was thrown that is no std::exception");
  }
  return record;
}

bool rescore(const Suite& suite, const Cell& cell, Problems& problems, const StoredPrediction& stored, Record& record) {
  const auto at_seed = problems.at(*cell.dataset, cell.seed);
  if (const std::string other = at_seed->other_than(stored); !other.empty())
    fail(ErrorKind::data, "{}: the stored prediction is not of this problem: {}; run with --fresh", cell.describe(),
         other);
  const bool without_pool = stored.n_pool == 0 && at_seed->evaluation().n_pool > 0;
  const EvaluationData evaluation = without_pool ? at_seed->test_evaluation() : at_seed->evaluation();
  const Record before = record;
  score_with(suite, evaluation, stored.prediction, stream_of(cell, "expectation"), record);
  bool complete = true;
  if (without_pool)
    for (Score& score : record.scores) complete = (score.value || restore(suite, before, score)) && complete;
  return complete;
}

}  // namespace predcorr
