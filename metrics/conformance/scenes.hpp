// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "metrics/metric.hpp"

namespace predcorr::conformance {

/// A problem with its prediction, for metrics and criteria to be tried on.
struct Scene {
  std::string name;
  predcorr::EvaluationData evaluation;
  JointPrediction prediction;
};

/// n correlated points whose covariance has a factor of `width` columns; noise between 0.05 and 0.25.
JointPrediction drawn_prediction(Index n, Index width, std::uint64_t seed);

/// 20 pool points and 150 test points with an oracle and inputs: whatever a score may ask for is there.
const Scene& rich_scene();

/// The rich one, and ones that lack something: no pool, oracle or inputs; one test point; a covariance that is singular
/// and no noise; nothing uncertain at all; targets of about 1e60.
const std::vector<Scene>& scenes();

/// The same distribution in another form: dense, by a Cholesky factor, and by the factor of what 0.03 I leaves.
std::vector<std::pair<std::string, JointPrediction>> forms_of(const JointPrediction& prediction);

/// The same points in another order; pool and test points each among themselves.
Scene shuffled(const Scene& scene);

}  // namespace predcorr::conformance
