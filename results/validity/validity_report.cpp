// SPDX-License-Identifier: Apache-2.0
#include "results/validity/validity_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <vector>

#include "core/base/text.hpp"
#include "results/store/run_gaps.hpp"
#include "results/text/plain_text.hpp"
#include "results/text/text_table.hpp"
#include "results/validity/validity.hpp"
#include "results/validity/validity_study.hpp"

namespace predcorr {
namespace {

/// Scores that the tables show, the paper's first; validity.json has all.
const std::vector<std::string> kScores = {"meta_correlation.correlation_pearson",
                                          "xll_mean",
                                          "xllr",
                                          "marginal_log_likelihood",
                                          "joint_log_likelihood",
                                          "copula_log_likelihood",
                                          "energy_score",
                                          "variogram_score.0.5",
                                          "crps",
                                          "rmse",
                                          "kl_from_oracle"};

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

/// Measures of learning that the tables show: what was reached at the end, and the gain over random rows.
std::vector<std::string> shown_targets(const OrderedJson& study) {
  std::vector<std::string> shown;
  for (const OrderedJson& relation : study.at("relations")) {
    const auto target = relation.at("target").get<std::string>();
    const bool end = ends_with(target, ".rmse.last") || ends_with(target, ".marginal_log_likelihood.last") ||
                     ends_with(target, ".self.rmse.last.gain");
    if (end && !contains(shown, target)) shown.push_back(target);
  }
  return shown;
}

std::vector<std::string> shown_scores(const OrderedJson& study) {
  std::vector<std::string> shown;
  for (const std::string& score : kScores)
    if (study.at("quantities").contains(score)) shown.push_back(score);
  return shown;
}

TextCell interval_cell(const OrderedJson& interval) {
  if (interval.is_null()) return {"-"};
  if (interval.at("low").is_null()) return {fmt::format("{:.2f} (unmoved)", interval.at("value").get<double>())};
  const double low = interval.at("low").get<double>(), high = interval.at("high").get<double>();
  return {fmt::format("{:.2f} ({:.2f}, {:.2f})", interval.at("value").get<double>(), low, high), low > 0 || high < 0};
}

/// One of the intervals of every shown pair; scores are rows, measures of learning columns.
TextTable relation_table(const OrderedJson& study, const std::string& title, const char* field) {
  TextTable table{title, {"score", "models"}, {}};
  const std::vector<std::string> targets = shown_targets(study);
  table.header.insert(table.header.end(), targets.begin(), targets.end());
  for (const std::string& score : shown_scores(study)) {
    TextRow row = {{score}, {}};
    std::set<int> models;  // few where many lack a seed, so that a reader sees it
    for (const std::string& target : targets) {
      TextCell cell = {"-"};
      for (const OrderedJson& relation : study.at("relations"))
        if (relation.at("score") == score && relation.at("target") == target && relation.contains(field)) {
          const int count = relation.at("models").get<int>();
          cell = count < kLeastModels ? TextCell{"too few"} : interval_cell(relation.at(field));
          models.insert(count);
        }
      row.push_back(cell);
    }
    if (models.empty()) continue;
    row[1].text = models.size() == 1 ? fmt::format("{}", *models.begin())
                                     : fmt::format("{} to {}", *models.begin(), *models.rbegin());
    table.rows.push_back(std::move(row));
  }
  return table;
}

TextTable power_table(const OrderedJson& study, const std::string& dataset) {
  TextTable table{fmt::format("{}: seeds that a score needs to separate two models", dataset),
                  {"score", "pairs", "separated", "seeds, quartile", "median", "quartile"},
                  {}};
  const std::vector<std::string> targets = shown_targets(study);
  for (const std::string& target : targets) table.header.push_back("order as " + target);
  const auto percent = [](const OrderedJson& share) {
    return TextCell{share.is_null() ? "-" : fmt::format("{:.0f} %", 100 * share.get<double>())};
  };
  for (const std::string& score : shown_scores(study)) {
    const auto found = study.at("power").find(score);
    if (found == study.at("power").end()) continue;
    TextRow row = {{score}, {fmt::format("{}", found->at("pairs").get<int>())}, percent(found->at("separated"))};
    for (const OrderedJson& seeds : found->at("seeds"))
      row.push_back({seeds.is_null() ? fmt::format("> {}", kMostSeeds) : fmt::format("{:.0f}", seeds.get<double>())});
    for (const std::string& target : targets) row.push_back(percent(found->at("agreement").at(target)));
    table.rows.push_back(std::move(row));
  }
  return table;
}

const char* const kValidityLegend =
    "Measures of active learning are named criterion.predictor.score.last: what the predictor (self: the selecting "
    "model) "
    "reached after the last batch; gain: less what it reached with random rows. All are signed so that larger is "
    "better. "
    "Models: those with both values in every seed; the others are left out, and fewer than 5 are too few. Correlations "
    "are "
    "Spearman's over models, of means over seeds, with 95 % intervals from leaving out seeds, marked where an interval "
    "leaves out 0; unmoved: the same whichever seed is left out, so that nothing is known of its error. Power: a "
    "paired t "
    "test at 5 %, right in 80 of 100 studies.";

}  // namespace

std::string validity_report(const OrderedJson& validity, bool markdown) {
  const auto safe = [&](const std::string& line) { return markdown ? markdown_escaped(line) : printable_line(line); };
  std::string text = markdown ? "# Do the scores tell who learns well?\n\n" : "";
  for (const OrderedJson& suite : validity.at("suites"))
    if (markdown)
      text += fmt::format("Suite `{}`, protocol `{}`.\n", printable_line(suite.at("name").get<std::string>()),
                          suite.at("protocol").at("name").get<std::string>());
  for (const auto& [dataset, study] : validity.at("datasets").items()) {
    const std::string size =
        fmt::format("{}: {} models, {} seeds", dataset, study.at("models").size(), study.at("seeds").size());
    const TextTable tables[] = {
        relation_table(study, size + "; correlation of scores with active learning", "spearman"),
        relation_table(study, dataset + ": that correlation less the marginal log-likelihood's", "over_marginal"),
        power_table(study, dataset)};
    for (const TextTable& table : tables) text += "\n" + (markdown ? markdown_text(table) : terminal_text(table));
  }
  const OrderedJson left_out = validity.value("left_out", OrderedJson::object());
  for (const auto& [dataset, reason] : left_out.items())
    text += fmt::format("\nLeft out: {}: {}\n", safe(dataset), safe(reason.get<std::string>()));
  text += fmt::format("\n{}\n", kValidityLegend);
  const std::vector<std::string> gaps = gap_lines(validity);
  if (markdown && !gaps.empty()) text += "\n## Failed or missing\n\n";
  for (const std::string& line : gaps) text += fmt::format("{}{}\n", markdown ? "- " : "", safe(line));
  return text;
}

}  // namespace predcorr
