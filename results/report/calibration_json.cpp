// SPDX-License-Identifier: Apache-2.0
// report.json of 'calibrate', of calibration_report.hpp.
#include <cmath>

#include "results/report/calibration_report.hpp"
#include "results/statistics/summary.hpp"

namespace predcorr {
namespace {

OrderedJson scores_to_json(const std::vector<CalibrationScore>& scores) {
  OrderedJson all = OrderedJson::object();
  for (const auto& [key, before, after] : scores) {
    OrderedJson& json = all[key] = {{"before", number_or_null(before.value)}, {"after", number_or_null(after.value)}};
    if (!before.value) json["absent"]["before"] = before.reason;
    if (!after.value) json["absent"]["after"] = after.reason;
  }
  return all;
}

std::vector<double> list_of(const Vector& values) { return {values.begin(), values.end()}; }

/// The calibration in units of the target.
OrderedJson calibration_to_json(const CalibrationReport& report) {
  const models::Calibration& calibration = report.calibration;
  const models::SigmaFit& fit = calibration.sigma;
  const models::SigmaMap& map = fit.map;
  const double scale = report.target_scale;
  OrderedJson json = {{"form", word_of(map.form)}};
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
  json["notes"] = report.notes;
  json["held_out"] = {{"residual", list_of(calibration.residual * scale)},
                      {"sigma_uc", list_of(calibration.sigma_uc * scale)},
                      {"sigma_cal", list_of(calibration.sigma_cal * scale)}};
  return json;
}

}  // namespace

OrderedJson to_json(const CalibrationReport& report) {
  const CalibrationReport::Data& data = report.data;
  OrderedJson json;
  json["schema"] = kCalibrationSchema;
  json["data"] = {{"file", data.file},     {"sha256", data.sha256}, {"rows", data.rows},
                  {"inputs", data.inputs}, {"target", data.target}, {"notes", data.notes}};
  json["model"] = {{"model", report.model}, {"parameters", report.parameters}};
  json["seed"] = report.seed;
  json["evaluation"] = {{"folds", report.folds},
                        {"rows", data.rows},
                        {"scores", scores_to_json(report.scores)},
                        {"curves", {{"before", report.curves_before}, {"after", report.curves_after}}}};
  json["calibration"] = calibration_to_json(report);
  json["predictions"] = nullptr;
  if (report.predictions)
    json["predictions"] = {
        {"file", report.predictions->file}, {"rows", report.predictions->rows}, {"notes", report.predictions->notes}};
  json["provenance"] = report.provenance;
  return json;
}

}  // namespace predcorr
