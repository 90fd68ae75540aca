// SPDX-License-Identifier: Apache-2.0
#include "metrics/neighbour_sets.hpp"

#include <algorithm>
#include <limits>

#include "core/error.hpp"
#include "core/names.hpp"
#include "core/parallel.hpp"
#include "core/stream.hpp"

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

NeighbourSets random_sets(Index n, Index k) {
  NeighbourSets sets(k, n);
  const Stream stream = Stream(0).fork("xll neighbours");
  parallel_for(n, [&](Index i) {
    Stream own = stream.fork("point", static_cast<std::uint64_t>(i));
    auto set = sets.col(i);
    set(0) = i;
    for (Index a = 1; a < k;) {
      const Index drawn = own.index(n);
      if (std::find(set.begin(), set.begin() + a, drawn) == set.begin() + a) set(a++) = drawn;
    }
  });
  return sets;
}

}  // namespace

const std::vector<std::string>& neighbour_selection_names() {
  static const std::vector<std::string> names = {"absolute", "signed", "random", "local"};
  return names;
}

NeighbourSelection read_neighbour_selection(const std::string& name) {
  const auto& names = neighbour_selection_names();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) fail(ErrorKind::config, "unknown selection '{}'{}", name, suggestion(name, names));
  return static_cast<NeighbourSelection>(found - names.begin());
}

NeighbourSets neighbour_sets(const JointPrediction& reference, Index k, NeighbourSelection selection) {
  const Index n = reference.size();
  k = std::min(k, n);
  if (selection == NeighbourSelection::random) return random_sets(n, k);
  NeighbourSets sets(k, n);
  const Vector latent_variance = reference.latent.diagonal();
  const Vector scale = reference.observed_variance().cwiseSqrt().cwiseInverse();
  const Matrix* dense = reference.latent.stored_dense();
  parallel_for((n + kChunk - 1) / kChunk, [&](Index chunk) {
    const Index first = chunk * kChunk, count = std::min(kChunk, n - first);
    const Matrix block = dense == nullptr ? reference.latent.block(0, n, first, count) : Matrix();
    Vector strength(n), values(std::max<Index>(k - 1, 1));
    for (Index c = 0; c < count; ++c) {
      const auto column = dense == nullptr ? block.col(c) : dense->col(first + c);
      // Up to what is common to all of a column.
      if (selection == NeighbourSelection::local)
        strength = 2 * column - latent_variance;
      else
        strength = column.cwiseProduct(scale);
      if (selection == NeighbourSelection::absolute) strength = strength.cwiseAbs();
      strength(first + c) = -std::numeric_limits<double>::infinity();
      sets(0, first + c) = first + c;
      if (k > 1) strongest(strength, k - 1, &sets(1, first + c), values);
    }
  });
  return sets;
}

}  // namespace predcorr::metrics
