// SPDX-License-Identifier: Apache-2.0
#include "harness/validation/verification.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <set>
#include <tuple>

#include "core/base/interruption.hpp"
#include "harness/runner.hpp"
#include "harness/validation/temporary_run.hpp"
#include "results/store/provenance.hpp"

namespace predcorr {
namespace {

/// What decides the bits of a result; the commit does not: what it moved is what is to be found.
Json bits_of(const Json& made_by) {
  Json bits;
  for (const char* key : {"compiler", "flags", "level", "libraries"}) bits[key] = made_by.value(key, Json());
  return bits;
}

std::vector<std::uint64_t> seeds_of(const BoardValues& board, const Suite& suite) {
  std::set<std::uint64_t> seeds;
  for (const auto& dataset : suite.datasets)
    if (const auto found = board.datasets.find(dataset.label); found != board.datasets.end())
      for (const auto& [model, scores] : found->second.models)
        for (const auto& [key, values] : scores)
          for (const auto& [seed, value] : values) seeds.insert(seed);
  return {seeds.begin(), seeds.end()};
}

/// Scores that a cell gives by itself; all others depend on who else takes part.
std::set<std::string> own_scores(const Suite& suite) {
  std::set<std::string> names;
  for (const auto& metric : suite.metrics)
    for (const ScoreInfo& info : described(*metric.object)) names.insert(info.name);
  return names;
}

class Verifying {
 public:
  /// @param with_others whether the board has rows that others ran, whose predictions are not here
  Verifying(const BoardValues& claimed, const VerificationOptions& options, bool with_others)
      : claimed_(claimed), options_(options), with_others_(with_others) {}

  void run(Suite suite) {
    suite.seeds = seeds_of(claimed_, suite);
    if (suite.seeds.empty()) return;
    const DraftFolder folder = temporary_run("predcorr-verify", "verify");
    Store store = Store::open_for_writing(folder.path(), suite.name);
    const RunSummary summary = run_suite(
        suite, store, {.threads = options_.threads, .quiet = options_.quiet, .only = options_.rows, .keep = Keep::test},
        interruption());
    if (summary.left > 0) result.not_remade.push_back(fmt::format("{} cells: interrupted", summary.left));
    compare(suite, make_leaderboard({store}));
  }

  Verification result;

 private:
  void compare(const Suite& suite, const Leaderboard& remade) {
    for (const FailedCell& failed : remade.gaps.failures)
      if (failed.entry.criterion.empty() && has_value(failed.entry, failed.seed))
        tell(failed.entry.dataset, failed.entry.model, failed.seed, failed.message);
    const BoardValues values = board_values(remade, "remade");
    const std::set<std::string> own = own_scores(suite);
    for (const auto& [dataset, of_dataset] : values.datasets) {
      const auto found = claimed_.datasets.find(dataset);
      if (found == claimed_.datasets.end()) continue;
      for (const auto& [model, scores] : of_dataset.models)
        if (const auto same = found->second.models.find(model); same != found->second.models.end())
          compare_model(dataset, model, same->second, scores, own);
    }
  }

  bool has_value(const PlanEntry& entry, std::uint64_t seed) const {
    const auto dataset = claimed_.datasets.find(entry.dataset);
    if (dataset == claimed_.datasets.end()) return false;
    const auto model = dataset->second.models.find(entry.model);
    if (model == dataset->second.models.end()) return false;
    for (const auto& [key, values] : model->second)
      if (values.count(seed) > 0) return true;
    return false;
  }

  using Scores = std::map<ScoreKey, SeedValues>;

  void compare_model(const std::string& dataset, const std::string& model, const Scores& claimed, const Scores& remade,
                     const std::set<std::string>& own) {
    for (const auto& [key, values] : claimed)
      for (const auto& [seed, value] : values) {
        if (own.count(key.name) == 0 && (with_others_ || !options_.rows.empty())) {
          ++result.of_others;
          continue;
        }
        const auto score = remade.find(key);
        const bool there = score != remade.end() && score->second.count(seed) > 0;
        const double other = there ? score->second.at(seed) : std::nan("");
        if (there && std::bit_cast<std::uint64_t>(value) == std::bit_cast<std::uint64_t>(other))
          ++result.exact;
        else if (there && std::abs(value - other) <= result.tolerance * std::max(std::abs(value), std::abs(other)))
          ++result.close;
        else if (there)
          result.moved.push_back({dataset, model, key, seed, value, other});
        else
          tell(dataset, model, seed, fmt::format("has no {} any more", key.text()));
      }
  }

  /// What could not be run again: once for each cell, by what is known first.
  void tell(const std::string& dataset, const std::string& model, std::uint64_t seed, const std::string& why) {
    if (told_.emplace(dataset, model, seed).second)
      result.not_remade.push_back(fmt::format("{} on {} seed {}: {}", model, dataset, seed, why));
  }

  const BoardValues& claimed_;
  const VerificationOptions& options_;
  bool with_others_;
  std::set<std::tuple<std::string, std::string, std::uint64_t>> told_;
};

}  // namespace

Verification verify_board(const Json& board, const std::string& origin, const VerificationOptions& options,
                          const std::vector<std::filesystem::path>& data_folders) {
  const BoardValues claimed = read_board_values(board, origin);
  const Json& parts = board.at("provenance");
  const auto is_own = [](const Json& part) { return !part.contains("entries"); };  // nobody's code but the board's
  Verifying verifying(claimed, options, !std::ranges::all_of(parts, is_own));
  const Json own = bits_of(provenance());
  verifying.result.same_build = true;
  for (const Json& part : parts)
    verifying.result.same_build = verifying.result.same_build && (!is_own(part) || bits_of(part.at("made_by")) == own);
  verifying.result.tolerance = verifying.result.same_build ? 0 : kOtherBuild;
  for (const Json& part : parts) {
    if (!is_own(part)) continue;
    Suite suite =
        read_suite(part.at("suite"), origin + ": provenance: suite", std::filesystem::path(origin).parent_path());
    suite.active_learning.reset();  // regression cells are what a board has values of
    suite.folders = data_folders;
    verifying.run(std::move(suite));
  }
  return verifying.result;
}

}  // namespace predcorr
