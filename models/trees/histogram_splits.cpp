// SPDX-License-Identifier: Apache-2.0
#include "models/trees/exact_splits.hpp"

namespace predcorr::models::growing {
namespace {

constexpr std::uint32_t kFewRows = 512;  // below, reading 255 bins costs more than reading sorted rows
constexpr std::size_t kBins = 256;

struct Bin {
  double sum = 0, weight = 0;
  std::int64_t count = 0;
};
using Histogram = std::vector<Bin>;  // features x 256

/// A node of few rows, by exact splits of the bins. Its rows are copied and numbered anew, so that all there is to read
/// stays in the cache nearest to the processor.
class FewRows : public ExactGrowth<std::uint16_t> {
 public:
  FewRows(const FeatureRanks& ranks, const ByteBins& bins, const TreeOptions& options)
      : ExactGrowth(ranks, options), bins_(bins) {
    reserve_lists(std::min(kFewRows, static_cast<std::uint32_t>(ranks.rows())));
  }

  void restart() { draw_.restart(); }

  /// The tree below a node. @param ids its rows in `all`  @param depth of the node
  const std::vector<Tree::Node>& grow_below(const TreeRows& all, const std::uint32_t* ids, std::uint32_t count,
                                            std::uint32_t depth, Stream& stream) {
    rows_.centre = all.centre;
    rows_.rows.resize(count);
    rows_.targets.resize(count);
    rows_.source.resize(count);
    for (std::uint32_t i = 0; i < count; ++i) {
      rows_.rows[i] = all.rows[ids[i]];
      rows_.targets[i] = all.targets[ids[i]];
      rows_.source[i] = ids[i];
    }
    for (Index f = 0; f < ranks_.features(); ++f) sort(bins_.of(f), ids, count, first_list(f), f);
    nodes_.assign(1, {});
    grow_lists(0, count, depth, stream);
    return nodes_;
  }

 private:
  /// By counting.
  void sort(const std::uint8_t* bin, const std::uint32_t* ids, std::uint32_t count, std::uint16_t* out, Index feature) {
    std::uint8_t own[kFewRows];
    std::uint16_t next[kBins + 1] = {};
    for (std::uint32_t i = 0; i < count; ++i) ++next[(own[i] = bin[ids[i]]) + 1];
    for (std::size_t b = 1; b < kBins; ++b) next[b] = static_cast<std::uint16_t>(next[b] + next[b - 1]);
    for (std::uint32_t i = 0; i < count; ++i) out[next[own[i]]++] = static_cast<std::uint16_t>(i);
    if (ranks_.has_ties(feature)) std::copy(own, own + count, ranks_here(feature));
  }

  const ByteBins& bins_;
};

/// Best cuts between bins. A node's histograms are its parent's less its sibling's where the sibling has fewer rows.
/// Where few features are tried at a node, histograms of those alone are made, without subtraction.
class HistogramGrowth : public Growth {
 public:
  HistogramGrowth(const FeatureRanks& ranks, const ByteBins& bins, const TreeOptions& options)
      : Growth(ranks.features(), options),
        ranks_(ranks),
        bins_(bins),
        subtracts_(2 * draw_.tried() > ranks.features()),
        few_(ranks, bins, options) {}

 private:
  struct LargeTask : Task {
    std::unique_ptr<Histogram> histogram;  // null: it is yet to be made
  };

  void do_grow(const Vector& targets, const Vector& weights, Stream& stream) override {
    rows_.take(targets, weights, false);
    ids_.clear();
    for (std::uint32_t i = 0; i < rows_.size(); ++i)
      if (rows_.number[i] != TreeRows::kAbsent) ids_.push_back(i);
    other_.resize(ids_.size());
    const auto n = static_cast<std::uint32_t>(ids_.size());
    few_.restart();
    large_.push_back({{0, 0, n, 0}, nullptr});
    while (!large_.empty()) {
      LargeTask task = std::move(large_.back());
      large_.pop_back();
      if (task.size() > kFewRows)
        split_large(std::move(task), stream);
      else
        grow_small(task, stream);
    }
  }

  /// Puts the tree below a node of few rows in its place.
  void grow_small(const Task& task, Stream& stream) {
    const auto& below = few_.grow_below(rows_, ids_.data() + task.begin, task.size(), task.depth, stream);
    const auto shift = static_cast<std::uint32_t>(nodes_.size()) - 1;
    nodes_.insert(nodes_.end(), below.begin() + 1, below.end());
    for (std::size_t i = shift + 1; i < nodes_.size(); ++i) nodes_[i].left += shift;
    nodes_[task.node] = below[0];
    nodes_[task.node].left = below[0].is_leaf() ? task.node : below[0].left + shift;
  }

  void fill(Index feature, const Task& task, Bin* bins) const {
    const std::uint8_t* bin = bins_.of(feature);
    for (std::uint32_t i = task.begin; i < task.end; ++i) {
      const Row& row = rows_.rows[ids_[i]];
      Bin& b = bins[bin[ids_[i]]];
      b.sum += row.weighted_target;
      b.weight += row.weight;
      ++b.count;
    }
  }

