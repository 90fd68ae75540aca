// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>
#include <vector>

#include "core/prediction/joint_prediction.hpp"

namespace predcorr::metrics {

/// Numbers of points whose joint distribution is scored: tau.
inline constexpr std::array<Index, 6> kGroupSizes = {2, 5, 10, 20, 50, 100};

// Groups are drawn from a fixed stream, and depend on what is named here alone: every model meets the same ones.
// Metrics draw them of points in the order of their targets (metrics/points/content_order.hpp), so that they do not
// depend on rows.

/// Groups of `size` different points of n: all points in random order, cut into groups, what is left over dropped; anew
/// until there are at least `fewest`.  @return none where size > n
std::vector<Rows> random_groups(Index n, Index size, Index fewest);

/// Groups around two anchors, after the dyadic sampling of Osband et al. 2022. There, two inputs are drawn and `size`
/// observations are made at them, so that a model must know how observations at one place, or at two, go together. A
/// data set observes each input once; its nearest stand-ins are the inputs beside it. So: two different points a and b
/// are drawn; the group is a with the size / 2 (rounded up) - 1 points nearest to it, then b and the points nearest to
/// b that are not yet in, up to `size`. Near is the Euclidean distance of the inputs as given; ties go to the lower
/// row. No model has a say.  @param inputs n x d  @return `count` groups; none where size > n or n < 2  Cost: count n
/// d.
std::vector<Rows> dyadic_groups(const Matrix& inputs, Index size, Index count);

/// Groups of neighbours, no point in two of them: of the points in random order, each that is in no group yet founds
/// one with the size - 1 nearest that are in none, up to `most` groups. Near is as in dyadic_groups. The last groups
/// are of what the others left, and lie further apart. The founder stands first, the others by distance.
/// @param inputs n x d, without NaN  @return none where size > n  Cost: groups n d.
std::vector<Rows> neighbour_groups(const Matrix& inputs, Index size, Index most);

/// The dyadic sampling itself: two different points of n, and `size` times one of them at even odds, with repeats. For
/// use with an oracle, which knows the distribution of repeated observations.  @return `count` groups; none where n < 2
std::vector<Rows> dyadic_draws(Index n, Index size, Index count);

/// The groups of the points that stand at their numbers' places.  @param points by place
std::vector<Rows> at_places(std::vector<Rows> groups, const Rows& points);

/// The prediction of observations at `rows`. A row that stands there twice is observed twice: the same value of f, and
/// independent noise. Dense.
JointPrediction observations_at(const JointPrediction& prediction, const Rows& rows);

}  // namespace predcorr::metrics
