// SPDX-License-Identifier: Apache-2.0
#include "metrics/marginal/residuals.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "core/base/parallel.hpp"
#include "metrics/scale.hpp"

namespace predcorr::metrics {

Vector Marginals::standardised_residuals() const {
  require((sigma.array() > 0).all(), ErrorKind::numerical, "a predicted variance of y is 0");
  Vector r = (y - mean).cwiseQuotient(sigma);
  require(r.allFinite(), ErrorKind::numerical, "a residual is too large beside its predicted standard deviation");
  return r;
}

Marginals test_marginals(const EvaluationData& evaluation, const JointPrediction& prediction) {
  const JointPrediction p = test_part(evaluation, prediction);
  return {evaluation.test_targets(), p.mean, held_variance(p).cwiseSqrt()};
}

Matrix draws_of_marginals(const EvaluationData& evaluation, const JointPrediction& prediction, const Matrix& targets,
                          Index scores,
                          const std::function<std::vector<std::optional<double>>(const Marginals&)>& values) {
  const Marginals given = test_marginals(evaluation, prediction);
  Matrix all = Matrix::Constant(scores, targets.cols(), std::numeric_limits<double>::quiet_NaN());
  constexpr Index kAtOnce = 32;
  parallel_for((targets.cols() + kAtOnce - 1) / kAtOnce, [&](Index part) {
    Marginals marginals = given;
    for (Index draw = part * kAtOnce; draw < std::min(targets.cols(), (part + 1) * kAtOnce); ++draw) {
      marginals.y = targets.col(draw);
      try {
        const std::vector<std::optional<double>> own = values(marginals);
        for (Index k = 0; k < scores; ++k)
          if (const auto& value = own[static_cast<std::size_t>(k)]) all(k, draw) = *value;
      } catch (const Error&) {  // as absent as it would be for that y
      }
    }
  });
  return all;
}

double marginal_draw_cost(const EvaluationData& evaluation) { return 300 * static_cast<double>(evaluation.n_test()); }

double normal_density(double x) { return std::exp(-0.5 * x * x) / std::sqrt(2 * std::numbers::pi); }

double normal_cdf(double x) { return 0.5 * std::erfc(-x / std::numbers::sqrt2); }

Vector sorted(Vector values) {
  std::sort(values.begin(), values.end());
  return values;
}

Vector sorted_levels(const Vector& levels) {
  const Index n = levels.size();
  const auto bucket = [n](double level) {
    return static_cast<std::size_t>(std::clamp<Index>(static_cast<Index>(level * static_cast<double>(n)), 0, n - 1));
  };
  std::vector<Index> begin(static_cast<std::size_t>(n) + 1, 0);
  for (const double level : levels) ++begin[bucket(level) + 1];
  for (std::size_t b = 1; b < begin.size(); ++b) begin[b] += begin[b - 1];
  Vector ordered(n);
  const std::vector<Index> end(begin.begin() + 1, begin.end());
  for (const double level : levels) ordered(begin[bucket(level)]++) = level;
  Index first = 0;
  for (const Index last : end) {
    if (last - first > 1) std::sort(ordered.data() + first, ordered.data() + last);
    first = last;
  }
  return ordered;
}

Histogram::Histogram(const Vector& values, double low, double high, Index bins)
    : edges(Vector::LinSpaced(bins + 1, low, high)), counts(Vector::Zero(bins)) {
  for (const double value : values) {
    if (value < edges(0) || value > edges(bins)) continue;
    const auto above = std::upper_bound(edges.begin(), edges.end(), value);
    counts(std::min<Index>(above - edges.begin() - 1, bins - 1)) += 1;
  }
}

Vector Histogram::density(Index total) const {
  const Index bins = counts.size();
  return counts.cwiseQuotient(edges.tail(bins) - edges.head(bins)) / static_cast<double>(total);
}

Json to_json_list(const Vector& values) {
  Json list = Json::array();
  for (const double value : values) list.push_back(value);
  return list;
}

}  // namespace predcorr::metrics
