// SPDX-License-Identifier: Apache-2.0
#include "harness/studies/calibration_study.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "core/base/files.hpp"
#include "core/base/parallel.hpp"
#include "core/base/text.hpp"
#include "datasets/delimited_text.hpp"
#include "datasets/problem.hpp"
#include "datasets/row_copies.hpp"
#include "metrics/metric.hpp"
#include "models/calibration/calibrated.hpp"
#include "models/resampling/cross_validation.hpp"

namespace predcorr {
namespace {

using models::CalibratedPosterior;

/// What is computed of the pooled folds, which are predicted by a model each: only scores of single points mean
/// anything there. Of several that say the same this is one.
constexpr const char* kPooledMetrics[] = {
    "rmse", "marginal_log_likelihood", "crps", "r_statistic", "miscalibration_area", "binned_error", "pit"};
/// The score of points together, of each fold by itself.
constexpr const char* kFoldMetric = "joint_log_likelihood";

/// A data set at hand with a split that is given.
class GivenSplit : public DatasetSource {
 public:
  GivenSplit(const Dataset& data, Split split) : data_(data), split_(std::move(split)) {}
  Dataset load(const DataRequest&) const override { return data_; }
  Split split(const Dataset&, const DataRequest&) const override { return split_; }

 private:
  const Dataset& data_;
  Split split_;
};

/// The calibrated model fitted to some rows, and the way between its units and the data's.
struct Fitted {
  Fitted(const Model& model, const Dataset& data, const Rows& train, const Rows& rest, const Stream& stream)
      : problem(GivenSplit(data, {train, {}, rest}), {}), set(problem.training(train)) {
    posterior = model.fit(set.data, stream);
    calibrated = dynamic_cast<const CalibratedPosterior*>(posterior.get());
  }
  Problem problem;
  TrainingSet set;
  std::unique_ptr<const Posterior> posterior;
  const CalibratedPosterior* calibrated;
};

/// Predictions of the same rows without and with calibration, in the target's units.
struct BeforeAfter {
  JointPrediction before, after;
};
BeforeAfter predict(const Fitted& fitted, const Matrix& inputs) {
  const JointPrediction before = fitted.calibrated->uncalibrated(inputs);
  return {fitted.set.to_target_units(before), fitted.set.to_target_units(fitted.calibrated->calibration()(before))};
}

/// Rows of several predictions as one that knows nothing of how they go together.
JointPrediction marginals(Vector mean, Vector variance) {
  const Index n = mean.size();
  return {std::move(mean), Covariance::from_factor(RowMatrix(RowMatrix::Zero(n, 1))), std::move(variance)};
}

/// Scores of the pooled folds, in order, and the numbers their plots need. A score that is not defined is absent, with
/// the reason; it is the business of nobody else.
struct Evaluation {
  std::vector<std::pair<std::string, ScoreOrReason>> scores;
  OrderedJson curves = OrderedJson::object();

  void add(const std::string& key, const std::optional<double>& value, const std::string& reason) {
    const bool there = value && std::isfinite(*value);
    scores.emplace_back(key, there ? ScoreOrReason{value, ""} : ScoreOrReason{std::nullopt, reason});
  }
};

Evaluation evaluate(const EvaluationData& evaluation, const JointPrediction& prediction) {
  Evaluation result;
  for (const char* name : kPooledMetrics) {
    const auto metric = Registry<Metric>::instance().make({.name = name}, name);
    const MetricOutcome outcome = metric.object->evaluate(evaluation, prediction);
    for (const Score& score : outcome.scores) result.add(score.key().text(), score.value, score.reason);
    if (!outcome.curves.is_null()) result.curves[name] = OrderedJson(outcome.curves);
  }
  const Eigen::ArrayXd error = (evaluation.y - prediction.mean).array().abs();
  const Eigen::ArrayXd sigma = prediction.observed_variance().array().sqrt();
  for (const int k : {1, 2})  // an exact prediction with a sigma of 0 is within it
    result.add(fmt::format("within_{}_sigma", k),
               static_cast<double>((error <= k * sigma).count()) / static_cast<double>(error.size()), "");
  return result;
}

/// Mean over the folds of a score that they have; absent where one lacks it.
class FoldMean {
 public:
  void add(std::size_t fold, const Score& score) {
    if (score.value)
      sum_ += *score.value;
    else if (reason_.empty())
      reason_ = fmt::format("fold {}: {}", fold + 1, score.reason);
    ++folds_;
  }
  std::optional<double> value() const {
    return reason_.empty() ? std::optional<double>(sum_ / static_cast<double>(folds_)) : std::nullopt;
  }
  const std::string& reason() const { return reason_; }

