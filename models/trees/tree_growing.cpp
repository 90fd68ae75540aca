// SPDX-License-Identifier: Apache-2.0
#include "models/trees/tree_growing.hpp"

#include <cmath>
#include <mutex>
#include <optional>

#include "core/base/error.hpp"
#include "models/trees/growing_node.hpp"

namespace predcorr::models {

namespace growing {

void TreeRows::take(const Vector& all_targets, const Vector& weights, bool renumber) {
  const Index n = all_targets.size();
  const bool weighted = weights.size() > 0;
  double total = static_cast<double>(n), sum = 0;
  if (weighted) {
    total = 0;
    for (const double w : weights) total += w;
  }
  for (Index i = 0; i < n; ++i) sum += (weighted ? weights(i) : 1) * all_targets(i);
  centre = sum / total;
  rows.clear();
  targets.clear();
  source.clear();
  number.assign(static_cast<std::size_t>(n), kAbsent);
  for (Index i = 0; i < n; ++i) {
    const double weight = weighted ? weights(i) : 1;
    const bool present = weight > 1e-12 * total;
    if (present) number[static_cast<std::size_t>(i)] = size();
    if (!present && renumber) continue;
    rows.push_back({weight * (all_targets(i) - centre), weight});
    targets.push_back(all_targets(i));
    source.push_back(static_cast<std::uint32_t>(i));
  }
}

}  // namespace growing

/// Growths that no thread uses at the moment wait here, so that there are never more than trees grown at once.
struct TreeGrower::State {
  const Matrix& inputs;
  TreeOptions options;
  std::optional<FeatureRanks> ranks;
  std::optional<growing::ByteBins> bins;
  std::mutex mutex;
  std::vector<std::unique_ptr<growing::Growth>> idle;

  std::unique_ptr<growing::Growth> acquire() {
    {
      const std::lock_guard lock(mutex);
      if (!idle.empty()) {
        auto growth = std::move(idle.back());
        idle.pop_back();
        return growth;
      }
    }
    if (options.splits == Splits::random) return growing::random_growth(inputs, options);
    if (options.splits == Splits::histogram) return growing::histogram_growth(*ranks, *bins, options);
    return growing::exact_growth(*ranks, options);
  }

  void release(std::unique_ptr<growing::Growth> growth) {
    const std::lock_guard lock(mutex);
    idle.push_back(std::move(growth));
  }
};

TreeGrower::TreeGrower(const Matrix& inputs, const TreeOptions& options)
    : state_(new State{.inputs = inputs, .options = options, .ranks = {}, .bins = {}, .mutex = {}, .idle = {}}) {
  require(inputs.rows() >= 1 && inputs.rows() < (Index{1} << 30), ErrorKind::shape,
          "trees: there must be between 1 and 2^30 - 1 rows, got {}", inputs.rows());
  require(inputs.cols() >= 1 && inputs.cols() <= Tree::kMostInputs, ErrorKind::shape,
          "trees: there must be between 1 and {} inputs, got {}", Tree::kMostInputs, inputs.cols());
  require(options.min_leaf >= 1 && options.min_split >= 2 && options.max_features >= 0 && options.max_depth >= 0,
          ErrorKind::shape,
          "trees: needed are min_leaf >= 1, min_split >= 2, max_features >= 0, max_depth >= 0; got {}, {}, {}, {}",
          options.min_leaf, options.min_split, options.max_features, options.max_depth);
  if (options.splits == Splits::exact) state_->ranks.emplace(inputs);
  if (options.splits == Splits::histogram) {
    state_->ranks.emplace(FeatureRanks::binned(inputs, 255));
    state_->bins.emplace(*state_->ranks);
  }
}

TreeGrower::~TreeGrower() = default;
TreeGrower::TreeGrower(TreeGrower&&) noexcept = default;

Tree TreeGrower::grow(const Vector& targets, const Vector& weights, Stream& stream) const {
  const Index n = state_->inputs.rows();
  require(targets.size() == n && (weights.size() == 0 || weights.size() == n), ErrorKind::shape,
          "trees: {} rows of inputs, {} targets and {} weights", n, targets.size(), weights.size());
  require(weights.size() == 0 || weights.maxCoeff() > 0, ErrorKind::data, "trees: every row has weight 0");
  auto growth = state_->acquire();
  Tree tree = growth->grow(targets, weights, stream);
  state_->release(std::move(growth));
  return tree;
}

EnumWords<Splits> words_of(Splits) { return {{"exact", Splits::exact}, {"histogram", Splits::histogram}}; }

Index feature_count(double max_features, Index inputs) {
  const double count = max_features <= 1 ? max_features * static_cast<double>(inputs) : max_features;
  return std::clamp<Index>(static_cast<Index>(std::floor(count + 1e-9)), 1, inputs);
}

}  // namespace predcorr::models
