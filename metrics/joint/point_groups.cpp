// SPDX-License-Identifier: Apache-2.0
#include "metrics/joint/point_groups.hpp"

#include <algorithm>

#include "core/base/stream.hpp"

namespace predcorr::metrics {
namespace {

/// Of the groups of this kind and size.
Stream group_stream(const char* kind, Index size) {
  return Stream(0).fork("groups of test points").fork(kind, static_cast<std::uint64_t>(size));
}

/// Two different points.
std::pair<Index, Index> draw_anchors(Stream& stream, Index n) {
  const Index a = stream.index(n), other = stream.index(n - 1);
  return {a, other < a ? other : other + 1};
}

/// Fills `group` up to `size` with the points nearest to `anchor` that are not in it.
void take_nearest(const Matrix& inputs, Index anchor, Index size, Rows& group) {
  const Vector distance = (inputs.rowwise() - inputs.row(anchor)).rowwise().squaredNorm();
  Rows order;
  for (Index i = 0; i < inputs.rows(); ++i)
    if (std::find(group.begin(), group.end(), i) == group.end()) order.push_back(i);
  const Index wanted = size - std::ssize(group);
  // The anchor comes before its duplicates.
  const auto nearer = [&](Index i, Index j) {
    if (distance(i) != distance(j)) return distance(i) < distance(j);
    return (i == anchor) != (j == anchor) ? i == anchor : i < j;
  };
  std::partial_sort(order.begin(), order.begin() + wanted, order.end(), nearer);
  group.insert(group.end(), order.begin(), order.begin() + wanted);
}

}  // namespace

std::vector<Rows> random_groups(Index n, Index size, Index fewest) {
  std::vector<Rows> groups;
  if (size > n) return groups;
  Stream stream = group_stream("random", size);
  do {
    const Rows order = stream.permutation(n);
    for (auto first = order.begin(); order.end() - first >= size; first += size)
      groups.emplace_back(first, first + size);
  } while (std::ssize(groups) < fewest);
  return groups;
}

std::vector<Rows> dyadic_groups(const Matrix& inputs, Index size, Index count) {
  std::vector<Rows> groups;
  const Index n = inputs.rows();
  if (size > n || n < 2) return groups;
  Stream stream = group_stream("dyadic", size);
  while (std::ssize(groups) < count) {
    const auto [a, b] = draw_anchors(stream, n);
    Rows group;
    take_nearest(inputs, a, (size + 1) / 2, group);
    take_nearest(inputs, b, size, group);
    groups.push_back(std::move(group));
  }
  return groups;
}

std::vector<Rows> dyadic_draws(Index n, Index size, Index count) {
  std::vector<Rows> groups;
  if (n < 2) return groups;
  Stream stream = group_stream("dyadic draws", size);
  while (std::ssize(groups) < count) {
    const auto [a, b] = draw_anchors(stream, n);
    Rows group(static_cast<std::size_t>(size));
    for (Index& row : group) row = stream.index(2) == 0 ? a : b;
    groups.push_back(std::move(group));
  }
  return groups;
}

std::vector<Rows> at_places(std::vector<Rows> groups, const Rows& points) {
  for (Rows& group : groups)
    for (Index& row : group) row = points[static_cast<std::size_t>(row)];
  return groups;
}

JointPrediction observations_at(const JointPrediction& p, const Rows& rows) {
  return {p.mean(rows), Covariance::dense(p.latent.block(rows, rows)), p.noise_variance(rows)};
}

}  // namespace predcorr::metrics
