// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstring>

#include "models/trees/growing_node.hpp"

namespace predcorr::models::growing {

/// Best cuts of sorted lists: for each feature the node's rows in its order. A node's lists are read in one pass each,
/// and those of its children come from one more.
/// @tparam Id the type of a row's number in the tree: two bytes where they are enough, since lists are what is read
template <class Id>
class ExactGrowth : public Growth {
 public:
  ExactGrowth(const FeatureRanks& ranks, const TreeOptions& options)
      : Growth(ranks.features(), options), ranks_(ranks) {}

 protected:
  /// Room for lists of this many rows.
  void reserve_lists(std::uint32_t rows) {
    stride_ = rows;
    for (auto& lists : lists_) lists.resize(static_cast<std::size_t>(ranks_.features()) * rows);
    bool ties = false;
    for (Index f = 0; f < ranks_.features(); ++f) ties |= ranks_.has_ties(f);
    if (ties) rank_.resize(static_cast<std::size_t>(ranks_.features()) * rows);
  }

  /// Where the node that grow_lists starts with expects its rows, in the order of the feature,
  Id* first_list(Index feature) { return list(0, feature); }
  /// and, for features with ties, the rank of each row by its number.
  Id* ranks_here(Index feature) { return rank_.data() + static_cast<std::size_t>(feature) * stride_; }

  /// Grows everything below a node of `count` rows, whose lists are filled.
  void grow_lists(std::uint32_t node, std::uint32_t count, std::uint32_t depth, Stream& stream) {
    const std::size_t waiting = tasks_.size();
    first_depth_ = depth;
    tasks_.push_back({node, 0, count, depth});
    while (tasks_.size() > waiting) {
      const Task task = tasks_.back();
      tasks_.pop_back();
      split(task, stream);
    }
    set_thresholds();
  }

  const FeatureRanks& ranks_;

 private:
  void do_grow(const Vector& targets, const Vector& weights, Stream& stream) override {
    rows_.take(targets, weights, true);
    reserve_lists(rows_.size());
    for (Index f = 0; f < ranks_.features(); ++f) {
      filter(ranks_.order(f), first_list(f));
      if (!ranks_.has_ties(f)) continue;
      Id* rank = ranks_here(f);
      for (std::uint32_t i = 0; i < stride_; ++i) rank[i] = static_cast<Id>(ranks_.ranks(f)[rows_.source[i]]);
    }
    grow_lists(0, rows_.size(), 0, stream);
  }

  Id* list(std::uint32_t depth, Index feature) {
    return lists_[depth & 1].data() + static_cast<std::size_t>(feature) * stride_;
  }
  const Id* task_list(const Task& task, Index feature) { return list(task.depth - first_depth_, feature) + task.begin; }

  /// A feature's order without the rows that are not in the tree. Writes before it knows whether a row is kept.
  void filter(const std::uint32_t* order, Id* out) const {
    for (std::uint32_t i = 0, kept = 0; kept < stride_; ++i) {
      const std::uint32_t number = rows_.number[order[i]];
      out[kept] = static_cast<Id>(number);
      kept += number != TreeRows::kAbsent;
    }
  }

  std::uint32_t rank_of(Index feature, std::uint32_t id) const {
    return ranks_.has_ties(feature) ? rank_[static_cast<std::size_t>(feature) * stride_ + id]
                                    : ranks_.ranks(feature)[rows_.source[id]];
  }
  bool same_value(Index feature, std::uint32_t a, std::uint32_t b) const {
    return ranks_.has_ties(feature) && rank_of(feature, a) == rank_of(feature, b);
  }

  /// The best cut of one sorted list, if it is better than `best`. One pass, no division but for a new best; whether
  /// two rows have different values, and can be cut apart, is only asked where the cut would be the best.
  void scan(const Id* ids, std::uint32_t n, double mean, double total, Index feature, Cut& best) const {
    const Row* rows = rows_.rows.data();
    double sum = 0, weight = 0;
    for (std::uint32_t i = 0; i + 1 < min_leaf_; ++i) {
      sum += rows[ids[i]].weighted_target;
      weight += rows[ids[i]].weight;
    }
    Cut own = best;
    for (std::uint32_t i = min_leaf_ - 1; i < n - min_leaf_; ++i) {
      const Row& row = rows[ids[i]];
      sum += row.weighted_target;
      weight += row.weight;
      const double gain = sum - mean * weight, scale = weight * (total - weight);
      if (own.beaten_by(gain, scale) && !same_value(feature, ids[i], ids[i + 1])) {
        own.score = gain * gain / scale * kTie;
        own.feature = feature;
        own.left = i + 1;
      }
    }
    best = own;
  }

