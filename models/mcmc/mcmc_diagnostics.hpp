// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/matrix.hpp"

namespace predcorr::models {

/// What split_r_hat gives at most: chains that stand still in different places.
constexpr double kLargestRHat = 1e6;

/// Whether Markov chains of one number agree: the root of (variance of all draws) / (variance within chains), every
/// chain counting as two halves (Gelman et al. 2013, section 11.4). Near 1 where they do; from 1 to kLargestRHat.
/// @param draws draws x chains; 1 where there are fewer than 4 draws or nothing varies
double split_r_hat(const Eigen::Ref<const Matrix>& draws);

/// The larger of the split R-hats of the draws' normal scores and of those of their distances from the median: chains
/// that differ in spread are seen as those that differ in place, and long tails hide nothing (Vehtari et al. 2021,
/// section 4). Normal scores: ranks r among the S draws of all half chains (ties share their mean), as standard normal
/// quantiles of (r - 3/8) / (S + 1/4).
/// @param draws as for split_r_hat  Cost: S log S.
double rank_normalised_r_hat(const Eigen::Ref<const Matrix>& draws);

/// How many independent draws would tell the mean as well: draws * chains / tau, where tau = 1 + 2 sum of the
/// autocorrelations, estimated over all half chains together, so that chains apart lower it (Vehtari et al. 2021,
/// section 3.2); the sum ends by Geyer's initial monotone sequence (1992). At most s log10(s) of s draws, for chains
/// whose draws alternate. Of the draws as they are; see bulk_effective_sample_size for ranks.
/// @param draws draws x chains; as many as there are chains where there are fewer than 4 draws or nothing varies
/// Cost: draws * chains for every lag summed.
double effective_sample_size(const Eigen::Ref<const Matrix>& draws);

/// effective_sample_size of the draws' normal scores, as in rank_normalised_r_hat: for any distribution, one without a
/// variance too ("bulk-ESS").
double bulk_effective_sample_size(const Eigen::Ref<const Matrix>& draws);

/// How far the chains moved while they were sampled: the mean over chains of (mean of the last third of the draws less
/// mean of the first), in standard deviations of all draws. About 0 where they were stationary, up to its own error of
/// sqrt(6 / effective sample size); 2.3 where all of what varies is a steady drift.
/// @param draws draws x chains; 0 where there are fewer than 3 draws or nothing varies
double drift(const Eigen::Ref<const Matrix>& draws);

}  // namespace predcorr::models
