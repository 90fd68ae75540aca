// SPDX-License-Identifier: Apache-2.0
#include "results/statistics/summary.hpp"

#include <cmath>
#include <numeric>

#include "core/base/error.hpp"

namespace predcorr {

std::vector<double> in_order(const SeedValues& values) {
  std::vector<double> list;
  list.reserve(values.size());
  for (const auto& [seed, value] : values) list.push_back(value);
  return list;
}

Summary summarise(const std::vector<double>& values, double overlap) {
  require(!values.empty(), ErrorKind::shape, "summarise: there are no values");
  Summary summary;
  summary.n = static_cast<int>(values.size());
  const double inflation = overlap_inflation(summary.n, overlap);
  summary.mean = std::accumulate(values.begin(), values.end(), 0.0) / summary.n;
  require(std::isfinite(summary.mean), ErrorKind::numerical, "summarise: the mean of {} values is not finite, but {}",
          values.size(), summary.mean);
  summary.median = sample_median(values);
  if (summary.n == 1) return summary;
  const double error = standard_error_of(values, summary.mean, inflation);
  const double half = student_t_critical(summary.n - 1) * error;
  summary.standard_error = error;
  summary.interval = Interval{summary.mean - half, summary.mean + half};
  return summary;
}

OrderedJson number_or_null(const std::optional<double>& value) { return value ? OrderedJson(*value) : OrderedJson(); }

OrderedJson interval_or_null(const std::optional<Interval>& interval) {
  return interval ? OrderedJson({interval->low, interval->high}) : OrderedJson();
}

OrderedJson to_ordered_json(const Summary& s) {
  return {{"mean", s.mean},
          {"median", s.median},
          {"stderr", number_or_null(s.standard_error)},
          {"interval", interval_or_null(s.interval)},
          {"n", s.n}};
}

}  // namespace predcorr
