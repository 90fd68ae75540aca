// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/linalg.hpp"

namespace predcorr::models {

/// What split_r_hat gives at most: chains that stand still in different places.
constexpr double kLargestRHat = 1e6;

/// Whether Markov chains of one number agree: the root of (variance of all draws) / (variance within chains), every
/// chain counting as two halves (Gelman et al. 2013, section 11.4). Near 1 where they do; from 1 to kLargestRHat.
/// @param draws draws x chains; 1 where there are fewer than 4 draws or nothing varies
double split_r_hat(const Eigen::Ref<const Matrix>& draws);

/// How many independent draws would tell the mean as well: draws * chains / tau, where tau = 1 + 2 sum of the
/// autocorrelations, estimated over all half chains together, so that chains apart lower it (Vehtari et al. 2021,
/// section 3.2); the sum ends by Geyer's initial monotone sequence (1992). At most s log10(s) of s draws, for chains
/// whose draws alternate; rank normalisation is left out.
/// @param draws draws x chains; as many as there are chains where there are fewer than 4 draws or nothing varies
/// Cost: draws * chains for every lag summed.
double effective_sample_size(const Eigen::Ref<const Matrix>& draws);

}  // namespace predcorr::models