 private:
  double sum_ = 0;
  int folds_ = 0;
  std::string reason_;
};

/// Fills in what the report says of the cross-validation that judges.
void cross_validate_study(const Model& model, const Dataset& data, const CalibrationRequest& request,
                          const Stream& stream, CalibrationReport& report) {
  const std::vector<Rows> folds =
      models::deal_varied_folds(data.targets, data.groups, request.folds, stream.fork("outer"));
  Vector mean(data.rows()), before(data.rows()), after(data.rows());
  FoldMean joint_before, joint_after;
  const auto joint = Registry<Metric>::instance().make({.name = kFoldMetric}, kFoldMetric);
  const auto fitted_without = [&](std::size_t k) {
    try {
      return Fitted(model, data, models::all_but(folds, k), folds[k], stream.fork("fold", k));
    } catch (const Error& e) {
      throw e.in(fmt::format("judging on fold {} of {}", k + 1, folds.size()));
    }
  };
  for (std::size_t k = 0; k < folds.size(); ++k) {
    const Fitted fitted = fitted_without(k);
    const BeforeAfter p = predict(fitted, fitted.problem.inputs(folds[k]));
    mean(folds[k]) = p.after.mean;
    before(folds[k]) = p.before.observed_variance();
    after(folds[k]) = p.after.observed_variance();
    const EvaluationData evaluation{fitted.problem.targets(folds[k]), 0, std::nullopt};
    joint_before.add(k, joint.object->score(evaluation, p.before).front());
    joint_after.add(k, joint.object->score(evaluation, p.after).front());
  }
  const EvaluationData evaluation{data.targets, 0, std::nullopt};
  Evaluation one = evaluate(evaluation, marginals(mean, before)), two = evaluate(evaluation, marginals(mean, after));
  one.add(kFoldMetric, joint_before.value(), joint_before.reason());
  two.add(kFoldMetric, joint_after.value(), joint_after.reason());
  report.folds = folds.size();
  for (std::size_t i = 0; i < one.scores.size(); ++i)
    report.scores.push_back({one.scores[i].first, one.scores[i].second, two.scores[i].second});
  report.curves_before = std::move(one.curves);
  report.curves_after = std::move(two.curves);
}

/// What people should know about the fit of the map besides its numbers.
std::vector<std::string> notes(const models::SigmaFit& fit, const Vector& sigma_uc, double scale) {
  std::vector<std::string> all;
  const models::SigmaMap& map = fit.map;
  if (map.form == models::SigmaForm::linear && map.a == 0)
    all.push_back("The model's sigmas do not tell large errors from small ones: every row gets the same error bar.");
  if (fit.unconstrained && (fit.unconstrained->a < 0 || fit.unconstrained->non_positive(sigma_uc) > 0))
    all.push_back(
        fmt::format("A line without bounds would be {:.4g} sigma_uc + {:.4g}, and give {} of {} held-out rows a sigma "
                    "of 0 or less.",
                    fit.unconstrained->a, fit.unconstrained->b * scale, fit.unconstrained->non_positive(sigma_uc),
                    sigma_uc.size()));
  else if (map.form == models::SigmaForm::linear && map.b < 0)
    all.push_back(fmt::format("Below sigma_uc = {:.4g} the map is constant: no held-out row had less.",
                              map.least_sigma_uc * scale));
  if (fit.zero_sigmas > 0)
    all.push_back(fmt::format("{} of {} held-out rows had a sigma_uc of 0.", fit.zero_sigmas, fit.rows));
  return all;
}

/// Numbers with as many digits as it takes to read them back, names quoted where they have to be.
std::string predictions_csv(const Dataset& data, const BeforeAfter& p) {
  std::string text = fmt::format("row,{},sigma_before,sigma_after\n", delimited_cell(data.target_name));
  const Vector before = p.before.observed_variance().cwiseSqrt(), after = p.after.observed_variance().cwiseSqrt();
  for (Index i = 0; i < p.after.size(); ++i)
    text += fmt::format("{},{},{},{}\n", i + 1, p.after.mean(i), before(i), after(i));
  return text;
}

/// Keeps copies of a row on one side of every fold, unless the table has groups of its own, and says so.
/// @return what to say
std::vector<std::string> group_copies(Dataset& data) {
  const RowCopies found = find_row_copies(data.inputs, data.targets);
  const bool has_groups = !data.groups.empty();
  std::vector<std::string> notes;
  if (found.copies > 0 && !has_groups) {
    data.groups = found.set;
    notes.push_back(
        fmt::format("{} rows are copies of others (same inputs, same target); copies stay on one side of "
                    "every fold",
                    found.copies));
  } else if (found.copies > 0) {
    if (const Index apart = copies_across_groups(found, data.groups); apart > 0)
      notes.push_back(
          fmt::format("{} rows have a copy (same inputs, same target) in another group, which may be on the "
                      "other side of a fold: error bars come out too small",
                      apart));
  }
  if (found.replicates > 0 && !has_groups)
    notes.push_back(
        fmt::format("{} rows have the inputs of others and other targets; they may be on both sides of a "
                    "fold, so error bars are those of new measurements under conditions already measured; "
                    "name a group that keeps them together if conditions will be new",
                    found.replicates));
  return notes;
}

}  // namespace

CalibrationStudy study_calibration(const CalibrationRequest& request) {
  Dataset data = read_table(request.file, request.layout);
  data.name = to_utf8(request.file.stem().string());
  check_dataset(data, 20);
  Json parameters = request.options;
  parameters["base"] = {{"model", request.model.name}, {"parameters", request.model.parameters}};
  const auto model = Registry<Model>::instance().make({.name = "calibrated", .parameters = parameters}, "calibrated",
                                                      request.model_folder);
  InputTable query;
  if (!request.query.empty())
    query =
        parse_inputs(read_text_file(request.query), request.query.string(), data.input_names, request.layout.header);
  std::vector<std::string> data_notes = {data.source.notes};
  for (std::string& note : group_copies(data)) data_notes.push_back(std::move(note));

  if (request.notify) {
    for (const std::string& note : data_notes) request.notify(fmt::format("{}: {}", request.file.string(), note));
    if (!query.notes.empty()) request.notify(fmt::format("{}: {}", request.query.string(), query.notes));
  }

  const Stream stream = Stream(request.seed).fork("calibrate");
  CalibrationStudy study;
  CalibrationReport& report = study.report;
  report.data = {to_utf8(request.file.filename().string()),
                 data.source.sha256,
                 data.rows(),
                 data.input_names,
                 data.target_name,
                 data_notes};
  report.model = model.name;
  report.parameters = model.parameters;
  report.seed = request.seed;
  cross_validate_study(*model.object, data, request, stream, report);

  Rows all(static_cast<std::size_t>(data.rows()));
  std::iota(all.begin(), all.end(), Index{0});
  const Fitted fitted(*model.object, data, all, {}, stream.fork("all"));
  report.calibration = fitted.calibrated->calibration();
  report.target_scale = fitted.set.target_scale;
  report.notes = notes(report.calibration.sigma, report.calibration.sigma_uc, report.target_scale);
  if (query.inputs.rows() > 0) {
    const BeforeAfter p = predict(fitted, fitted.problem.standardised(query.inputs));
    study.predictions = predictions_csv(data, p);
    report.predictions =
        CalibrationReport::Predicted{to_utf8(request.query.filename().string()), query.inputs.rows(), {query.notes}};
  }
  return study;
}

}  // namespace predcorr