  std::unique_ptr<Histogram> filled(const Task& task) {
    std::unique_ptr<Histogram> h;
    if (spare_.empty()) {
      h = std::make_unique<Histogram>(static_cast<std::size_t>(ranks_.features()) * kBins);
    } else {
      h = std::move(spare_.back());
      spare_.pop_back();
      std::fill(h->begin(), h->end(), Bin());
    }
    for (Index f = 0; f < ranks_.features(); ++f) fill(f, task, h->data() + static_cast<std::size_t>(f) * kBins);
    return h;
  }

  /// Whether the feature has more than one bin with rows; improves `best` if it can.
  bool scan(const Bin* bins, const Task& task, const Totals& t, Index feature, Cut& best) const {
    const double mean = t.mean();
    const std::int64_t n = task.size(), least = min_leaf_;
    const auto levels = static_cast<std::uint32_t>(ranks_.levels(feature));
    double sum = 0, weight = 0;
    std::int64_t count = 0;
    std::uint32_t cut = kMost;
    for (std::uint32_t b = 0; b < levels; ++b) {
      if (bins[b].count == 0) continue;
      if (bins[b].count == n) return false;
      sum += bins[b].sum;
      weight += bins[b].weight;
      count += bins[b].count;
      if (count < least) continue;
      if (n - count < least) break;
      const double gain = sum - mean * weight, scale = weight * (t.weight - weight);
      if (!best.beaten_by(gain, scale)) continue;
      best.score = gain * gain / scale * kTie;
      best.feature = feature;
      best.left = static_cast<std::uint32_t>(count);
      cut = b;
    }
    if (cut == kMost) return true;
    best.below = cut;
    best.above = cut + 1;
    while (bins[best.above].count == 0) ++best.above;
    return true;
  }

  void split_large(LargeTask task, Stream& stream) {
    const Totals t = totals(ids_.data() + task.begin, task.size());
    Cut best;
    if (!t.equal && may_split(task.size(), task.depth)) {
      if (subtracts_ && task.histogram == nullptr) task.histogram = filled(task);
      draw_.visit(stream, [&](Index f) {
        if (subtracts_) return scan(task.histogram->data() + static_cast<std::size_t>(f) * kBins, task, t, f, best);
        Bin bins[kBins];
        fill(f, task, bins);
        return scan(bins, task, t, f, best);
      });
    }
    if (best.feature < 0) {
      make_leaf(task.node, t, ids_[task.begin]);
      recycle(std::move(task.histogram));
      return;
    }
    const std::uint32_t left =
        make_inner(task.node, best.feature, ranks_.threshold(best.feature, best.below, best.above));
    partition(task, best);
    const std::uint32_t middle = task.begin + best.left, depth = task.depth + 1;
    LargeTask children[2] = {{{left, task.begin, middle, depth}, nullptr},
                             {{left + 1, middle, task.end, depth}, nullptr}};
    LargeTask& fewer = children[children[0].size() <= children[1].size() ? 0 : 1];
    LargeTask& more = children[&fewer == children ? 1 : 0];
    if (task.histogram != nullptr && more.size() > kFewRows && may_split(more.size(), depth)) {
      auto sibling = filled(fewer);
      for (std::size_t i = 0; i < sibling->size(); ++i) {
        Bin& b = (*task.histogram)[i];
        b.sum -= (*sibling)[i].sum;
        b.weight -= (*sibling)[i].weight;
        b.count -= (*sibling)[i].count;
      }
      more.histogram = std::move(task.histogram);
      if (fewer.size() > kFewRows)
        fewer.histogram = std::move(sibling);
      else
        recycle(std::move(sibling));
    }
    recycle(std::move(task.histogram));
    large_.push_back(std::move(children[1]));
    large_.push_back(std::move(children[0]));
  }

  void partition(const Task& task, const Cut& cut) {
    const std::uint8_t* bin = bins_.of(cut.feature);
    std::uint32_t left = task.begin, right = task.begin + cut.left;
    for (std::uint32_t i = task.begin; i < task.end; ++i) {
      const std::uint32_t id = ids_[i], is_left = bin[id] <= cut.below;
      other_[right ^ ((right ^ left) & (0U - is_left))] = id;
      left += is_left;
      right += 1 - is_left;
    }
    std::copy(other_.begin() + task.begin, other_.begin() + task.end, ids_.begin() + task.begin);
  }

  void recycle(std::unique_ptr<Histogram> h) {
    if (h != nullptr) spare_.push_back(std::move(h));
  }

  const FeatureRanks& ranks_;
  const ByteBins& bins_;
  bool subtracts_;
  FewRows few_;
  std::vector<std::uint32_t> ids_, other_;
  std::vector<LargeTask> large_;
  std::vector<std::unique_ptr<Histogram>> spare_;
};

}  // namespace

ByteBins::ByteBins(const FeatureRanks& ranks)
    : rows(ranks.rows()), bins(static_cast<std::size_t>(ranks.rows() * ranks.features())) {
  for (Index f = 0; f < ranks.features(); ++f)
    for (Index i = 0; i < rows; ++i)
      bins[static_cast<std::size_t>(f * rows + i)] = static_cast<std::uint8_t>(ranks.ranks(f)[i]);
}

std::unique_ptr<Growth> histogram_growth(const FeatureRanks& ranks, const ByteBins& bins, const TreeOptions& options) {
  return std::make_unique<HistogramGrowth>(ranks, bins, options);
}

}  // namespace predcorr::models::growing
