// SPDX-License-Identifier: Apache-2.0
#include "results/leaderboard/control_comparison.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

namespace predcorr {
namespace {

// Predictions may hold their factor in single precision, so that equal variances differ by some 2^-24 for each rounding
// of a sum over the factor's columns. 8 times the spacing of single precision is not a difference.
constexpr double kRounding = 8 * static_cast<double>(std::numeric_limits<float>::epsilon());  // 9.5e-7

/// What rounding is measured against: a variance that is off by a share of r moves a log-likelihood by some r nats, and
/// numbers without a unit (shares, correlations) by some r of 1, however small they are; any other score by r of
/// itself.
double scale_of(double a, double b, const ScoreInfo& info) {
  const bool of_order_1 = info.unit.empty() || info.unit.rfind("nats", 0) == 0;
  return std::max({std::abs(a), std::abs(b), of_order_1 ? 1.0 : 0.0});
}

/// By the interval of the mean difference, which is Student's t test turned round.
ControlVerdict verdict_on(const Summary& difference) {
  if (!difference.interval) return ControlVerdict::undecided;
  return difference.interval->low > 0    ? ControlVerdict::base
         : difference.interval->high < 0 ? ControlVerdict::control
                                         : ControlVerdict::undecided;
}

/// Nothing where no seed has both.
std::optional<ScoreDifference> compared(const Series& base, const Series& control, const ScoreInfo& info,
                                        double overlap) {
  std::vector<double> differences;
  bool identical = true;
  for (const auto& [seed, a] : base.values) {
    const auto found = control.values.find(seed);
    if (found == control.values.end()) continue;
    const double b = found->second;
    differences.push_back(info.direction == Direction::higher ? a - b : b - a);
    identical = identical && std::abs(a - b) <= kRounding * scale_of(a, b, info);
  }
  if (differences.empty()) return std::nullopt;
  const Summary summary = summarise(differences, overlap);
  return ScoreDifference{base.key(), summary, identical ? ControlVerdict::identical : verdict_on(summary)};
}

}  // namespace

const char* to_string(ControlVerdict verdict) {
  return verdict == ControlVerdict::identical ? "identical"
         : verdict == ControlVerdict::base    ? "base"
         : verdict == ControlVerdict::control ? "control"
                                              : "undecided";
}

const ScoreDifference* ControlComparison::find(const ScoreKey& key) const {
  const auto found = std::find_if(scores.begin(), scores.end(), [&](const ScoreDifference& s) { return s.key == key; });
  return found == scores.end() ? nullptr : &*found;
}

std::vector<ControlComparison> compare_controls(const std::map<std::string, std::string>& controls,
                                                const DatasetTables& tables, const ScoreCatalogue& catalogue,
                                                double overlap) {
  std::vector<ControlComparison> all;
  for (const auto& [control, base] : controls) {
    const auto own = tables.find(control), others = tables.find(base);
    if (own == tables.end() || others == tables.end()) continue;
    ControlComparison& comparison = all.emplace_back(ControlComparison{control, base, {}});
    for (const Series& series : others->second.series()) {
      const ScoreInfo* info = catalogue.find(series.key());
      const Series* same = own->second.find(series.key());
      if (info == nullptr || info->direction == Direction::none || same == nullptr) continue;
      if (auto difference = compared(series, *same, *info, overlap)) comparison.scores.push_back(*difference);
    }
  }
  return all;
}

}  // namespace predcorr
