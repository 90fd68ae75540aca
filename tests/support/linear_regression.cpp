// SPDX-License-Identifier: Apache-2.0
#include "tests/support/linear_regression.hpp"

#include <Eigen/Cholesky>
#include <cmath>
#include <numbers>

namespace predcorr::test {

TrainingData line(Index n) {
  Stream stream(5);
  Matrix x = stream.normals(n * 3).reshaped(n, 3);
  x.col(2) = 0.8 * x.col(0) + 0.4 * x.col(2);
  x.col(1).array() += 0.7;
  const Vector y = 1.5 * x.col(0) - x.col(1) + 0.5 * x.col(2) + 0.4 * stream.normals(n);
  return {x, y};
}

LinearRegression::LinearRegression(const TrainingData& data, const Matrix& query, double noise, double prior_variance) {
  const Matrix f = features(data.inputs), g = features(query);
  Matrix precision = f.transpose() * f / noise;
  precision.diagonal().array() += 1 / prior_variance;
  const Eigen::LLT<Matrix> factor(precision);
  mean = g * factor.solve(f.transpose() * data.targets) / noise;
  covariance = g * factor.solve(g.transpose());
  Matrix marginal = prior_variance * f * f.transpose();
  marginal.diagonal().array() += noise;
  const Eigen::LLT<Matrix> m(marginal);
  const auto n = static_cast<double>(data.targets.size());
  evidence = -0.5 * (data.targets.dot(m.solve(data.targets)) + n * std::log(2 * std::numbers::pi)) -
             m.matrixLLT().diagonal().array().log().sum();
}

Matrix LinearRegression::features(const Matrix& x) {
  Matrix f(x.rows(), x.cols() + 1);
  f << x, Vector::Ones(x.rows());
  return f / std::sqrt(static_cast<double>(x.cols()) + 1);
}

}  // namespace predcorr::test
