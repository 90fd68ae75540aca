// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/joint_prediction.hpp"

namespace predcorr::metrics {

/// Which points are a point's neighbours, by what the reference predicts.
enum class NeighbourSelection {
  absolute,         ///< largest |correlation| of y: the study's
  signed_strength,  ///< largest correlation of y
  random,           ///< any others, from a fixed stream: the same for every reference
  local             ///< smallest variance of f_i - f_j, C_ii + C_jj - 2 C_ij: nearest where the reference puts them
};

/// The words suites use for them, and back: "absolute", "signed", "random", "local".
const std::vector<std::string>& neighbour_selection_names();
NeighbourSelection read_neighbour_selection(const std::string& name);

/// One column for each point: the point itself, then its neighbours.
using NeighbourSets = Eigen::Matrix<Index, Eigen::Dynamic, Eigen::Dynamic>;

/// For every point itself and k - 1 others, the strongest first; ties go to the lower index.
/// @param reference n points, every variance of y positive  @param k at most n is used  @return k x n
/// Cost: n^2 on all idle threads, and n^2 s for a factor, a block of columns at a time: never n x n.
NeighbourSets neighbour_sets(const JointPrediction& reference, Index k,
                             NeighbourSelection selection = NeighbourSelection::absolute);

}  // namespace predcorr::metrics
