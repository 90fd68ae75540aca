// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "core/base/stream.hpp"
#include "core/plugins/parameters.hpp"
#include "models/trees/tree.hpp"

namespace predcorr::models {

/// How the cut of a feature is found.
enum class Splits {
  exact,      ///< the best cut between any two distinct values of the node's rows
  histogram,  ///< the best cut between at most 255 bins of about as many rows each, of the whole data set
  random      ///< one cut drawn uniformly between the node's smallest and largest value (Geurts et al. 2006)
};
EnumWords<Splits> words_of(Splits);  ///< of exact and histogram; extremely randomised trees have no choice

struct TreeOptions {
  Splits splits = Splits::exact;
  Index max_features = 0;  ///< features tried at a node, drawn without replacement; 0 or d: all
  Index min_split = 2;     ///< rows of a node that may be split
  Index min_leaf = 1;      ///< rows of a leaf
  Index max_depth = 0;     ///< 0: no limit
  /// Whether the order in which features are tried is drawn at every node even if all are; it decides ties.
  bool random_order = false;
};

/// Grows trees by weighted variance reduction (CART, Breiman et al. 1984) on one set of inputs; what depends on inputs
/// alone is prepared once. A cut of a node's rows (weights w, targets y) into left and right maximises
///   (S_l - W_l S / W)^2 / (W_l (W - W_l)),   S = sum w y,  W = sum w,
/// the weighted squares that it removes, over W. Rows of weight 0 (or below 1e-12 of all weight, which sums in double
/// would lose) are not there at all. min_split and min_leaf count rows, whatever their weights, as scikit-learn does. A
/// node is a leaf if its targets are all equal or no cut is allowed; cuts that remove nothing are. Feature draws follow
/// scikit-learn: max_features of them, and more until one is not constant.
///
/// Ties, within 1e-10 of the best so far: the feature tried first, and its lowest cut. Features are tried in order of
/// number; with random_order from a drawn one on, around; in the order drawn where not all are tried.
///
/// Exact: each tree filters the orders of `FeatureRanks` by its rows, each node cuts every list in two without changing
/// its order, so nothing is sorted again. Cost for n rows in a tree: n (d + max_features) for each level.
/// Histogram: sums by bin, those of the larger child by subtraction; as exact, on bins, in nodes of at most 512 rows.
/// Equal to exact if no feature has more than 255 distinct values.
/// Random: two passes over a node's rows for each feature tried.
class TreeGrower {
 public:
  /// @param inputs n x d, n >= 1, 1 <= d <= 65536, finite; must outlive the grower  @throws Error (shape)
  TreeGrower(const Matrix& inputs, const TreeOptions& options);
  ~TreeGrower();
  TreeGrower(TreeGrower&&) noexcept;

  /// One tree; may be called from several threads at once. Memory while it runs: for exact splits two lists of 2 (from
  /// 65537 rows on 4) bytes per row and feature, used again by the next tree.
  /// @param targets n  @param weights n, not negative, not all 0; empty where all are 1
  Tree grow(const Vector& targets, const Vector& weights, Stream& stream) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// How many features a share (0, 1] or a count above 1 stands for: at least 1, at most d. A share is rounded down.
Index feature_count(double max_features, Index inputs);

}  // namespace predcorr::models
