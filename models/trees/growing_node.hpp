// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "models/trees/feature_ranks.hpp"
#include "models/trees/tree_growing.hpp"

namespace predcorr::models::growing {

/// A row as sums need it. Targets are about the tree's mean, so that sums lose little.
struct Row {
  double weighted_target;
  double weight;
};

/// The rows of one tree: those whose weight is not 0, numbered from 0.
struct TreeRows {
  std::vector<Row> rows;
  std::vector<double> targets;        ///< not centred, not weighted
  std::vector<std::uint32_t> source;  ///< their number in the data set
  std::vector<std::uint32_t> number;  ///< of a data set's row; kAbsent where it is not here
  double centre = 0;
  static constexpr std::uint32_t kAbsent = 0xffffffff;

  std::uint32_t size() const { return static_cast<std::uint32_t>(rows.size()); }

  /// @param renumber false: every row keeps its number, those of weight 0 too, and `number` alone says who is there
  void take(const Vector& all_targets, const Vector& weights, bool renumber);
};

/// A candidate is better only if it is so by more than rounding: equal cuts of two features must tie.
constexpr double kTie = 1 + 1e-10;

/// The best cut found so far.
struct Cut {
  double score = -1;  ///< (S_l - W_l S / W)^2 / (W_l (W - W_l)), times kTie; at first one that 0 beats
  std::int64_t feature = -1;
  std::uint32_t left = 0;   ///< rows on the left
  double threshold = 0;     ///< random splits
  std::uint32_t below = 0;  ///< histogram splits: the last bin on the left,
  std::uint32_t above = 0;  ///< the first on the right

  /// Whether this cut is better; scores compare without a division.
  bool beaten_by(double gain, double scale) const { return gain * gain > score * scale; }
};

/// A node that is yet to be split: rows begin to end of the growth's lists.
struct Task {
  std::uint32_t node, begin, end, depth;
  std::uint32_t size() const { return end - begin; }
};

/// What a node's rows sum to.
struct Totals {
  double sum = 0, weight = 0;
  bool equal = true;  ///< all targets are the same
  double mean() const { return sum / weight; }
};

/// Which features a node tries, in which order.
class FeatureDraw {
 public:
  FeatureDraw(Index features, const TreeOptions& options)
      : tried_(options.max_features > 0 ? std::min(options.max_features, features) : features),
        random_(options.random_order),
        order_(static_cast<std::size_t>(features)) {
    for (std::size_t f = 0; f < order_.size(); ++f) order_[f] = static_cast<std::uint32_t>(f);
  }

  void restart() {
    for (std::size_t f = 0; f < order_.size(); ++f) order_[f] = static_cast<std::uint32_t>(f);
  }

  bool all() const { return tried_ == static_cast<Index>(order_.size()); }
  Index tried() const { return tried_; }

  /// Calls try_feature(f), which returns false if f is constant, until enough are tried and one was not constant.
  /// Where all are tried, only the first is drawn and the others follow in turn: the order decides no more than ties.
  template <class F>
  void visit(Stream& stream, const F& try_feature) {
    const auto d = static_cast<Index>(order_.size());
    if (all()) {
      Index f = random_ && d > 1 ? stream.index(d) : 0;
      for (Index k = 0; k < d; ++k, f = f + 1 < d ? f + 1 : 0) try_feature(f);
      return;
    }
    bool found = false;
    for (Index k = 0; k < d && (k < tried_ || !found); ++k) {
      if (k + 1 < d)
        std::swap(order_[static_cast<std::size_t>(k)], order_[static_cast<std::size_t>(k + stream.index(d - k))]);
      found |= try_feature(static_cast<Index>(order_[static_cast<std::size_t>(k)]));
    }
  }

 private:
  Index tried_;
  bool random_;
  std::vector<std::uint32_t> order_;
};

/// What a tree needs while it grows; used again by the next one.
class Growth {
 public:
  Growth(Index features, const TreeOptions& options)
      : min_split_(static_cast<std::uint32_t>(std::min<Index>(options.min_split, kMost))),
        min_leaf_(static_cast<std::uint32_t>(std::min<Index>(options.min_leaf, kMost))),
        max_depth_(options.max_depth > 0 ? static_cast<std::uint32_t>(std::min<Index>(options.max_depth, kMost))
                                         : kMost),
        draw_(features, options) {}
  virtual ~Growth() = default;
  Growth(const Growth&) = delete;
  Growth& operator=(const Growth&) = delete;

  Tree grow(const Vector& targets, const Vector& weights, Stream& stream) {
    nodes_.assign(1, {});
    draw_.restart();
    do_grow(targets, weights, stream);
    return {nodes_};
  }

 protected:
  static constexpr std::uint32_t kMost = 0x3fffffff;

  bool may_split(std::uint32_t count, std::uint32_t depth) const {
    return count >= min_split_ && count >= 2 * min_leaf_ && depth < max_depth_;
  }

  template <class Id>
  Totals totals(const Id* ids, std::uint32_t count) const {
    Totals t;
    const double first = rows_.targets[ids[0]];
    for (std::uint32_t i = 0; i < count; ++i) {
      t.sum += rows_.rows[ids[i]].weighted_target;
      t.weight += rows_.rows[ids[i]].weight;
      t.equal &= rows_.targets[ids[i]] == first;
    }
    return t;
  }

  /// @param first any of the leaf's rows
  void make_leaf(std::uint32_t node, const Totals& t, std::uint32_t first) {
    nodes_[node] = Tree::Node::leaf(t.equal ? rows_.targets[first] : rows_.centre + t.mean(), node);
  }

  /// Two children behind all nodes; the threshold is set by the caller. Returns the left one.
  std::uint32_t make_inner(std::uint32_t node, std::int64_t feature, double threshold) {
    const auto left = static_cast<std::uint32_t>(nodes_.size());
    nodes_[node] = {threshold, left, static_cast<std::uint16_t>(feature), 1};
    nodes_.resize(nodes_.size() + 2);
    return left;
  }

  std::uint32_t min_split_, min_leaf_, max_depth_;
  FeatureDraw draw_;
  TreeRows rows_;
  std::vector<Tree::Node> nodes_;
  std::vector<Task> tasks_;  // a stack: left children first, next to their parents

 private:
  virtual void do_grow(const Vector& targets, const Vector& weights, Stream& stream) = 0;
};

/// Bins of a data set in a byte each, feature by feature.
struct ByteBins {
  explicit ByteBins(const FeatureRanks& ranks);
  const std::uint8_t* of(Index feature) const { return bins.data() + feature * rows; }
  Index rows;
  std::vector<std::uint8_t> bins;
};

std::unique_ptr<Growth> exact_growth(const FeatureRanks& ranks, const TreeOptions& options);
std::unique_ptr<Growth> histogram_growth(const FeatureRanks& ranks, const ByteBins& bins, const TreeOptions& options);
std::unique_ptr<Growth> random_growth(const Matrix& inputs, const TreeOptions& options);

}  // namespace predcorr::models::growing
