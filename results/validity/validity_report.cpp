// SPDX-License-Identifier: Apache-2.0
#include "results/validity/validity_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "core/base/text.hpp"
#include "results/text/plain_text.hpp"
#include "results/text/text_table.hpp"

namespace predcorr {
namespace {

/// Scores that the tables show: the paper's, which the study is about, then those that they compete with, one of each
/// kind. validity.json has all.
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
std::vector<std::string> shown_targets(const DatasetStudy& study) {
  std::vector<std::string> shown;
  for (const ScoreRelation& relation : study.relations) {
    const std::string& target = relation.target;
    const bool end = std::ranges::any_of(
        kCurveMetrics, [&](const char* score) { return ends_with(target, fmt::format(".{}.last", score)); });
    const bool gain = ends_with(target, fmt::format(".self.{}.last.gain", kCurveMetrics.front()));
    if ((end || gain) && !contains(shown, target)) shown.push_back(target);
  }
  return shown;
}

std::vector<std::string> shown_scores(const DatasetStudy& study) {
  std::vector<std::string> shown;
  for (const std::string& score : kScores)
    if (study.has_quantity(score)) shown.push_back(score);
  return shown;
}

TextCell interval_cell(const std::optional<JackknifeInterval>& interval) {
  if (!interval) return {"-"};
  if (interval->unmoved()) return {fmt::format("{:.2f} (unmoved)", interval->value)};
  const double low = interval->low, high = interval->high;
  return {fmt::format("{:.2f} ({:.2f}, {:.2f})", interval->value, low, high), low > 0 || high < 0};
}

/// One of the intervals of every shown pair; scores are rows, measures of learning columns.
/// @param over_marginal the correlation less the marginal likelihood's, in place of the correlation
TextTable relation_table(const DatasetStudy& study, const std::string& title, bool over_marginal) {
  TextTable table{title, {"score", "models"}, {}};
  const std::vector<std::string> targets = shown_targets(study);
  table.header.insert(table.header.end(), targets.begin(), targets.end());
  for (const std::string& score : shown_scores(study)) {
    TextRow row = {{score}, {}};
    std::set<Index> models;  // few where many lack a seed, so that a reader sees it
    for (const std::string& target : targets) {
      TextCell cell = {"-"};
      for (const ScoreRelation& relation : study.relations)
        if (relation.score == score && relation.target == target && (relation.has_marginal || !over_marginal)) {
          const ValidityRelation& all = relation.models;
          cell = all.models < kLeastModels ? TextCell{"too few"}
                                           : interval_cell(over_marginal ? all.over_marginal : all.spearman);
          models.insert(all.models);
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

TextTable power_table(const DatasetStudy& study) {
  TextTable table{fmt::format("{}: seeds that a score needs to separate two models", study.dataset),
                  {"score", "pairs", "separated", "seeds, quartile", "median", "quartile"},
                  {}};
  const std::vector<std::string> targets = shown_targets(study);
  for (const std::string& target : targets) table.header.push_back("order as " + target);
  const auto percent = [](double share) {
    return TextCell{std::isfinite(share) ? fmt::format("{:.0f} %", 100 * share) : "-"};
  };
  for (const std::string& score : shown_scores(study)) {
    const auto found =
        std::find_if(study.power.begin(), study.power.end(), [&](const ScorePower& p) { return p.score == score; });
    if (found == study.power.end()) continue;
    const Power& power = found->power;
    TextRow row = {{score}, {fmt::format("{}", power.pairs)}, percent(power.separated)};
    for (const double seeds : power.seeds)
      row.push_back({seeds > kMostSeedsNamed ? fmt::format("> {}", kMostSeedsNamed) : fmt::format("{:.0f}", seeds)});
    for (const std::string& target : targets)
      row.push_back(percent(
          power.agreement(std::find(study.targets.begin(), study.targets.end(), target) - study.targets.begin())));
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

std::string validity_report(const ValidityStudy& validity, bool markdown) {
  const auto safe = [&](const std::string& line) { return markdown ? markdown_escaped(line) : printable_line(line); };
  std::string text = markdown ? "# Do the scores tell who learns well?\n\n" : "";
  for (const SuiteOfRun& suite : validity.suites)
    if (markdown)
      text += fmt::format("Suite `{}`, protocol `{}`.\n", printable_line(suite.name),
                          suite.protocol.at("name").get<std::string>());
  for (const DatasetStudy& study : validity.datasets) {
    const std::string size =
        fmt::format("{}: {} models, {} seeds", study.dataset, study.models.size(), study.seeds.size());
    const TextTable tables[] = {
        relation_table(study, size + "; correlation of scores with active learning", false),
        relation_table(study, study.dataset + ": that correlation less the marginal log-likelihood's", true),
        power_table(study)};
    for (const TextTable& table : tables) text += "\n" + (markdown ? markdown_text(table) : terminal_text(table));
  }
  for (const auto& [dataset, reason] : validity.left_out)
    text += fmt::format("\nLeft out: {}: {}\n", safe(dataset), safe(reason));
  text += fmt::format("\n{}\n", kValidityLegend);
  const std::vector<std::string> gaps = gap_lines(validity.gaps);
  if (markdown && !gaps.empty()) text += "\n## Failed or missing\n\n";
  for (const std::string& line : gaps) text += fmt::format("{}{}\n", markdown ? "- " : "", safe(line));
  return text;
}

}  // namespace predcorr
