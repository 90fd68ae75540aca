// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metrics/points/neighbour_sets.hpp"

namespace predcorr::metrics {

/// XLL(M | R), the cross-normalised log-likelihood: mean over points i of log N(y_S; mean^R_S, D R_M D) / k, where S is
/// i's neighbour set under R, R_M the model's correlations of y, D the reference's standard deviations. Means and
/// variances are the reference's, so only the model's correlations are judged. A point with several groups, where
/// neighbours tie, counts with the mean over these.
/// @param model, reference of the same n points, every variance of y positive  @param neighbours groups of k, as
/// neighbour_sets gives for the reference  @return nats per point
/// @throws Error (numerical) if a block is singular by the rule of metrics/gaussian.hpp
/// Cost: k^3 / 3 a group, and k^2 s / 2 for a factor, on all idle threads.  Source: Wang, Sun & Grosse 2021,
/// section 4.2.
double cross_log_likelihood(const Vector& y, const JointPrediction& model, const JointPrediction& reference,
                            const NeighbourSets& neighbours);

}  // namespace predcorr::metrics
