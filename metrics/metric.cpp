// SPDX-License-Identifier: Apache-2.0
#include "metrics/metric.hpp"

#include <cmath>

namespace predcorr {

const char* to_string(Direction direction) {
  return direction == Direction::higher ? "higher" : direction == Direction::lower ? "lower" : "none";
}

JointPrediction test_part(const Outcome& outcome, const JointPrediction& prediction) {
  return prediction.subset(consecutive_rows(outcome.n_pool, outcome.n_test()));
}

std::vector<Score> Metric::score(const Outcome& outcome, const JointPrediction& prediction) const {
  require(outcome.y.size() == prediction.size(), ErrorKind::shape, "score: {} targets for a prediction of {} points",
          outcome.y.size(), prediction.size());
  require(outcome.n_test() >= 1, ErrorKind::shape, "score: there are no test points");
  const std::vector<ScoreInfo> infos = describe();
  std::vector<std::optional<double>> values(infos.size());
  std::string reason = why_absent();
  try {
    values = do_score(outcome, prediction);
  } catch (const Error& e) {
    reason = e.what();
  }
  std::vector<Score> scores;
  for (std::size_t i = 0; i < infos.size(); ++i) {
    const bool infinite = values[i] && !std::isfinite(*values[i]);
    if (infinite) values[i].reset();
    const std::string why = infinite ? "came out as a number that is not finite" : reason;
    scores.push_back({infos[i].name, infos[i].part, values[i], values[i] ? "" : why});
  }
  return scores;
}

}  // namespace predcorr
