// SPDX-License-Identifier: Apache-2.0
#include "metrics/points/neighbour_sets.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/parallel.hpp"
#include "core/base/stream.hpp"

namespace predcorr::metrics {
namespace {

constexpr Index kChunk = 64;  // points whose neighbours are found by one task

/// The `count` largest of `strength`, largest first, ties to the lower index: one pass that hardly ever inserts.
void strongest(const Vector& strength, Index count, Index* found, Vector& values) {
  Index held = 0;
  for (Index j = 0; j < strength.size(); ++j) {
    const double value = strength(j);
    if (held == count && value <= values(count - 1)) continue;
    Index at = held < count ? held++ : count - 1;
    for (; at > 0 && values(at - 1) < value; --at) {
      values(at) = values(at - 1);
      found[at] = found[at - 1];
    }
    values(at) = value;
    found[at] = j;
  }
}

/// How many ways there are to choose m of n; `most` + 1 for all numbers above `most`.
Index choices(Index n, Index m, Index most) {
  Index count = 1;
  for (Index a = 1; a <= std::min(m, n - m); ++a) {
    count = count * (n - a + 1) / a;
    if (count > most) return most + 1;
  }
  return count;
}

/// All choices of m of `tied`.
std::vector<Rows> all_choices(const Rows& tied, Index m) {
  std::vector<Rows> all;
  std::vector<std::size_t> at(static_cast<std::size_t>(m));
  for (std::size_t a = 0; a < at.size(); ++a) at[a] = a;
  for (;;) {
    Rows& chosen = all.emplace_back();
    for (const std::size_t place : at) chosen.push_back(tied[place]);
    std::size_t a = at.size();  // the last place that can still move on
    while (a > 0 && at[a - 1] == tied.size() - at.size() + a - 1) --a;
    if (a == 0) return all;
    ++at[a - 1];
    for (; a < at.size(); ++a) at[a] = at[a - 1] + 1;
  }
}

/// `count` choices, cut one after another from the points in random order, which is drawn anew when it is used up.
std::vector<Rows> drawn_choices(Rows tied, Index m, Index count, Stream stream) {
  std::vector<Rows> all;
  const Index n = std::ssize(tied);
  for (Index used = 0; std::ssize(all) < count;) {
    if (n - used < m) used = 0;
    Rows& chosen = all.emplace_back();
    for (Index a = 0; a < m; ++a, ++used) {
      std::swap(tied[static_cast<std::size_t>(used)], tied[static_cast<std::size_t>(used + stream.index(n - used))]);
      chosen.push_back(tied[static_cast<std::size_t>(used)]);
    }
  }
  return all;
}

/// The points' own order where none is given.
class Places {
 public:
  explicit Places(const ContentOrder& order) : order_(order) {}
  Index rank(Index point) const { return order_.ranks.empty() ? point : order_.ranks[static_cast<std::size_t>(point)]; }
  Index point(Index rank) const { return order_.points.empty() ? rank : order_.points[static_cast<std::size_t>(rank)]; }

