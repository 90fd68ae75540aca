// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/metrics/fixtures.hpp"

namespace predcorr::test {

/// 150 points, enough test points, an oracle and inputs: no part of any metric has a reason to be absent.
inline EvaluationData rich_data(Index n_pool) {
  EvaluationData evaluation;
  evaluation.n_pool = n_pool;
  evaluation.oracle = random_prediction(150, 60, 4);
  evaluation.y = evaluation.oracle->mean + Stream(5).normals(150);
  evaluation.inputs = Stream(6).normals(300).reshaped(150, 2);
  return evaluation;
}

}  // namespace predcorr::test
