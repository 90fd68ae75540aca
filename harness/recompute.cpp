// SPDX-License-Identifier: Apache-2.0
#include "harness/recompute.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <mutex>
#include <tuple>

#include "core/base/parallel.hpp"
#include "harness/cell.hpp"
#include "harness/output.hpp"

namespace predcorr {
namespace {

bool agree(double a, double b) { return std::abs(a - b) <= 1e-6 * std::max(std::abs(a), std::abs(b)) + 1e-9; }

std::string in_words(const std::optional<double>& value) { return value ? fmt::format("{:.6g}", *value) : "absent"; }

/// The first expectation that is not what it should be, or nothing. Means and deviations may be off by rounding; of the
/// draws one or two may lie on the other side of the score for it.
std::string difference_of_expectations(const Record& claimed, const Record& recomputed) {
  std::map<ScoreKey, ScoreExpectation> right;
  for (const ScoreExpectation& e : recomputed.expectations) right[e.key] = e;
  for (const ScoreExpectation& e : claimed.expectations) {
    const auto found = right.find(e.key);
    if (found == right.end()) return fmt::format("'{}' can have no expectation", e.key.text());
    const ScoreExpectation& r = found->second;
    constexpr double kDigits = 1e-6;
    const bool fits = e.draws == r.draws && std::abs(e.mean - r.mean) <= kDigits * (std::abs(r.mean) + r.sd) + 1e-9 &&
                      agree(e.sd, r.sd) && std::abs(e.tail - r.tail) * static_cast<double>(1 + e.draws) < 4.5;
    if (!fits)
      return fmt::format(
          "its {} should be {:.6g} +- {:.6g} with tail {:.4g} of {} draws; it says {:.6g} +- {:.6g}, "
          "{:.4g} of {}",
          e.key.text(), r.mean, r.sd, r.tail, r.draws, e.mean, e.sd, e.tail, e.draws);
  }
  return "";
}

class Recomputing {
 public:
  Recomputing(const Store& store, const std::vector<std::filesystem::path>& data_folders)
      : store_(store), run_(store.run()) {
    try {
      Json source = run_.suite;
      source["metrics"] = {"rmse"};  // each record names its own
      suite_ = suite_for_scores(source, (store.folder() / "run.json").string());
      suite_->folders = folders_of_run(run_, data_folders);
      problems_.emplace(*suite_);
    } catch (const Error& e) {  // a data set of a plug-in that is not loaded, say
      no_suite_ = e.what();
    }
    for (const auto& [entry, cells] : run_.plan) datasets_[entry.configuration] = entry.dataset;
  }

  Recomputation run() {
    std::vector<Claim> claims;
    store_.for_each([&](const std::string& id, const FiledCell& cell) {
      if (!cell.record || cell.record->failed) return;
      const auto label = datasets_.find(configuration_id(cell.record->identity));
      if (label != datasets_.end()) claims.push_back({label->second, cell.record->seed(), id});
    });
    // Those of one problem side by side, as Problems likes them.
    std::stable_sort(claims.begin(), claims.end(), [](const Claim& a, const Claim& b) {
      return std::tie(a.dataset, a.seed) < std::tie(b.dataset, b.seed);
    });
    parallel_for(static_cast<Index>(claims.size()), [&](Index i) { judge(claims[static_cast<std::size_t>(i)]); });
    return std::move(result_);
  }

 private:
  /// A record whose scores a board shows. Read when its turn comes: all at once would not fit into memory.
  struct Claim {
    std::string dataset;  ///< its label
    std::uint64_t seed;
    std::string id;
  };

  void judge(const Claim& claim) {
    const FiledCell cell = store_.look_up(claim.id);
    std::string reason, unknown = cell.damage;  // damaged since it was found
    const bool has_prediction = cell.record && cell.record->prediction;
    try {
      if (has_prediction) reason = compare(*cell.record, claim.dataset);
    } catch (const Error& e) {
      unknown = e.what();
    } catch (const Json::exception& e) {
      unknown = e.what();
    }
    const std::lock_guard lock(mutex_);
    if (!unknown.empty())
      result_.unknown[claim.id] = unknown;
    else if (!has_prediction)
      ++result_.without;
    else if (!reason.empty())
      result_.differ[claim.id] = fmt::format("{}: {}", (store_.cells() / (claim.id + ".json")).string(), reason);
    else
      ++result_.agree;
  }

