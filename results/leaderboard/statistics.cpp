// SPDX-License-Identifier: Apache-2.0
#include "results/leaderboard/statistics.hpp"

#include <cmath>
#include <numeric>

#include "core/base/error.hpp"

namespace predcorr {

Summary summarise(const std::vector<double>& values) {
  require(!values.empty(), ErrorKind::shape, "summarise: there are no values");
  const double n = static_cast<double>(values.size());
  Summary summary{std::accumulate(values.begin(), values.end(), 0.0) / n, std::nullopt,
                  static_cast<int>(values.size())};
  if (values.size() > 1) {
    double squares = 0;
    for (const double v : values) squares += (v - summary.mean) * (v - summary.mean);
    summary.standard_error = std::sqrt(squares / (n - 1) / n);
  }
  return summary;
}

OrderedJson to_ordered_json(const Summary& s) {
  return {{"mean", s.mean}, {"stderr", s.standard_error ? OrderedJson(*s.standard_error) : OrderedJson()}, {"n", s.n}};
}

}  // namespace predcorr
