// SPDX-License-Identifier: Apache-2.0
#include "metrics/points/point_groups.hpp"

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

Vector squared_distances(const Matrix& inputs, Index from) {
  return (inputs.rowwise() - inputs.row(from)).rowwise().squaredNorm();
}

/// By the distance from an anchor, which comes before its duplicates; then the lower row.
struct Nearer {
  const Vector& distance;
  Index anchor;
  bool operator()(Index i, Index j) const {
    if (distance(i) != distance(j)) return distance(i) < distance(j);
    return (i == anchor) != (j == anchor) ? i == anchor : i < j;
  }
};

/// Fills `group` up to `size` with the points nearest to `anchor` that are not in it.
void take_nearest(const Matrix& inputs, Index anchor, Index size, Rows& group) {
  const Vector distance = squared_distances(inputs, anchor);
  Rows order;
  for (Index i = 0; i < inputs.rows(); ++i)
    if (std::find(group.begin(), group.end(), i) == group.end()) order.push_back(i);
  const Index wanted = size - std::ssize(group);
  std::partial_sort(order.begin(), order.begin() + wanted, order.end(), Nearer{distance, anchor});
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

std::vector<Rows> neighbour_groups(const Matrix& inputs, Index size, Index most) {
  std::vector<Rows> groups;
  const Index n = inputs.rows();
  Rows left = consecutive_rows(0, n);
  std::vector<bool> taken(static_cast<std::size_t>(n));
  for (const Index anchor : group_stream("neighbours", size).permutation(n)) {
    if (std::ssize(groups) >= most || std::ssize(left) < size) break;
    if (taken[static_cast<std::size_t>(anchor)]) continue;
    const Vector distance = squared_distances(inputs, anchor);
    std::partial_sort(left.begin(), left.begin() + size, left.end(), Nearer{distance, anchor});
    groups.emplace_back(left.begin(), left.begin() + size);
    left.erase(left.begin(), left.begin() + size);
    for (const Index row : groups.back()) taken[static_cast<std::size_t>(row)] = true;
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
