// SPDX-License-Identifier: Apache-2.0
#include "metrics/ranks.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/parallel.hpp"
#include "core/linalg/huge_pages.hpp"
#include "metrics/scale.hpp"

namespace predcorr::metrics {
namespace {

constexpr Index kFew = 1 << 15;      // up to here one sort is as fast
constexpr Index kChunks = 16;        // of the values, counted and dealt side by side
constexpr Index kCells = 1 << 16;    // of equal width, between the smallest and the largest value
constexpr Index kBuckets = 1 << 11;  // of neighbouring cells, about equally full

/// A value as an unsigned number of the same order, and where it stands.
struct Item {
  std::uint64_t key;
  std::uint32_t place;
};

std::uint64_t ordered_bits(double value) {
  const auto bits = std::bit_cast<std::uint64_t>(value + 0.0);  // -0 becomes 0
  return (bits >> 63) != 0 ? ~bits : bits | (std::uint64_t{1} << 63);
}

double value_of(std::uint64_t key) {
  return std::bit_cast<double>((key >> 63) != 0 ? key ^ (std::uint64_t{1} << 63) : ~key);
}

bool less(const Item& a, const Item& b) { return a.key < b.key; }

/// Sorts by the 24 highest bits in which the keys differ, in passes of 8, then puts right what differs only below.
/// Where that is much, all is sorted by comparison.  @param spare room for as many
void sort_items(Item* items, Item* spare, std::size_t count) {
  constexpr std::size_t kTiny = 48;
  if (count <= kTiny) {
    std::sort(items, items + count, less);
    return;
  }
  std::uint64_t differing = 0;
  for (std::size_t i = 1; i < count; ++i) differing |= items[i].key ^ items[0].key;
  if (differing == 0) return;
  const int bits = 64 - std::countl_zero(differing);
  Item *from = items, *to = spare;
  for (int shift = std::max(bits - 24, 0); shift < bits; shift += 8) {
    std::array<std::uint32_t, 256> starts{};
    for (std::size_t i = 0; i < count; ++i) ++starts[(from[i].key >> shift) & 255];
    std::uint32_t total = 0;
    for (std::uint32_t& start : starts) total += std::exchange(start, total);
    for (std::size_t i = 0; i < count; ++i) to[starts[(from[i].key >> shift) & 255]++] = from[i];
    std::swap(from, to);
  }
  if (from != items) std::copy_n(from, count, items);
  std::size_t moves = 0;
  for (std::size_t i = 1; i < count; ++i) {
    const Item item = items[i];
    std::size_t at = i;
    for (; at > 0 && item.key < items[at - 1].key; --at) items[at] = items[at - 1];
    items[at] = item;
    moves += i - at;
    if (moves > 4 * count) {
      std::sort(items, items + count, less);
      return;
    }
  }
}

/// Ranks of sorted items whose first has rank `first` + 1, and begins a group of equal ones.
void write_ranks(const Item* items, std::size_t count, std::size_t first, Ties ties, Vector& ranks) {
  for (std::size_t i = 0; i < count;) {
    const double smallest = value_of(items[i].key);
    std::size_t last = i + 1;
    while (last < count && !ties.apart(smallest, value_of(items[last].key))) ++last;
    const double rank = static_cast<double>(first) + 0.5 * static_cast<double>(i + 1 + last);
    for (; i < last; ++i) ranks(items[i].place) = rank;
  }
}

/// Whether item `i` of sorted ones begins a group wherever that before it began: it is apart even from its neighbour.
bool begins_group(const Item* items, std::size_t i, Ties ties) {
  return ties.apart(value_of(items[i - 1].key), value_of(items[i].key));
}

Vector ranks_of_many(const Eigen::Ref<const Vector>& values, double low, double high, Ties ties) {
  const Index n = values.size(), chunk = (n + kChunks - 1) / kChunks;
  const double scale = static_cast<double>(kCells - 1) / (high - low);
  const auto cell = [&](double value) { return static_cast<std::size_t>((value - low) * scale); };
  using Counts = std::vector<std::uint32_t>;
  std::vector<Counts> counts(kChunks, Counts(kCells));
  const auto range = [&](Index c) { return std::pair{std::min(c * chunk, n), std::min((c + 1) * chunk, n)}; };
  parallel_for(kChunks, [&](Index c) {
    Counts& own = counts[static_cast<std::size_t>(c)];
    for (auto [i, end] = range(c); i < end; ++i) ++own[cell(values(i))];
  });

  // Cells become buckets; where each chunk's part of each bucket begins.
  std::vector<std::uint16_t> bucket_of(kCells);
  std::vector<std::size_t> starts = {0};
  std::vector<std::array<std::size_t, kChunks>> next(1);
  const auto full = static_cast<std::size_t>(n / (kBuckets - 1) + 1);
  std::size_t held = 0;
  for (std::size_t k = 0; k < kCells; ++k) {
    bucket_of[k] = static_cast<std::uint16_t>(next.size() - 1);
    for (std::size_t c = 0; c < kChunks; ++c) {
      next.back()[c] += counts[c][k];
      held += counts[c][k];
    }
    if (held >= full && k + 1 < kCells) {
      starts.push_back(starts.back() + held);
      next.emplace_back();
      held = 0;
    }
  }
  starts.push_back(static_cast<std::size_t>(n));
  for (std::size_t b = 0; b < next.size(); ++b) {
    std::size_t total = starts[b];
    for (std::size_t& start : next[b]) total += std::exchange(start, total);
  }

  const auto items = std::make_unique_for_overwrite<Item[]>(static_cast<std::size_t>(n));
  static_assert(sizeof(Item) == 2 * sizeof(double));  // so that they can be told of as a matrix
  prefer_huge_pages(Eigen::Map<const Matrix>(reinterpret_cast<const double*>(items.get()), 2, n));
  parallel_for(kChunks, [&](Index c) {
    std::vector<std::size_t> own(next.size());
    for (std::size_t b = 0; b < own.size(); ++b) own[b] = next[b][static_cast<std::size_t>(c)];
    for (auto [i, end] = range(c); i < end; ++i)
      items[own[bucket_of[cell(values(i))]]++] = {ordered_bits(values(i)), static_cast<std::uint32_t>(i)};
  });
  // A bucket's ranks are written while it is in cache, but for the groups at its two ends, which may go on in the
  // buckets beside it: those follow once all are sorted.
  Vector ranks(n);
  prefer_huge_pages(ranks);
  const Index buckets = std::ssize(next);
  std::vector<std::size_t> written_from(starts.begin(), starts.end() - 1), written_to = written_from;
  constexpr Index kTogether = 16;
  parallel_for((buckets + kTogether - 1) / kTogether, [&](Index group) {
    std::vector<Item> spare;
    for (Index b = group * kTogether; b < std::min(buckets, (group + 1) * kTogether); ++b) {
      const std::size_t first = starts[static_cast<std::size_t>(b)], end = starts[static_cast<std::size_t>(b) + 1];
      if (spare.size() < end - first) spare.resize(end - first);
      sort_items(&items[first], spare.data(), end - first);
      std::size_t from = first + 1, to = end;
      while (from < end && !begins_group(items.get(), from, ties)) ++from;
      if (from >= end) continue;
      do --to;
      while (!begins_group(items.get(), to, ties));
      write_ranks(&items[from], to - from, from, ties, ranks);
      written_from[static_cast<std::size_t>(b)] = from;
      written_to[static_cast<std::size_t>(b)] = to;
    }
  });
  std::size_t left = 0;  // where ranks are missing
  for (std::size_t b = 0; b < written_from.size(); ++b) {
    if (written_from[b] == written_to[b] && written_from[b] == starts[b]) continue;
    write_ranks(&items[left], written_from[b] - left, left, ties, ranks);
    left = written_to[b];
  }
  write_ranks(&items[left], static_cast<std::size_t>(n) - left, left, ties, ranks);
  return ranks;
}

/// Near 1, so that squares neither overflow nor underflow, and about its mean.
Vector centred(const Eigen::Ref<const Vector>& values, double& size) {
  constexpr int kFar = 100;
  const int exponent = even_exponent(values);
  if (std::abs(exponent) > kFar) return centred(times_power(Vector(values), -exponent), size);
  size = values.norm();
  return values.array() - values.mean();
}

}  // namespace

bool varies(const Eigen::Ref<const Vector>& values, Ties ties) {
  return values.size() > 0 && ties.apart(values.minCoeff(), values.maxCoeff());
}

Vector average_ranks(const Eigen::Ref<const Vector>& values, Ties ties) {
  require(!values.hasNaN(), ErrorKind::numerical, "ranks: a value is not a number");
  const Index n = values.size();
  if (n > kFew && n <= std::numeric_limits<std::uint32_t>::max()) {
    const double low = values.minCoeff(), high = values.maxCoeff();
    const double scale = static_cast<double>(kCells) / (high - low);
    if (std::isfinite(scale) && scale > 0) return ranks_of_many(values, low, high, ties);
  }
  Rows order = consecutive_rows(0, n);
  std::sort(order.begin(), order.end(), [&](Index a, Index b) { return values(a) < values(b); });
  Vector ranks(n);
  for (std::size_t first = 0; first < order.size();) {
    std::size_t last = first;
    while (last < order.size() && !ties.apart(values(order[first]), values(order[last]))) ++last;
    for (std::size_t i = first; i < last; ++i) ranks(order[i]) = 0.5 * static_cast<double>(first + 1 + last);
    first = last;
  }
  return ranks;
}

std::optional<double> pearson(const Eigen::Ref<const Vector>& a, const Eigen::Ref<const Vector>& b) {
  require(a.size() == b.size() && a.size() > 0, ErrorKind::shape, "correlation: {} and {} values", a.size(), b.size());
  double size_a = 0, size_b = 0;
  const Vector x = centred(a, size_a), y = centred(b, size_b);
  const double sx = x.norm(), sy = y.norm();
  // What is left of a constant vector after subtracting its mean is rounding.
  constexpr double kRounding = 1e-13;
  if (sx <= kRounding * size_a || sy <= kRounding * size_b) return std::nullopt;
  return std::clamp(x.dot(y) / (sx * sy), -1.0, 1.0);
}

std::optional<double> spearman(const Eigen::Ref<const Vector>& a, const Eigen::Ref<const Vector>& b, Ties ties) {
  require(a.size() == b.size() && a.size() > 0, ErrorKind::shape, "correlation: {} and {} values", a.size(), b.size());
  const Vector x = average_ranks(a, ties), y = average_ranks(b, ties);
  // The mean rank is known, so one pass in blocks that stay in cache is enough.
  const double mean = 0.5 * static_cast<double>(a.size() + 1);
  constexpr Index kBlock = 4096;
  double xx = 0, yy = 0, xy = 0;
  for (Index first = 0; first < a.size(); first += kBlock) {
    const Index count = std::min(kBlock, a.size() - first);
    const auto u = x.segment(first, count).array() - mean, v = y.segment(first, count).array() - mean;
    xx += u.square().sum();
    yy += v.square().sum();
    xy += (u * v).sum();
  }
  if (xx == 0 || yy == 0) return std::nullopt;
  return std::clamp(xy / std::sqrt(xx * yy), -1.0, 1.0);
}

}  // namespace predcorr::metrics
