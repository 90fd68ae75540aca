// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "datasets/problem.hpp"

namespace predcorr::test {

/// Rows with correlated inputs that are not standardised, a linear truth and noise of variance 0.16.
TrainingData line(Index n);

/// Bayesian linear regression in closed form, as a network without hidden units has it:
/// y ~ N(w' (x, 1) / sqrt(d + 1), noise), w ~ N(0, prior_variance I).
struct LinearRegression {
  Vector mean;
  Matrix covariance;
  double evidence;  ///< log N(y; 0, prior_variance F F' + noise I)

  LinearRegression(const TrainingData& data, const Matrix& query, double noise, double prior_variance);

  static Matrix features(const Matrix& x);
};

}  // namespace predcorr::test
