// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/plugins/parameters.hpp"
#include "core/prediction/joint_prediction.hpp"
#include "metrics/points/content_order.hpp"
#include "metrics/ranks.hpp"

namespace predcorr::metrics {

/// Which points are a point's neighbours, by what the reference predicts.
enum class NeighbourSelection {
  absolute,         ///< largest |correlation| of y: the study's
  signed_strength,  ///< largest correlation of y
  random,           ///< any others, from a fixed stream: the same for every reference
  local             ///< smallest variance of f_i - f_j, C_ii + C_jj - 2 C_ij: nearest where the reference puts them
};
EnumWords<NeighbourSelection> words_of(NeighbourSelection);

/// Groups of points: each point with its neighbours. A point has one group where its neighbours are plain, and several
/// where points tie for the last places, their correlations closer than kTie (for local neighbours their variances, in
/// units of C_ii + C_jj): each choice among these is then as good as another, and what is said of the point is the mean
/// over its groups.
struct NeighbourSets {
  using Groups = Eigen::Matrix<Index, Eigen::Dynamic, Eigen::Dynamic>;

  Groups groups;  ///< k x m, a column each: the point itself, then its neighbours, the strongest first
  Rows first;     ///< point i has the columns first[i] to first[i + 1] - 1: n + 1 numbers
  /// False where the reference tells no point from another: all of them tie, so that it names no neighbours. (Where a
  /// group holds all points there is nothing to name.)
  bool named = true;
  bool drawn = false;  ///< whether some point has more choices than are taken

  Index points() const { return std::ssize(first) - 1; }
};

/// Most groups of one point. So many choices are all taken, each once: the mean over them is exact. Of more, so many
/// are drawn, each choice with the same probability, and as far as they go no tied point twice before each was once.
inline constexpr Index kMostGroups = 64;

/// For every point itself and k - 1 others.
/// @param reference n points, every variance of y positive  @param k at most n is used
/// @param order what is drawn, is drawn by places in it; empty: the order of the rows
/// Cost: n^2 on all idle threads, and n^2 s for a factor, a block of columns at a time: never n x n. A tied point costs
/// n more, and kMostGroups k to draw.
NeighbourSets neighbour_sets(const JointPrediction& reference, Index k,
                             NeighbourSelection selection = NeighbourSelection::absolute,
                             const ContentOrder& order = {});

}  // namespace predcorr::metrics
