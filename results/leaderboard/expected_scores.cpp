// SPDX-License-Identifier: Apache-2.0
#include "results/leaderboard/expected_scores.hpp"

#include <algorithm>

#include "results/statistics/student_t.hpp"

namespace predcorr {

double ExpectedScore::median_tail() const { return sample_median(in_order(tails)); }

std::vector<ExpectedScore> expected_scores(const BySeed& records) {
  std::vector<ExpectedScore> all;
  for (const auto& [seed, record] : records)
    for (const ScoreExpectation& expectation : record->expectations()) {
      auto same = std::ranges::find(all, expectation.key, &ExpectedScore::key);
      if (same == all.end()) same = all.insert(all.end(), {expectation.key, 0, 0, {}});
      same->mean += expectation.mean;
      same->sd += expectation.sd;
      same->tails[seed] = expectation.tail;
    }
  for (ExpectedScore& score : all) {
    const auto seeds = static_cast<double>(score.tails.size());
    score.mean /= seeds;
    score.sd /= seeds;
  }
  return all;
}

}  // namespace predcorr
