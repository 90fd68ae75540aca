// SPDX-License-Identifier: Apache-2.0
#include "results/report/calibration_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "results/text/plain_text.hpp"

namespace predcorr {
namespace {

/// A line of the table of scores: where it stands, what it says, and the value of honest error bars. The report is for
/// people who have error bars to judge and know no score by its name: it chooses what tells them, in its own words.
struct ScoreLine {
  const char* key;
  const char* name;
  const char* ideal;
};
const std::vector<ScoreLine>& score_lines() {
  static const std::vector<ScoreLine> lines = {
      {"within_1_sigma", "rows within 1 sigma", "0.683"},
      {"within_2_sigma", "rows within 2 sigma", "0.954"},
      {"r_statistic.std", "standard deviation of r = residual / sigma", "1"},
      {"r_statistic.mean", "mean of r", "0"},
      {"binned_error.slope", "residuals against sigma: slope", "1"},
      {"binned_error.intercept", "residuals against sigma: intercept", "0"},
      {"binned_error.r_squared", "residuals against sigma: R^2", "1"},
      {"miscalibration_area.area", "miscalibration area", "0"},
      {"marginal_log_likelihood", "log-likelihood per row, each by itself", "higher"},
      {"joint_log_likelihood", "log-likelihood per row, all of a fold together", "higher"},
      {"rmse", "root-mean-square error of the prediction", "lower"},
  };
  return lines;
}

std::string number(double value) { return fmt::format("{:.4g}", value); }

std::string number_or_dash(const std::optional<double>& value) { return value ? number(*value) : "-"; }

std::string bullets(const std::vector<std::string>& sentences) {
  std::string text;
  for (const std::string& sentence : sentences) text += fmt::format("- {}\n", markdown_escaped(sentence));
  return text.empty() ? text : "\n" + text;
}

/// Why cells of the table of scores have a dash: a line for each, or for both of a row where the reason is the same.
std::string reasons(const CalibrationReport& report) {
  std::string text;
  for (const ScoreLine& line : score_lines()) {
    const CalibrationScore* score = report.find(line.key);
    if (score == nullptr) continue;
    const auto &before = score->before, &after = score->after;
    const bool same = !before.value && !after.value && before.reason == after.reason;
    const auto add = [&](const char* when, const ScoreOrReason& absent) {
      if (!absent.value)
        text += fmt::format("- {}{}: no value, {}\n", line.name, when, markdown_escaped(absent.reason));
    };
    add(same ? "" : ", before", before);
    if (!same) add(", after", after);
  }
  return text.empty() ? text : "\n" + text;
}

/// In units of the target.
std::string map_in_words(const models::SigmaMap& map, double scale) {
  switch (map.form) {
    case models::SigmaForm::linear:
      return fmt::format("sigma_cal = {} sigma_uc + {}", number(map.a), number(map.b * scale));
    case models::SigmaForm::scale: return fmt::format("sigma_cal = {} sigma_uc", number(map.a));
    case models::SigmaForm::power:
      return fmt::format("sigma_cal = {} sigma_uc^{}", number(map.coefficient * std::pow(scale, 1 - map.exponent)),
                         number(map.exponent));
    case models::SigmaForm::isotonic: break;
  }
  return "sigma_cal: a monotone function of sigma_uc, in steps (report.json has it)";
}

}  // namespace

const CalibrationScore* CalibrationReport::find(const std::string& key) const {
  const auto found = std::find_if(scores.begin(), scores.end(), [&](const auto& score) { return score.key == key; });
  return found == scores.end() ? nullptr : &*found;
}

std::string calibration_markdown(const CalibrationReport& report) {
  const CalibrationReport::Data& data = report.data;
  const std::string target = markdown_escaped(data.target);
  std::string text =
      fmt::format("# Error bars for {}\n\n{}: {} rows, {} inputs. Model: {}.\n", target, markdown_escaped(data.file),
                  data.rows, data.inputs.size(), report.parameters.at("base").at("model").get<std::string>());
  text += bullets(data.notes);
  text += fmt::format(
      "\n## What they are worth\n\nEvery row was predicted by a model and a calibration that had not seen it "
      "({}-fold cross-validation around all of it).\n\n| | before | after | honest |\n|---|---|---|---|\n",
      report.folds);
  for (const ScoreLine& line : score_lines())
    if (const CalibrationScore* score = report.find(line.key))
      text += fmt::format("| {} | {} | {} | {} |\n", line.name, number_or_dash(score->before.value),
                          number_or_dash(score->after.value), line.ideal);
  text += reasons(report);
  text += fmt::format(
      "\n## How they were made\n\n{}, in units of {}, by maximum likelihood of {} held-out residuals.\n",
      map_in_words(report.calibration.sigma.map, report.target_scale), target, report.calibration.sigma.rows);
  text += bullets(report.notes);
  if (const double shrinkage = report.calibration.correlation.gamma; std::isfinite(shrinkage))
    text += fmt::format(
        "\nCorrelations between predictions are multiplied by {} (1: as the model has them, 0: independent).\n",
        number(shrinkage));
  if (report.predictions)
    text += fmt::format(
        "\n## Predictions\n\npredictions.csv has {} rows of {}: prediction, sigma before and after.\n{}",
        report.predictions->rows, markdown_escaped(report.predictions->file), bullets(report.predictions->notes));
  return text;
}

}  // namespace predcorr
