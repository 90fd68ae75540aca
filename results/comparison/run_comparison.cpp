// SPDX-License-Identifier: Apache-2.0
#include "results/comparison/run_comparison.hpp"

#include <cmath>

#include "core/base/error.hpp"
#include "results/statistics/multiple_tests.hpp"
#include "results/statistics/paired_comparison.hpp"
#include "results/statistics/summary.hpp"

namespace predcorr {
namespace {

/// Numbers of different machines or builds agree to some digits only.
bool same_value(double a, double b) { return std::abs(a - b) <= 1e-9 * std::max(std::abs(a), std::abs(b)); }

void compare_pairs(const std::vector<double>& before, const std::vector<double>& after, double overlap,
                   ScoreChange& change) {
  change.paired = true;
  change.before = change.after = static_cast<int>(before.size());
  change.mean_before = summarise(before).mean;
  change.mean_after = summarise(after).mean;
  bool same = true;
  for (std::size_t i = 0; i < before.size(); ++i) same = same && same_value(before[i], after[i]);
  if (same) {
    change.change = Change::same;
    return;
  }
  const PairedComparison pairs = compare_paired(after, before, overlap);
  change.interval = pairs.interval;
  change.p = pairs.decisive_p();
}

/// Welch 1947: t = (m_b - m_a) / sqrt(v_a + v_b), v the squared standard errors; degrees of freedom by Satterthwaite,
/// (v_a + v_b)^2 / (v_a^2 / (n_a - 1) + v_b^2 / (n_b - 1)).
void compare_means(const SeedValues& before, const SeedValues& after, double overlap, ScoreChange& change) {
  const Summary a = summarise(in_order(before), overlap), b = summarise(in_order(after), overlap);
  change.before = a.n;
  change.after = b.n;
  change.mean_before = a.mean;
  change.mean_after = b.mean;
  if (!a.standard_error || !b.standard_error) return;
  const double error = std::hypot(*a.standard_error, *b.standard_error);
  if (!(error > 0) || !std::isfinite(error)) return;
  const double of_a = *a.standard_error / error, of_b = *b.standard_error / error;
  const double freedom =
      std::max(1.0, 1 / (std::pow(of_a, 4) / (a.n - 1) + std::pow(of_b, 4) / (b.n - 1)));  // below 1 by rounding alone
  const double half = student_t_critical(freedom) * error;
  change.interval = Interval{change.difference() - half, change.difference() + half};
  change.p = student_t_p(change.difference() / error, freedom);
}

ScoreChange compare_values(const SeedValues& before, const SeedValues& after, double overlap) {
  ScoreChange change;
  std::vector<double> common_before, common_after;
  for (const auto& [seed, value] : before)
    if (const auto found = after.find(seed); found != after.end()) {
      common_before.push_back(value);
      common_after.push_back(found->second);
    }
  if (common_before.empty())
    compare_means(before, after, overlap, change);
  else
    compare_pairs(common_before, common_after, overlap, change);
  return change;
}

void adjust(RunComparison& comparison, const BoardValues& after) {
  std::vector<std::optional<double>> p;
  for (const ScoreChange& change : comparison.changes) {
    p.push_back(change.p);
    if (change.p) ++comparison.tests;
  }
  const std::vector<std::optional<double>> adjusted = holm(p);
  for (std::size_t i = 0; i < adjusted.size(); ++i) {
    ScoreChange& change = comparison.changes[i];
    change.adjusted_p = adjusted[i];
    if (!adjusted[i]) continue;
    const bool up = change.difference() > 0, higher_is_better = after.direction(change.key) == Direction::higher;
    change.change = *adjusted[i] > kAlpha ? Change::undecided : up == higher_is_better ? Change::better : Change::worse;
  }
}

void compare_datasets(const std::string& label, const DatasetValues& a, const DatasetValues& b,
                      const BoardValues& after, RunComparison& comparison) {
  for (const auto& [model, scores] : a.models) {
    const auto found = b.models.find(model);
    if (found == b.models.end()) {
      comparison.models_gone.push_back(model + " on " + label);
      continue;
    }
    for (const auto& [key, values] : scores) {
      const auto same = found->second.find(key);
      if (same == found->second.end() || values.empty() || same->second.empty()) continue;
      if (after.direction(key) == Direction::none) continue;
      ScoreChange change = compare_values(values, same->second, std::max(a.overlap, b.overlap));
      change.dataset = label;
      change.model = model;
      change.key = key;
      comparison.changes.push_back(std::move(change));
    }
  }
  for (const auto& [model, scores] : b.models)
    if (a.models.count(model) == 0) comparison.models_new.push_back(model + " on " + label);
}

}  // namespace

const char* to_string(Change change) {
  switch (change) {
    case Change::same: return "same";
    case Change::better: return "better";
    case Change::worse: return "worse";
    case Change::undecided: return "undecided";
    case Change::untested: return "untested";
  }
  return "";
}

RunComparison compare_runs(const BoardValues& before, const BoardValues& after) {
  RunComparison comparison;
  comparison.before = before.name;
  comparison.after = after.name;
  for (const auto& [label, dataset] : before.datasets) {
    const auto found = after.datasets.find(label);
    if (found == after.datasets.end())
      comparison.datasets_gone.push_back(label);
    else
      compare_datasets(label, dataset, found->second, after, comparison);
  }
  for (const auto& [label, dataset] : after.datasets)
    if (before.datasets.count(label) == 0) comparison.datasets_new.push_back(label);
  adjust(comparison, after);
  return comparison;
}

std::vector<Gate> read_gate(const std::string& text, double tolerance) {
  const auto blank = text.rfind(' ');
  const std::string change = blank == std::string::npos ? "" : text.substr(blank + 1);
  require(blank != std::string::npos && blank > 0 && (change == "worse" || change == "better" || change == "changed"),
          ErrorKind::config,
          "--gate: must be SCORE worse, SCORE better or SCORE changed, such as 'xllr worse', got '{}'", text);
  require(std::isfinite(tolerance) && tolerance >= 0, ErrorKind::config, "--tolerance: must not be negative");
  const ScoreKey key = ScoreKey::parse(text.substr(0, blank));
  std::vector<Gate> gates;
  if (change != "better") gates.push_back({key, Change::worse, tolerance});
  if (change != "worse") gates.push_back({key, Change::better, tolerance});
  return gates;
}

std::vector<const ScoreChange*> refused(const RunComparison& comparison, const std::vector<Gate>& gates) {
  std::vector<const ScoreChange*> all;
  for (const ScoreChange& change : comparison.changes)
    for (const Gate& gate : gates)
      if (change.key == gate.key && change.change == gate.change && std::abs(change.difference()) > gate.tolerance)
        all.push_back(&change);
  return all;
}

}  // namespace predcorr
