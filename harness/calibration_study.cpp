// SPDX-License-Identifier: Apache-2.0
#include "harness/calibration_study.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/files.hpp"
#include "core/parallel.hpp"
#include "datasets/problem.hpp"
#include "metrics/metric.hpp"
#include "models/calibration/calibrated.hpp"
#include "models/cross_validation.hpp"

namespace predcorr {
namespace {

using models::CalibratedPosterior;

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

std::vector<double> list_of(const Vector& values) { return {values.begin(), values.end()}; }

/// Scores of the pooled folds, by metric and part, and the numbers their plots need.
struct Evaluation {
  OrderedJson scores = OrderedJson::object(), curves = OrderedJson::object();
};

Evaluation evaluate(const Outcome& outcome, const JointPrediction& prediction) {
  Evaluation result;
  for (const char* name :
       {"rmse", "marginal_log_likelihood", "crps", "r_statistic", "miscalibration_area", "binned_error", "pit"}) {
    const auto metric = Registry<Metric>::instance().make({.name = name}, name);
    for (const Score& score : metric.object->score(outcome, prediction))
      result.scores[score.key()] = score.value ? OrderedJson(*score.value) : OrderedJson(nullptr);
    if (const Json curves = metric.object->curves(outcome, prediction); !curves.is_null())
      result.curves[name] = OrderedJson(curves);
  }
  const Eigen::ArrayXd r = (outcome.y - prediction.mean).array().abs() / prediction.observed_variance().array().sqrt();
  for (const int k : {1, 2})
    result.scores[fmt::format("within_{}_sigma", k)] =
        static_cast<double>((r <= k).count()) / static_cast<double>(r.size());
  return result;
}

OrderedJson cross_validated(const Model& model, const Dataset& data, const CalibrationRequest& request,
                            const Stream& stream) {
  const std::vector<Rows> folds =
      models::deal_varied_folds(data.targets, data.groups, request.folds, stream.fork("outer"));
  Vector mean(data.rows()), before(data.rows()), after(data.rows()), joint_before(std::ssize(folds)),
      joint_after(std::ssize(folds));
  const auto joint = Registry<Metric>::instance().make({.name = "joint_log_likelihood"}, "joint_log_likelihood");
  for (std::size_t k = 0; k < folds.size(); ++k) {
    const Fitted fitted(model, data, models::all_but(folds, k), folds[k], stream.fork("fold", k));
    const BeforeAfter p = predict(fitted, fitted.problem.inputs(folds[k]));
    mean(folds[k]) = p.after.mean;
    before(folds[k]) = p.before.observed_variance();
    after(folds[k]) = p.after.observed_variance();
    const Outcome outcome{fitted.problem.targets(folds[k]), 0, std::nullopt};
    const auto joint_of = [&](const JointPrediction& prediction) {
      return joint.object->score(outcome, prediction).front().value.value_or(std::nan(""));
    };
    joint_before(static_cast<Index>(k)) = joint_of(p.before);
    joint_after(static_cast<Index>(k)) = joint_of(p.after);
  }
  const Outcome outcome{data.targets, 0, std::nullopt};
  Evaluation one = evaluate(outcome, marginals(mean, before)), two = evaluate(outcome, marginals(mean, after));
  const auto number = [](double value) { return std::isfinite(value) ? OrderedJson(value) : OrderedJson(nullptr); };
  one.scores["joint_log_likelihood"] = number(joint_before.mean());
  two.scores["joint_log_likelihood"] = number(joint_after.mean());
  OrderedJson scores = OrderedJson::object();
  for (const auto& [key, value] : one.scores.items()) scores[key] = {{"before", value}, {"after", two.scores.at(key)}};
  return {{"folds", folds.size()},
          {"rows", data.rows()},
          {"scores", scores},
          {"curves", {{"before", one.curves}, {"after", two.curves}}}};
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

/// The calibration in units of the target, which are `scale` times the model's.
OrderedJson description(const models::Calibration& calibration, double scale) {
  const models::SigmaFit& fit = calibration.sigma;
  const models::SigmaMap& map = fit.map;
  OrderedJson json = {{"form", models::to_string(map.form)}};
  switch (map.form) {
    case models::SigmaForm::linear:
      json["a"] = map.a;
      json["b"] = map.b * scale;
      if (fit.unconstrained)
        json["unconstrained"] = {{"a", fit.unconstrained->a},
                                 {"b", fit.unconstrained->b * scale},
                                 {"non_positive", fit.unconstrained->non_positive(calibration.sigma_uc)}};
      break;
    case models::SigmaForm::scale: json["a"] = map.a; break;
    case models::SigmaForm::power:
      json["c"] = map.coefficient * std::pow(scale, 1 - map.exponent);
      json["p"] = map.exponent;
      break;
    case models::SigmaForm::isotonic:
      json["sigma_uc"] = list_of(map.knots * scale);
      json["sigma_cal"] = list_of(map.knot_variances.cwiseSqrt() * scale);
      break;
  }
  json["least_sigma_uc"] = map.least_sigma_uc * scale;
  json["least_sigma_cal"] = map.least_sigma_cal * scale;
  json["correlation_shrinkage"] = calibration.correlation.gamma;
  json["residuals"] = fit.rows;
  json["notes"] = notes(fit, calibration.sigma_uc, scale);
  json["held_out"] = {{"residual", list_of(calibration.residual * scale)},
                      {"sigma_uc", list_of(calibration.sigma_uc * scale)},
                      {"sigma_cal", list_of(calibration.sigma_cal * scale)}};
  return json;
}

std::string predictions_csv(const Dataset& data, const BeforeAfter& p) {
  std::string text = fmt::format("row,{0},sigma_before,sigma_after\n", data.target_name);
  const Vector before = p.before.observed_variance().cwiseSqrt(), after = p.after.observed_variance().cwiseSqrt();
  for (Index i = 0; i < p.after.size(); ++i)
    text += fmt::format("{},{:.8g},{:.6g},{:.6g}\n", i + 1, p.after.mean(i), before(i), after(i));
  return text;
}

}  // namespace

CalibrationStudy study_calibration(const CalibrationRequest& request) {
  Dataset data = read_table(request.file, request.layout);
  data.name = request.file.stem().string();
  check_dataset(data, 20);
  Json parameters = request.options;
  parameters["base"] = {{"model", request.model.name}, {"parameters", request.model.parameters}};
  const auto model = Registry<Model>::instance().make({.name = "calibrated", .parameters = parameters}, "calibrated");
  Matrix query;
  if (!request.query.empty())
    query = parse_inputs(read_text_file(request.query), request.query.string(), data.input_names);

  const Stream stream = Stream(request.seed).fork("calibrate");
  CalibrationStudy study;
  OrderedJson& report = study.report;
  report["schema"] = "predcorr/calibration/1";
  report["data"] = {{"file", request.file.filename().string()},
                    {"sha256", data.source.sha256},
                    {"rows", data.rows()},
                    {"inputs", data.input_names},
                    {"target", data.target_name}};
  report["model"] = {{"model", model.name}, {"parameters", model.parameters}};
  report["seed"] = request.seed;
  report["evaluation"] = cross_validated(*model.object, data, request, stream);

  Rows all(static_cast<std::size_t>(data.rows()));
  std::iota(all.begin(), all.end(), Index{0});
  const Fitted fitted(*model.object, data, all, {}, stream.fork("all"));
  report["calibration"] = description(fitted.calibrated->calibration(), fitted.set.target_scale);
  report["predictions"] = nullptr;
  if (query.rows() > 0) {
    const BeforeAfter p = predict(fitted, fitted.problem.standardised(query));
    study.predictions = predictions_csv(data, p);
    report["predictions"] = {{"file", request.query.filename().string()}, {"rows", query.rows()}};
  }
  return study;
}

}  // namespace predcorr
