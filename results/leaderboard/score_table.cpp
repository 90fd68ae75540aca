// SPDX-License-Identifier: Apache-2.0
#include "results/leaderboard/score_table.hpp"

#include <algorithm>

namespace predcorr {

Summary Series::summary(double overlap) const { return summarise(in_order(values), overlap); }

void ScoreTable::add(std::uint64_t seed, const Score& score) {
  const auto same =
      std::find_if(series_.begin(), series_.end(), [&](const Series& s) { return s.key() == score.key(); });
  Series& s = same == series_.end() ? series_.emplace_back(Series{score.name, score.part, {}, ""}) : *same;
  if (score.value)
    s.values[seed] = *score.value;
  else
    s.reason = score.reason;
}

const Series* ScoreTable::find(const ScoreKey& key) const {
  const auto found = std::find_if(series_.begin(), series_.end(), [&](const Series& s) { return s.key() == key; });
  return found == series_.end() ? nullptr : &*found;
}

}  // namespace predcorr
