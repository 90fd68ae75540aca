// SPDX-License-Identifier: Apache-2.0
#include "results/control_comparison.hpp"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

namespace predcorr {
namespace {

constexpr double kRounding = 1e-9;  // of the larger value: less is not a difference

std::string verdict_on(const Summary& difference) {
  if (!difference.standard_error) return "undecided";
  const boost::math::students_t distribution(difference.n - 1);
  if (std::abs(difference.mean) <= boost::math::quantile(distribution, 0.975) * *difference.standard_error)
    return "undecided";
  return difference.mean > 0 ? "base" : "control";
}

/// Null where no seed has both.
OrderedJson compared(const Series& base, const Series& control, Direction better) {
  std::vector<double> differences;
  bool identical = true;
  for (const auto& [seed, a] : base.values) {
    const auto found = control.values.find(seed);
    if (found == control.values.end()) continue;
    const double b = found->second;
    differences.push_back(better == Direction::higher ? a - b : b - a);
    identical = identical && std::abs(a - b) <= kRounding * std::max(std::abs(a), std::abs(b));
  }
  if (differences.empty()) return nullptr;
  const Summary summary = summarise(differences);
  OrderedJson json = to_ordered_json(summary);
  json["verdict"] = identical ? "identical" : verdict_on(summary);
  return json;
}

}  // namespace

OrderedJson compare_controls(const std::map<std::string, std::string>& controls,
                             const std::map<std::string, ScoreTable>& tables,
                             const std::map<std::string, ScoreInfo>& infos) {
  OrderedJson all = OrderedJson::object();
  for (const auto& [control, base] : controls) {
    const auto own = tables.find(control), others = tables.find(base);
    if (own == tables.end() || others == tables.end()) continue;
    OrderedJson scores = OrderedJson::object();
    for (const Series& series : others->second.series()) {
      const auto info = infos.find(series.key());
      const Series* same = own->second.find(series.key());
      if (info == infos.end() || info->second.direction == Direction::none || same == nullptr) continue;
      OrderedJson comparison = compared(series, *same, info->second.direction);
      if (!comparison.is_null()) scores[series.key()] = std::move(comparison);
    }
    all[control] = {{"base", base}, {"scores", std::move(scores)}};
  }
  return all;
}

}  // namespace predcorr