  Cut best_cut(const Task& task, const Totals& t, Stream& stream) {
    Cut best;
    const std::uint32_t n = task.size();
    draw_.visit(stream, [&](Index f) {
      const Id* ids = task_list(task, f);
      if (same_value(f, ids[0], ids[n - 1])) return false;
      if (n > 2) {
        scan(ids, n, t.mean(), t.weight, f, best);
      } else if (best.feature < 0) {  // a third of all nodes; every cut is the same, so the first feature's is taken
        best.feature = f;
        best.left = 1;
      }
      return true;
    });
    return best;
  }

  void split(const Task& task, Stream& stream) {
    const std::uint32_t n = task.size();
    const Id* any = task_list(task, 0);
    const Totals t = totals(any, n);
    Cut best;
    if (!t.equal && may_split(n, task.depth)) best = best_cut(task, t, stream);
    if (best.feature < 0) return make_leaf(task.node, t, any[0]);
    const Id* ids = task_list(task, best.feature);
    const std::uint32_t left = make_inner(task.node, best.feature, 0);
    beside_.push_back({task.node, ids[best.left - 1], ids[best.left]});
    const std::uint32_t depth = task.depth + 1, middle = task.begin + best.left;
    const bool split_left = may_split(best.left, depth), split_right = may_split(n - best.left, depth);
    if (!split_left) make_leaf(left, totals(ids, best.left), ids[0]);
    if (!split_right) make_leaf(left + 1, totals(ids + best.left, n - best.left), ids[best.left]);
    if (split_left || split_right) partition(task, best, split_left, split_right);
    if (split_right) tasks_.push_back({left + 1, middle, task.end, depth});
    if (split_left) tasks_.push_back({left, task.begin, middle, depth});
  }

  /// The lists of the children that are to be split, into the other set of lists, order kept. No branch depends on a
  /// row's side, which nothing could foresee.
  void partition(const Task& task, const Cut& cut, bool keep_left, bool keep_right) {
    const std::uint32_t n = task.size();
    const Id* ids = task_list(task, cut.feature);
    side_.resize(rows_.size());
    for (std::uint32_t i = 0; i < n; ++i) side_[ids[i]] = i < cut.left;
    const unsigned char* side = side_.data();
    for (Index f = 0; f < ranks_.features(); ++f) {
      const Id* from = task_list(task, f);
      Id* to = list(task.depth + 1 - first_depth_, f) + task.begin;
      if (f == cut.feature) {
        std::memcpy(to, from, n * sizeof(Id));
      } else if (keep_left && keep_right) {
        std::uint32_t left = 0;
        for (std::uint32_t i = 0; i < n; ++i) {
          const std::uint32_t is_left = side[from[i]], right = cut.left + i - left;
          to[right ^ ((right ^ left) & (0U - is_left))] = from[i];
          left += is_left;
        }
      } else {
        const unsigned char wanted = keep_left;
        to += keep_left ? 0 : cut.left;
        for (std::uint32_t i = 0, kept = 0, last = keep_left ? cut.left : n - cut.left; kept < last; ++i) {
          to[kept] = from[i];
          kept += side[from[i]] == wanted;
        }
      }
    }
  }

  /// Between the two rows beside each cut. All at the end: each needs numbers from all over the memory, and many can be
  /// waited for at once.
  void set_thresholds() {
    for (const Beside& b : beside_) {
      const Index feature = nodes_[b.node].feature;
      nodes_[b.node].number = ranks_.threshold(feature, rank_of(feature, b.below), rank_of(feature, b.above));
    }
    beside_.clear();
  }

  struct Beside {
    std::uint32_t node, below, above;
  };

  std::uint32_t stride_ = 0, first_depth_ = 0;
  std::vector<Id> lists_[2];  // levels of the tree take turns
  std::vector<Id> rank_;      // empty where no feature has ties; ranks are fewer than rows, so they fit
  std::vector<unsigned char> side_;
  std::vector<Beside> beside_;
};

}  // namespace predcorr::models::growing
