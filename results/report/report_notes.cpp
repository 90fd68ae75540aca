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
    "Mean ± standard error over seeds, test rows; in brackets: over so many seeds, fewer than the row has. The best "
    "value "
    "is marked, by means over the seeds that all compared models have. LL: log-likelihood per point, nats; marginal "
    "judges each point by itself, joint all together. Meta-corr.: agreement of the correlations with the true "
    "posterior's. XLL, XLLR: whose correlations explain the test rows best, models as each other's reference (XLLR: "
    "mean "
    "rank).";

const char* const kWarningsLegend = " !: the model warns of its own fits, below.";

const char* const kControlsLegend =
    " Controls have the means and error bars of their base and other correlations: = where a score is the same in "
    "every seed up to the rounding of single precision, marked where it differs by a paired t test at 5 %.";

/// Which frozen pool judged, if one did.
std::string pool_legend(const OrderedJson& board) {
  if (!board.contains("reference_pool")) return "";
  const OrderedJson& pool = board.at("reference_pool");
  std::vector<std::string> without;
  for (const auto& [dataset, content] : board.at("datasets").items())
    if (!content.at("models").empty() && !pool.at("datasets").contains(dataset)) without.push_back(dataset);
  return fmt::format(
      " Here the references are the frozen models of pool {}-v{} alone ({}), and each model is ranked among these and "
      "itself, whoever else is in the run{}.",
      pool.at("name").get<std::string>(), pool.at("version").get<int>(),
      fmt::join(pool.at("models").get<std::vector<std::string>>(), ", "),
      without.empty() ? "" : fmt::format("; the pool does not have {}", fmt::join(without, ", ")));
}

bool warns(const OrderedJson& board) {
  const OrderedJson& datasets = board.at("datasets");
  return std::any_of(datasets.begin(), datasets.end(),
                     [](const OrderedJson& content) { return !content.at("warnings").empty(); });
}

/// The most seeds that a compared model's summary is of.
std::size_t most_seeds(const OrderedJson& content, const ScoreColumn& column,
                       const std::vector<std::string>& left_out) {
  std::size_t most = 0;
  for (const auto& [label, model] : content.at("models").items()) {
    if (contains(left_out, label) || !model.contains(column.name)) continue;
    const OrderedJson& score = model.at(column.name);
    if (!column.part.empty() && !score.contains(column.part)) continue;
    most = std::max(most, (column.part.empty() ? score : score.at(column.part)).at("n").get<std::size_t>());
  }
  return most;
}

}  // namespace

std::string legend(const OrderedJson& board) {
  return kReportLegend + pool_legend(board) + (warns(board) ? kWarningsLegend : "") +
         (board.value("controls", OrderedJson()).empty() ? "" : kControlsLegend);
}

std::string comparison_note(const OrderedJson& content, const std::vector<ScoreColumn>& columns) {
  std::vector<std::pair<std::string, std::vector<std::string>>> notes;  // what is said, and of which columns
  for (const ScoreColumn& column : columns) {
    const auto found = content.at("compared_on").find(column.key());
    if (found == content.at("compared_on").end()) continue;
    const auto left_out = found->value("left_out", std::vector<std::string>());
    if (left_out.empty() && found->at("n").get<std::size_t>() >= most_seeds(content, column, left_out)) continue;
    std::string text = found->at("n") == 0 ? "no seed is common to all, so none is best"
                                           : fmt::format("by means over {}, which all compared models have",
                                                         seeds_in_words(found->at("seeds").get<std::string>()));
    if (!left_out.empty()) text += fmt::format("; with too few seeds to be compared: {}", comma_list(left_out));
    auto same = std::find_if(notes.begin(), notes.end(), [&](const auto& note) { return note.first == text; });
    if (same == notes.end()) same = notes.insert(same, {text, {}});
    same->second.push_back(column.head);
  }
  std::string all;
  for (const auto& [text, heads] : notes)
    all += fmt::format("{}Best {}: {}.", all.empty() ? "" : " ", comma_list(heads), text);
  return all;
}

std::vector<std::string> warning_lines(const OrderedJson& board) {
  // A line for each model and kind of warning, which is what stands before the first comma or colon.
  struct Group {
    std::string model, kind, text;
    std::set<std::string> patterns;
    std::vector<std::string> datasets;
    std::set<std::pair<std::string, std::uint64_t>> fits;  // data set and seed
  };
  std::vector<Group> groups;
  for (const auto& [dataset, content] : board.at("datasets").items())
    for (const auto& [model, sentences] : content.at("warnings").items())
      for (const OrderedJson& sentence : sentences) {
        const auto text = sentence.at("text").get<std::string>();
        const std::string label = model, pattern = without_numbers(text),
                          kind = pattern.substr(0, pattern.find_first_of(",:"));
        auto same = std::find_if(groups.begin(), groups.end(),
                                 [&](const Group& g) { return g.model == label && g.kind == kind; });
        if (same == groups.end()) same = groups.insert(same, {label, kind, text, {}, {}, {}});
        same->patterns.insert(pattern);
        if (!contains(same->datasets, dataset)) same->datasets.push_back(dataset);
        for (const std::uint64_t seed : seeds_in_ranges(sentence.at("seeds").get<std::string>()))
          same->fits.emplace(dataset, seed);
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
