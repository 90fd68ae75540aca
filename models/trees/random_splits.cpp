// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "models/trees/growing_node.hpp"

namespace predcorr::models::growing {
namespace {

/// One cut for each feature tried, uniform between the node's smallest and largest value; the best of those is made.
/// Nothing is sorted: two passes for each feature.
class RandomGrowth : public Growth {
 public:
  RandomGrowth(const Matrix& inputs, const TreeOptions& options) : Growth(inputs.cols(), options), inputs_(inputs) {}

 private:
  void do_grow(const Vector& targets, const Vector& weights, Stream& stream) override {
    rows_.take(targets, weights, false);
    ids_.clear();
    for (std::uint32_t i = 0; i < rows_.size(); ++i)
      if (rows_.number[i] != TreeRows::kAbsent) ids_.push_back(i);
    other_.resize(ids_.size());
    values_.resize(ids_.size());
    tasks_.push_back({0, 0, static_cast<std::uint32_t>(ids_.size()), 0});
    while (!tasks_.empty()) {
      const Task task = tasks_.back();
      tasks_.pop_back();
      split(task, stream);
    }
  }

  /// False if the feature is constant in the node.
  bool try_cut(const Task& task, const Totals& t, Index feature, Stream& stream, Cut& best) {
    const double* column = inputs_.col(feature).data();
    const std::uint32_t n = task.size();
    const std::uint32_t* ids = ids_.data() + task.begin;
    double least = column[ids[0]], most = least;
    for (std::uint32_t i = 0; i < n; ++i) {
      const double value = values_[i] = column[ids[i]];
      least = std::min(least, value);
      most = std::max(most, value);
    }
    if (least == most) return false;
    const double u = stream.uniform();
    double threshold = (1 - u) * least + u * most;
    if (!(threshold >= least && threshold < most)) threshold = least;
    double sum = 0, weight = 0;
    std::uint32_t left = 0;
    for (std::uint32_t i = 0; i < n; ++i) {
      const std::uint32_t is_left = values_[i] <= threshold;
      const Row& row = rows_.rows[ids[i]];
      sum += is_left ? row.weighted_target : 0;
      weight += is_left ? row.weight : 0;
      left += is_left;
    }
    if (left < min_leaf_ || n - left < min_leaf_) return true;
    const double gain = sum - t.mean() * weight, scale = weight * (t.weight - weight);
    if (!best.beaten_by(gain, scale)) return true;
    best.score = gain * gain / scale * kTie;
    best.feature = feature;
    best.left = left;
    best.threshold = threshold;
    return true;
  }

  void split(const Task& task, Stream& stream) {
    const std::uint32_t* ids = ids_.data() + task.begin;
    const Totals t = totals(ids, task.size());
    Cut best;
    if (!t.equal && may_split(task.size(), task.depth))
      draw_.visit(stream, [&](Index f) { return try_cut(task, t, f, stream, best); });
    if (best.feature < 0) return make_leaf(task.node, t, ids[0]);
    const std::uint32_t left = make_inner(task.node, best.feature, best.threshold);
    partition(task, best);
    const std::uint32_t middle = task.begin + best.left, depth = task.depth + 1;
    tasks_.push_back({left + 1, middle, task.end, depth});
    tasks_.push_back({left, task.begin, middle, depth});
  }

  void partition(const Task& task, const Cut& cut) {
    const double* column = inputs_.col(cut.feature).data();
    std::uint32_t left = task.begin, right = task.begin + cut.left;
    for (std::uint32_t i = task.begin; i < task.end; ++i) {
      const std::uint32_t id = ids_[i], is_left = column[id] <= cut.threshold;
      other_[right ^ ((right ^ left) & (0U - is_left))] = id;
      left += is_left;
      right += 1 - is_left;
    }
    std::copy(other_.begin() + task.begin, other_.begin() + task.end, ids_.begin() + task.begin);
  }

  const Matrix& inputs_;
  std::vector<std::uint32_t> ids_, other_;
  std::vector<double> values_;
};

}  // namespace

std::unique_ptr<Growth> random_growth(const Matrix& inputs, const TreeOptions& options) {
  return std::make_unique<RandomGrowth>(inputs, options);
}

}  // namespace predcorr::models::growing
