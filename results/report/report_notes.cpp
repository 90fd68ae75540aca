// SPDX-License-Identifier: Apache-2.0
#include "results/report/report_notes.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <utility>

#include "core/base/text.hpp"
#include "results/text/plain_text.hpp"
#include "results/text/seed_ranges.hpp"

namespace predcorr {
namespace {

const char* const kReportLegend =
    "Mean ± standard error over seeds, test rows; in brackets: over so many seeds, fewer than the row has. Models that "
    "share a letter are not told apart: paired t tests on the seeds that all compared models have, Holm's adjustment "
    "over all pairs, 5 %. Marked are the best and all that no test tells from it. LL: log-likelihood per point, nats; "
    "marginal judges each point by itself, joint all together. Meta-corr.: agreement of the correlations with the true "
    "posterior's. XLL, XLLR: whose correlations explain the test rows best, models as each other's reference (XLLR: "
    "mean rank).";

const char* const kWarningsLegend = " !: the model warns of its own fits, below.";

const char* const kVerifiedLegend =
    " ✓: handed in by others, every score computed here from their predictions; how they came about was not looked at.";
const char* const kReportedLegend =
    " ?: handed in by others, some scores as they report them, so that such a row wins nothing.";

const char* const kControlsLegend =
    " Controls have the means and error bars of their base and other correlations: = where a score is the same in "
    "every seed up to the rounding of single precision, marked where it differs by a paired t test at 5 %.";

/// Which frozen pool judged, if one did.
std::string pool_legend(const Leaderboard& board) {
  if (!board.pool) return "";
  const PoolResults& pool = *board.pool;
  std::vector<std::string> without;
  for (const DatasetResults& dataset : board.datasets)
    if (std::any_of(dataset.models.begin(), dataset.models.end(), [](const auto& m) { return m.has_scores(); }) &&
        pool.datasets.count(dataset.label) == 0)
      without.push_back(dataset.label);
  return fmt::format(
      " Here the references are the frozen models of pool {} alone ({}), and each model is ranked among these and "
      "itself, whoever else is in the run{}.",
      pool_title(pool.name, pool.version), fmt::join(pool.models, ", "),
      without.empty() ? "" : fmt::format("; the pool does not have {}", fmt::join(without, ", ")));
}

bool warns(const DatasetResults& dataset) {
  return std::any_of(dataset.models.begin(), dataset.models.end(), [](const auto& m) { return !m.warnings.empty(); });
}

/// The most seeds that a compared model's summary is of.
std::size_t most_seeds(const DatasetResults& results, const ScoreKey& key, const CommonSeeds& common) {
  std::size_t most = 0;
  for (const ModelResults& model : results.models)
    if (const Summary* summary = find_summary(model.scores, key);
        summary != nullptr && !contains(common.left_out, model.label))
      most = std::max(most, static_cast<std::size_t>(summary->n));
  return most;
}

/// "Nothing is told apart by RMSE (17), XLL. In brackets: the seeds that would tell ..."
std::string untold_note(const DatasetResults& results, const std::vector<ScoreColumn>& columns, bool first) {
  std::vector<std::string> untold;
  for (const ScoreColumn& column : columns) {
    const auto found = results.comparisons.find(column.key);
    if (found == results.comparisons.end() || found->second.leader.empty() || found->second.told_apart) continue;
    const std::optional<int>& seeds = found->second.seeds_needed;
    untold.push_back(column.head + (seeds ? fmt::format(" ({})", *seeds) : ""));
  }
  if (untold.empty()) return "";
  return fmt::format(
      "{}Nothing is told apart by {}. In brackets: the seeds that would tell the best two apart, if they differ by "
      "what they seem to.",
      first ? "" : " ", comma_list(untold));
}

}  // namespace

std::string overall_note(const std::vector<const OverallScore*>& scores, const Leaderboard& board) {
  std::vector<std::string> differences;
  bool partly = false;
  for (const OverallScore* score : scores) {
    partly = partly || !score->left_out.empty();
    if (!score->critical_difference) continue;
    const std::string found = score->friedman ? fmt::format(", Friedman p {:.2g}", score->friedman->f_p) : "";
    differences.push_back(fmt::format("{} {:.2f} ({} data sets{})", board.metrics.column_head(score->key),
                                      *score->critical_difference, score->datasets.size(), found));
  }
  std::string note = fmt::format("Ranks less than Nemenyi's critical difference apart are not told apart: {}.",
                                 fmt::join(differences, "; "));
  if (partly) note += " partly: compared on some of the data sets only, so not ranked.";
  return note;
}

std::string legend(const Leaderboard& board) {
  const auto& all = board.datasets;
  const bool has_controls = std::any_of(all.begin(), all.end(), [](const auto& d) { return !d.controls.empty(); });
  const auto has_entry = [&](bool verified) {
    return std::ranges::any_of(board.models, [&](const std::string& label) {
      const AcceptedEntry* entry = board.entry_of(label);
      return entry != nullptr && (entry->state == EntryState::verified) == verified;
    });
  };
  return kReportLegend + pool_legend(board) + (has_entry(true) ? kVerifiedLegend : "") +
         (has_entry(false) ? kReportedLegend : "") +
         (std::any_of(all.begin(), all.end(), warns) ? kWarningsLegend : "") + (has_controls ? kControlsLegend : "");
}

std::string entry_mark(const Leaderboard& board, const std::string& model) {
  const AcceptedEntry* entry = board.entry_of(model);
  return entry == nullptr ? "" : entry->state == EntryState::verified ? " ✓" : " ?";
}

std::vector<std::string> entry_lines(const Leaderboard& board) {
  std::vector<std::string> lines;
  for (const std::string& label : board.models) {
    const AcceptedEntry* entry = board.entry_of(label);
    if (entry == nullptr) continue;
    const EntryAbout& about = entry->about;
    std::string line = fmt::format("ENTRY {}{} by {}: {} ({}, {}): {}", label, entry_mark(board, label), about.who,
                                   about.what, about.code, about.licence, to_string(entry->state));
    if (entry->claimed > 0)
      line += fmt::format(", {} of {} cells recomputed", entry->recomputed, entry->recomputed + entry->claimed);
    lines.push_back(shortened(line, kMostMessageBytes));
  }
  return lines;
}

std::string comparison_note(const DatasetResults& results, const std::vector<ScoreColumn>& columns) {
  std::vector<std::pair<std::string, std::vector<std::string>>> notes;  // what is said, and of which columns
  for (const ScoreColumn& column : columns) {
    const auto found = results.comparisons.find(column.key);
    if (found == results.comparisons.end()) continue;
    const CommonSeeds& common = found->second.common;
    if (common.left_out.empty() && common.seeds.size() >= most_seeds(results, column.key, common)) continue;
    std::string text = common.seeds.empty() ? "no seed is common to all, so none is best"
                                            : fmt::format("on {}, which all compared models have",
                                                          seeds_in_words(seed_ranges(common.seeds)));
    if (!common.left_out.empty())
      text += fmt::format("; with too few seeds to be compared: {}", comma_list(common.left_out));
    auto same = std::find_if(notes.begin(), notes.end(), [&](const auto& note) { return note.first == text; });
    if (same == notes.end()) same = notes.insert(same, {text, {}});
    same->second.push_back(column.head);
  }
  std::string all;
  for (const auto& [text, heads] : notes)
    all += fmt::format("{}Compared by {}: {}.", all.empty() ? "" : " ", comma_list(heads), text);
  return all + untold_note(results, columns, all.empty());
}

std::vector<std::string> warning_lines(const Leaderboard& board) {
  // A line for each model and kind of warning, which is what stands before the first comma or colon.
  struct Group {
    std::string model, kind, text;
    std::set<std::string> patterns;
    std::vector<std::string> datasets;
    std::set<std::pair<std::string, std::uint64_t>> fits;  // data set and seed
  };
  std::vector<Group> groups;
  for (const DatasetResults& results : board.datasets)
    for (const std::string& label : board.models) {
      const ModelResults* model = results.find(label);
      if (model == nullptr) continue;
      for (const auto& [text, seeds] : model->warnings) {
        const std::string pattern = without_numbers(text), kind = pattern.substr(0, pattern.find_first_of(",:"));
        auto same = std::find_if(groups.begin(), groups.end(),
                                 [&](const Group& g) { return g.model == label && g.kind == kind; });
        if (same == groups.end()) same = groups.insert(same, {label, kind, text, {}, {}, {}});
        same->patterns.insert(pattern);
        if (!contains(same->datasets, results.label)) same->datasets.push_back(results.label);
        for (const std::uint64_t seed : seeds) same->fits.emplace(results.label, seed);
      }
    }
  std::vector<std::string> lines;
  for (const Group& g : groups)
    lines.push_back(fmt::format("WARNING {} on {} ({}): {}{}", g.model, comma_list(g.datasets),
                                g.fits.size() == 1 ? "1 fit" : fmt::format("{} fits, the first", g.fits.size()),
                                shortened(g.text, kMostMessageBytes),
                                g.patterns.size() == 1 ? "" : "; and the like, see leaderboard.json"));
  return lines;
}

}  // namespace predcorr
