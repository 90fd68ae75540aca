// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/pruning/network_start.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "models/bnn/pruning/network_size.hpp"
#include "models/bnn/pruning/pruning_scores.hpp"
#include "models/bnn/pruning/remainder.hpp"

namespace predcorr::models {
namespace {

/// Of the weights that are left, `count` are left afterwards: those with the highest scores, or the lowest.
void keep_best(const VectorF& scores, Index count, bool lowest, const std::vector<std::vector<Index>>& places,
               std::vector<char>& left) {
  std::vector<Index> ranked;
  for (const std::vector<Index>& block : places)
    for (const Index i : block)
      if (left[static_cast<std::size_t>(i)] != 0) ranked.push_back(i);
  std::stable_sort(ranked.begin(), ranked.end(),
                   [&](Index a, Index b) { return lowest ? scores(a) > scores(b) : scores(a) < scores(b); });
  for (Index i = 0; i < std::ssize(ranked) - count; ++i)
    left[static_cast<std::size_t>(ranked[static_cast<std::size_t>(i)])] = 0;
}

/// As many are left in each block as before, at random places.
void shuffle_within(const std::vector<std::vector<Index>>& places, Stream stream, std::vector<char>& left) {
  for (const std::vector<Index>& block : places) {
    Index count = 0;
    for (const Index i : block) count += std::exchange(left[static_cast<std::size_t>(i)], 0);
    const Rows order = stream.permutation(std::ssize(block));
    for (Index k = 0; k < count; ++k)
      left[static_cast<std::size_t>(block[static_cast<std::size_t>(order[static_cast<std::size_t>(k)])])] = 1;
  }
}

/// @param scored the whole network in float
NetworkStart started(const Pruning& pruning, const Network& whole, const Network& scored, const Batch& all,
                     bool heteroscedastic, Stream& stream) {
  NetworkStart start{whole, whole.initial_parameters(stream), {}};
  if (!pruning.options()) return start;
  const std::vector<char> left =
      pruning_mask(*pruning.options(), scored, start.weights, all, heteroscedastic, stream.fork("pruning"));
  if (pruning.options()->control == PruningControl::re_initialised) {
    Stream again = stream.fork("re-initialised");
    start.weights = whole.initial_parameters(again);
  }
  Remainder remainder = remainder_of(whole, left);
  start.weights = remainder.of(start.weights);
  start.network = std::move(remainder.network);
  start.record = size_record("pruning", whole, start.network);
  return start;
}

}  // namespace

std::vector<char> pruning_mask(const PruningOptions& options, const Network& network, const VectorF& weights,
                               const Batch& all, bool heteroscedastic, const Stream& stream) {
  PruningOptions scored = options;
  const bool by_layer = options.criterion == PruningCriterion::random_by_layer;
  if (by_layer) scored.criterion = options.counts_of;
  const std::vector<std::vector<Index>> places = weight_places(network);
  double count = 0;
  for (const std::vector<Index>& block : places) count += static_cast<double>(block.size());
  std::vector<char> left(static_cast<std::size_t>(network.layout_count()), 1);
  // Synflow's scores change with what is gone: weights go in many steps, of the same share each.
  const int steps = scored.criterion == PruningCriterion::synflow ? scored.passes_made() : 1;
  VectorF remaining = weights;
  for (int step = 1; step <= steps; ++step) {
    const double share = std::pow(1 - options.sparsity, static_cast<double>(step) / steps);
    const VectorF scores = pruning_scores(scored, network, remaining, all, heteroscedastic, stream);
    keep_best(scores, std::llround(share * count), options.control == PruningControl::inverted, places, left);
    for (Index i = 0; i < remaining.size(); ++i)
      if (left[static_cast<std::size_t>(i)] == 0) remaining(i) = 0;
  }
  if (by_layer || options.control == PruningControl::shuffled) shuffle_within(places, stream.fork("shuffled"), left);
  return left;
}

Diagnostics mean_of(const std::vector<Diagnostics>& records) {
  Diagnostics mean;
  for (const Diagnostics& record : records)
    for (const auto& [name, value] : record) mean[name] += value / static_cast<double>(records.size());
  return mean;
}

NetworkStart network_start(const ImageNetworkParameters& parameters, const TrainingData& data, const Batch& all,
                           Index outputs, bool fan_in_scaling, bool heteroscedastic, Stream stream) {
  const Network whole(parameters.architecture(data, outputs, fan_in_scaling));
  if (!parameters.precision.int8() || !parameters.pruning.options())
    return started(parameters.pruning, whole, whole, all, heteroscedastic, stream);
  const Network scored(parameters.architecture(data, outputs, fan_in_scaling, Precision()));
  return started(parameters.pruning, whole, scored, all, heteroscedastic, stream);
}

NetworkStart network_start(const PrunableNetworkParameters& parameters, const Batch& all, Index inputs, Stream stream) {
  const Network whole(parameters.architecture(inputs, 1, true));
  return started(parameters.pruning, whole, whole, all, false, stream);
}

}  // namespace predcorr::models
