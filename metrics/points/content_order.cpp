// SPDX-License-Identifier: Apache-2.0
#include "metrics/points/content_order.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "core/base/hash.hpp"

namespace predcorr::metrics {
namespace {

/// The `count`-th number of SplitMix64 started at 0; other counts have other numbers.
std::uint64_t split_mix(std::uint64_t count) { return mix_bits((count + 1) * kCounterStep); }

}  // namespace

ContentOrder content_order(const std::vector<Vector>& keys) {
  ContentOrder order;
  if (keys.empty()) return order;
  const Index n = keys.front().size();
  for (const Vector& key : keys)
    require(key.size() == n, ErrorKind::shape, "order of points: keys of {} and {} points", n, key.size());
  const auto compare = [&](Index a, Index b) {
    for (const Vector& key : keys)
      if (key(a) != key(b)) return key(a) < key(b) ? -1 : 1;
    return 0;
  };
  order.points = consecutive_rows(0, n);
  std::stable_sort(order.points.begin(), order.points.end(), [&](Index a, Index b) { return compare(a, b) < 0; });
  order.ranks.resize(order.points.size());
  for (std::size_t rank = 0; rank < order.points.size(); ++rank) {
    order.ranks[static_cast<std::size_t>(order.points[rank])] = static_cast<Index>(rank);
    if (rank > 0 && compare(order.points[rank - 1], order.points[rank]) == 0) order.distinct = false;
  }
  return order;
}

ContentOrder test_order(const EvaluationData& evaluation, const JointPrediction& prediction) {
  const Index n = evaluation.n_test();
  const bool by_others = evaluation.dealt_by.size() > 0;
  require(!by_others || evaluation.dealt_by.size() == n, ErrorKind::shape,
          "score: points are dealt by {} targets, there are {}", evaluation.dealt_by.size(), n);
  std::vector<Vector> keys = {by_others ? evaluation.dealt_by : evaluation.test_targets()};
  if (evaluation.inputs.rows() == evaluation.y.size())
    for (Index c = 0; c < evaluation.inputs.cols(); ++c) keys.emplace_back(evaluation.inputs.col(c).tail(n));
  const auto add = [&](const JointPrediction& p) {
    keys.emplace_back(p.mean.tail(n));
    keys.emplace_back(p.observed_variance().tail(n));
  };
  if (evaluation.oracle) add(*evaluation.oracle);
  add(prediction);
  return content_order(keys);
}

Rows shuffled(const ContentOrder& order) {
  std::vector<std::pair<std::uint64_t, Index>> drawn;
  for (std::size_t rank = 0; rank < order.points.size(); ++rank)
    drawn.emplace_back(split_mix(rank), order.points[rank]);
  std::sort(drawn.begin(), drawn.end());
  Rows points;
  for (const auto& [number, point] : drawn) points.push_back(point);
  return points;
}

}  // namespace predcorr::metrics
