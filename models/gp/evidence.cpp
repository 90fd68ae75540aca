// SPDX-License-Identifier: Apache-2.0
#include "models/gp/evidence.hpp"

#include <cmath>
#include <numbers>

#include "core/linalg/huge_pages.hpp"
#include "core/linalg/tiles.hpp"

namespace predcorr::models {

Cholesky Evidence::factor(const Kernel& kernel) {
  Matrix& k = storage_.factor.matrix;
  if (k.size() == 0) {
    k.resize(x_.rows(), x_.rows());
    prefer_huge_pages(k);
  }
  observed_lower_in_place(kernel, x_, k);
  return Cholesky(std::move(storage_.factor));
}

Evidence::Value Evidence::at(const Kernel& kernel, bool with_gradient) {
  Cholesky k = factor(kernel);
  const Index n = x_.rows();
  const Vector a = k.solve(y_);
  Value value;
  value.jitter = k.jitter();
  value.log_likelihood =
      -0.5 * (y_.dot(a) + k.log_determinant() + static_cast<double>(n) * std::log(2 * std::numbers::pi));
  if (!with_gradient) {
    storage_.factor = std::move(k).release();
    return value;
  }

  InverseFactor inverse(std::move(k), std::move(storage_.upper));
  Matrix gradients = Matrix::Zero(std::ssize(kernel.log_parameters()), lower_tile_count(n));
  Vector noise_weight(n);
  for_lower_tiles(n, [&](Index i, Index j, Index k_th) {
    const auto [row, height] = tile_range(i, n);
    const auto [col, width] = tile_range(j, n);
    Matrix weight = a.segment(row, height) * a.segment(col, width).transpose();
    inverse.subtract_tile(i, j, weight);
    if (i == j) {  // tiles off the diagonal stand for two, of these one triangle does
      weight.triangularView<Eigen::StrictlyUpper>().setZero();
      weight.diagonal() *= 0.5;
      noise_weight.segment(row, height) = weight.diagonal();
    }
    kernel.add_cross_gradient(x_.middleRows(row, height), x_.middleRows(col, width), weight, gradients.col(k_th),
                              nullptr);
  });
  value.gradient = gradients.rowwise().sum();
  kernel.add_white_noise_gradient(x_, noise_weight, value.gradient);
  storage_ = std::move(inverse).release();
  return value;
}

LogObjective Evidence::objective(KernelPtr kernel) {
  return [this, kernel = std::move(kernel)](const Vector& at, Vector& gradient) {
    Value value = this->at(*kernel->with_log_parameters(at));
    gradient = std::move(value.gradient);
    return value.log_likelihood;
  };
}

Evidence::LeaveOneOut Evidence::leave_one_out(const Kernel& kernel) {
  Cholesky k = factor(kernel);
  const Vector a = k.solve(y_);
  InverseFactor inverse(std::move(k), std::move(storage_.upper));
  LeaveOneOut loo;
  loo.variance = inverse.diagonal().cwiseInverse();
  loo.mean = y_ - a.cwiseProduct(loo.variance);
  storage_ = std::move(inverse).release();
  const Eigen::ArrayXd residual = (y_ - loo.mean).array();
  loo.rmse = std::sqrt(residual.square().mean());
  loo.log_likelihood =
      -0.5 * (residual.square() / loo.variance.array() + (2 * std::numbers::pi * loo.variance.array()).log()).mean();
  return loo;
}

}  // namespace predcorr::models
