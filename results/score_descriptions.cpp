// SPDX-License-Identifier: Apache-2.0
#include "results/score_descriptions.hpp"

namespace predcorr {

std::map<std::string, ScoreInfo> described_scores() {
  std::map<std::string, ScoreInfo> all;
  const auto add = [&](const std::vector<ScoreInfo>& infos) {
    for (const ScoreInfo& info : infos) all[Score{info.name, info.part, {}, ""}.key()] = info;
  };
  for (const auto& name : Registry<Metric>::instance().names())
    add(Registry<Metric>::instance().make({.name = name}, name).object->describe());
  for (const auto& name : Registry<CrossMetric>::instance().names())
    add(Registry<CrossMetric>::instance().make({.name = name}, name).object->describe());
  return all;
}

}  // namespace predcorr