 private:
  const ContentOrder& order_;
};

NeighbourSets random_sets(Index n, Index k, const Places& places) {
  NeighbourSets sets{NeighbourSets::Groups(k, n), consecutive_rows(0, n + 1)};
  sets.drawn = k > 1 && k < n;
  const Stream stream = Stream(0).fork("xll neighbours");
  parallel_for(n, [&](Index i) {
    Stream own = stream.fork("point", static_cast<std::uint64_t>(places.rank(i)));
    auto set = sets.groups.col(i);
    set(0) = i;
    for (Index a = 1; a < k;) {
      const Index drawn = places.point(own.index(n));
      if (std::find(set.begin(), set.begin() + a, drawn) == set.begin() + a) set(a++) = drawn;
    }
  });
  return sets;
}

/// Groups of one point whose last places are tied for.
struct TiedPoint {
  Index point;
  NeighbourSets::Groups groups;
  bool all_tied;  ///< with all other points
  bool drawn;
};

/// @param found the k - 1 strongest, largest first, with their `values`  @param tolerance of equal strengths
TiedPoint choose_among_ties(Index i, const Vector& strength, const Index* found, const Vector& values, Index k,
                            double tolerance, const Places& places) {
  const double border = values(k - 2);
  Index sure = 0;
  while (sure < k - 1 && values(sure) > border + tolerance) ++sure;
  Rows tied;
  for (Index j = 0; j < strength.size(); ++j)
    if (j != i && strength(j) >= border - tolerance && strength(j) <= border + tolerance) tied.push_back(j);
  std::sort(tied.begin(), tied.end(), [&](Index a, Index b) { return places.rank(a) < places.rank(b); });
  const Index open = k - 1 - sure;
  const bool few = choices(std::ssize(tied), open, kMostGroups) <= kMostGroups;
  const std::vector<Rows> chosen =
      few ? all_choices(tied, open)
          : drawn_choices(tied, open, kMostGroups,
                          Stream(0).fork("xll ties").fork("point", static_cast<std::uint64_t>(places.rank(i))));
  TiedPoint result{i, NeighbourSets::Groups(k, std::ssize(chosen)), std::ssize(tied) == strength.size() - 1, !few};
  for (Index g = 0; g < result.groups.cols(); ++g) {
    result.groups(0, g) = i;
    for (Index a = 0; a < sure; ++a) result.groups(1 + a, g) = found[a];
    for (Index a = 0; a < open; ++a)
      result.groups(1 + sure + a, g) = chosen[static_cast<std::size_t>(g)][static_cast<std::size_t>(a)];
  }
  return result;
}

/// One group a point, but for those of `tied`.  @param plain k x n  @param tied by point
NeighbourSets assembled(NeighbourSets::Groups plain, const std::vector<TiedPoint>& tied) {
  const Index n = plain.cols();
  NeighbourSets sets;
  if (tied.empty()) return {std::move(plain), consecutive_rows(0, n + 1)};
  sets.named = std::ssize(tied) < n;
  Index count = n;
  for (const TiedPoint& t : tied) {
    count += t.groups.cols() - 1;
    sets.named = sets.named || !t.all_tied;
    sets.drawn = sets.drawn || t.drawn;
  }
  sets.groups.resize(plain.rows(), count);
  sets.first = {0};
  auto next = tied.begin();
  for (Index i = 0; i < n; ++i) {
    const Index at = sets.first.back();
    if (next != tied.end() && next->point == i) {
      sets.groups.middleCols(at, next->groups.cols()) = next->groups;
      sets.first.push_back(at + next->groups.cols());
      ++next;
    } else {
      sets.groups.col(at) = plain.col(i);
      sets.first.push_back(at + 1);
    }
  }
  return sets;
}

}  // namespace

EnumWords<NeighbourSelection> words_of(NeighbourSelection) {
  return {{"absolute", NeighbourSelection::absolute},
          {"signed", NeighbourSelection::signed_strength},
          {"random", NeighbourSelection::random},
          {"local", NeighbourSelection::local}};
}

NeighbourSets neighbour_sets(const JointPrediction& reference, Index k, NeighbourSelection selection,
                             const ContentOrder& order) {
  const Index n = reference.size();
  k = std::min(k, n);
  const Places places(order);
  if (selection == NeighbourSelection::random) return random_sets(n, k, places);
  NeighbourSets::Groups sets(k, n);
  const bool local = selection == NeighbourSelection::local;
  const Vector latent_variance = reference.latent.diagonal(), stddev = reference.observed_variance().cwiseSqrt();
  const Vector scale = stddev.cwiseInverse();
  const Matrix* dense = reference.latent.stored_dense();
  const Index chunks = (n + kChunk - 1) / kChunk;
  std::vector<std::vector<TiedPoint>> ties(static_cast<std::size_t>(chunks));
  parallel_for(chunks, [&](Index chunk) {
    const Index first = chunk * kChunk, count = std::min(kChunk, n - first);
    const Matrix block = dense == nullptr ? reference.latent.block(0, n, first, count) : Matrix();
    const Index wanted = std::min(k, n - 1);  // one more than there is room for: it may tie with the last
    Rows found(static_cast<std::size_t>(wanted));
    Vector strength(n), values(wanted);
    for (Index c = 0; c < count; ++c) {
      const Index i = first + c;
      const auto column = dense == nullptr ? block.col(c) : dense->col(i);
      // Up to what is common to all of a column.
      if (local)
        strength = 2 * column - latent_variance;
      else
        strength = column.cwiseProduct(scale);
      if (selection == NeighbourSelection::absolute) strength = strength.cwiseAbs();
      strength(i) = -std::numeric_limits<double>::infinity();
      sets(0, i) = i;
      if (k < 2) continue;
      strongest(strength, wanted, found.data(), values);
      std::copy_n(found.begin(), k - 1, &sets(1, i));
      if (k == n) continue;
      const double tolerance =
          kTie * (local ? latent_variance(i) + latent_variance(found[static_cast<std::size_t>(k - 2)]) : stddev(i));
      if (values(k - 1) >= values(k - 2) - tolerance)
        ties[static_cast<std::size_t>(chunk)].push_back(
            choose_among_ties(i, strength, found.data(), values, k, tolerance, places));
    }
  });
  std::vector<TiedPoint> tied;
  for (std::vector<TiedPoint>& part : ties)
    for (TiedPoint& t : part) tied.push_back(std::move(t));
  return assembled(std::move(sets), tied);
}

}  // namespace predcorr::metrics