  std::string compare(const Record& record, const std::string& label) {
    require(suite_.has_value(), ErrorKind::config, "{}", no_suite_);
    Suite suite = *suite_;
    suite.metrics.clear();
    for (const auto& [name, used] : record.metrics.items()) {
      Json parameters = used;
      parameters.erase(kRevisionsKey);
      suite.metrics.push_back(Registry<Metric>::instance().make({.name = name, .parameters = parameters}, name));
    }
    const auto source = std::find_if(suite.datasets.begin(), suite.datasets.end(),
                                     [&](const auto& dataset) { return dataset.label == label; });
    require(source != suite.datasets.end(), ErrorKind::data, "the suite has no data set '{}'", label);
    Cell cell;
    cell.entry.dataset = label;
    cell.entry.model = record.identity.at("model").at("name").get<std::string>();
    cell.seed = record.seed();
    cell.dataset = &*source;
    cell.identity = record.identity;
    suite.expectation.draws = 0;  // as many as the record has, which may be of another time than run.json
    for (const ScoreExpectation& e : record.expectations)
      suite.expectation.draws = std::max(suite.expectation.draws, static_cast<int>(e.draws));
    Record anew;
    rescore(suite, cell, *problems_, store_.prediction_of(record), anew);
    const std::string score = score_difference(record, anew, record.prediction->kept == Keep::all);
    return score.empty() ? difference_of_expectations(record, anew) : score;
  }

  const Store& store_;
  const Run run_;
  std::optional<Suite> suite_;
  std::optional<Problems> problems_;
  std::string no_suite_;
  std::map<std::string, std::string> datasets_;  // labels by configuration
  std::mutex mutex_;
  Recomputation result_;
};

}  // namespace

std::string score_difference(const Record& claimed, const Record& recomputed, bool whole) {
  std::map<ScoreKey, std::optional<double>> right;
  for (const Score& score : recomputed.scores) right[score.key()] = score.value;
  for (const Score& score : claimed.scores) {
    const auto found = right.find(score.key());
    if (found == right.end()) return fmt::format("score '{}' is of none of its metrics", score.key().text());
    const std::optional<double>& value = found->second;
    if (!whole && !value) continue;  // a plug-in's score may have looked at what is not kept
    if (value.has_value() != score.value.has_value() || (value && !agree(*value, *score.value)))
      return fmt::format("its {} is {}, its prediction gives {}", score.key().text(), in_words(score.value),
                         in_words(value));
  }
  return "";
}

Suite suite_for_scores(const Json& source, const std::string& origin, const std::filesystem::path& folder) {
  Json kept = {{"models", {"constant"}}};
  for (const char* key : {"name", "protocol", "datasets", "seeds", "metrics", "expectation"})
    if (source.contains(key)) kept[key] = source.at(key);
  return read_suite(kept, origin, folder);
}

Recomputation recompute_scores(const Store& store, const std::vector<std::filesystem::path>& data_folders) {
  return Recomputing(store, data_folders).run();
}

void distrust_forged(std::vector<Store>& stores, const std::vector<std::filesystem::path>& data_folders) {
  for (Store& store : stores) {
    note("{}: recomputing scores from predictions (--no-recompute believes the records)\n", store.folder().string());
    Recomputation found = recompute_scores(store, data_folders);
    note("  {} records agree, {} differ, {} keep no prediction, {} could not be recomputed\n", found.agree,
         found.differ.size(), found.without, found.unknown.size());
    for (const auto& [id, reason] : found.differ) note("  not counted: {}\n", reason);
    if (!found.unknown.empty()) note("  believed as it is: {}\n", found.unknown.begin()->second);
    store.distrust(std::move(found.differ));
  }
}

}  // namespace predcorr
