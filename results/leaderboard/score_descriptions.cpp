// SPDX-License-Identifier: Apache-2.0
#include "results/leaderboard/score_descriptions.hpp"

namespace predcorr {

std::map<std::string, ScoreInfo> described_scores() {
  std::map<std::string, ScoreInfo> all;
  for (const ScoreInfo& info : registered_scores()) all[Score{info.name, info.part, {}, ""}.key()] = info;
  return all;
}

}  // namespace predcorr
