// SPDX-License-Identifier: Apache-2.0
#include "results/report/calibration_report.hpp"

#include <fmt/format.h>

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

std::string number(const OrderedJson& value) {
  return value.is_null() ? "-" : fmt::format("{:.4g}", value.get<double>());
}

std::string words(const OrderedJson& value) { return markdown_escaped(value.get<std::string>()); }

std::string bullets(const OrderedJson& sentences) {
  std::string text;
  for (const OrderedJson& sentence : sentences) text += fmt::format("- {}\n", words(sentence));
  return text.empty() ? text : "\n" + text;
}

/// Why cells of the table of scores have a dash: a line for each, or for both of a row where the reason is the same.
std::string reasons(const OrderedJson& scores) {
  std::string text;
  for (const ScoreLine& line : score_lines()) {
    const auto score = scores.find(line.key);
    if (score == scores.end() || !score->contains("absent")) continue;
    const OrderedJson& absent = score->at("absent");
    const bool same = absent.size() == 2 && absent.at("before") == absent.at("after");
    for (const auto& [when, why] : absent.items()) {
      text += fmt::format("- {}{}: no value, {}\n", line.name, same ? "" : ", " + when, words(why));
      if (same) break;
    }
  }
  return text.empty() ? text : "\n" + text;
}

std::string map_in_words(const OrderedJson& calibration) {
  const std::string form = calibration.at("form").get<std::string>();
  const auto value = [&](const char* key) { return number(calibration.at(key)); };
  if (form == "linear") return fmt::format("sigma_cal = {} sigma_uc + {}", value("a"), value("b"));
  if (form == "scale") return fmt::format("sigma_cal = {} sigma_uc", value("a"));
  if (form == "power") return fmt::format("sigma_cal = {} sigma_uc^{}", value("c"), value("p"));
  return "sigma_cal: a monotone function of sigma_uc, in steps (report.json has it)";
}

}  // namespace

std::string calibration_markdown(const OrderedJson& report) {
  const OrderedJson& data = report.at("data");
  const OrderedJson& evaluation = report.at("evaluation");
  const OrderedJson& calibration = report.at("calibration");
  const std::string target = words(data.at("target"));
  std::string text = fmt::format("# Error bars for {}\n\n{}: {} rows, {} inputs. Model: {}.\n", target,
                                 words(data.at("file")), data.at("rows").get<int>(), data.at("inputs").size(),
                                 report.at("model").at("parameters").at("base").at("model").get<std::string>());
  text += bullets(data.value("notes", OrderedJson::array()));
  text += fmt::format(
      "\n## What they are worth\n\nEvery row was predicted by a model and a calibration that had not seen it "
      "({}-fold cross-validation around all of it).\n\n| | before | after | honest |\n|---|---|---|---|\n",
      evaluation.at("folds").get<int>());
  const OrderedJson& scores = evaluation.at("scores");
  for (const ScoreLine& line : score_lines())
    if (const auto score = scores.find(line.key); score != scores.end())
      text += fmt::format("| {} | {} | {} | {} |\n", line.name, number(score->at("before")), number(score->at("after")),
                          line.ideal);
  text += reasons(scores);
  text +=
      fmt::format("\n## How they were made\n\n{}, in units of {}, by maximum likelihood of {} held-out residuals.\n",
                  map_in_words(calibration), target, calibration.at("residuals").get<int>());
  text += bullets(calibration.at("notes"));
  if (const OrderedJson& shrinkage = calibration.at("correlation_shrinkage"); !shrinkage.is_null())
    text += fmt::format(
        "\nCorrelations between predictions are multiplied by {} (1: as the model has them, 0: independent).\n",
        number(shrinkage));
  if (const OrderedJson& predictions = report.at("predictions"); !predictions.is_null())
    text +=
        fmt::format("\n## Predictions\n\npredictions.csv has {} rows of {}: prediction, sigma before and after.\n{}",
                    predictions.at("rows").get<int>(), words(predictions.at("file")),
                    bullets(predictions.value("notes", OrderedJson::array())));
  return text;
}

}  // namespace predcorr
