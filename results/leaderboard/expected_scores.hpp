// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "results/statistics/summary.hpp"
#include "results/store/run_index.hpp"

namespace predcorr {

/// What a score should have been if the model's own joint predictions were right: see metrics/expectation.
struct ExpectedScore {
  ScoreKey key;
  double mean = 0;   ///< of the expectations, over seeds
  double sd = 0;     ///< of one seed's score around its expectation: mean over seeds
  SeedValues tails;  ///< by seed: probability of a score at least as bad as the one that came out

  double median_tail() const;
};

/// Of the records that have expectations, in the order of the first; none where no record has any.
std::vector<ExpectedScore> expected_scores(const BySeed& records);

}  // namespace predcorr
