// SPDX-License-Identifier: Apache-2.0
#include "core/kernels/distances.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/base/error.hpp"

namespace predcorr {
namespace {

double median_distance(const Eigen::Ref<const Vector>& column) {
  const Index stride = 1 + (column.size() - 1) / 500;
  std::vector<double> distances;
  double sum = 0;
  for (Index i = 0; i < column.size(); i += stride)
    for (Index j = i + stride; j < column.size(); j += stride) {
      distances.push_back(std::abs(column(i) - column(j)));
      sum += distances.back();
    }
  if (sum == 0) return 1;
  const auto middle = distances.begin() + std::ssize(distances) / 2;
  std::nth_element(distances.begin(), middle, distances.end());
  return *middle > 0 ? *middle : sum / static_cast<double>(distances.size());
}

}  // namespace

Matrix scaled_squared_distances(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Matrix>& z,
                                const Eigen::Ref<const Vector>& length_scales) {
  const Index d = x.cols(), scales = length_scales.size();
  require(z.cols() == d, ErrorKind::shape, "kernel: points have {} and {} inputs", d, z.cols());
  require(scales == d || scales == 1, ErrorKind::shape,
          "kernel: length_scale must have 1 or {} entries, one for each input, got {}", d, scales);
  Vector inverse = Vector::Constant(d, 1 / length_scales(0));
  if (scales == d) inverse = length_scales.cwiseInverse();
  const Matrix a = x * inverse.asDiagonal(), b = z * inverse.asDiagonal();
  Matrix squares(x.rows(), z.rows());
  for (Index j = 0; j < z.rows(); ++j) {
    auto column = squares.col(j).array();
    column = (a.col(0).array() - b(j, 0)).square();
    for (Index k = 1; k < d; ++k) column += (a.col(k).array() - b(j, k)).square();
  }
  return squares;
}

Vector median_length_scales(const Matrix& inputs) {
  Vector scales(inputs.cols());
  for (Index j = 0; j < inputs.cols(); ++j)
    scales(j) = std::sqrt(static_cast<double>(inputs.cols())) * median_distance(inputs.col(j));
  return scales;
}

}  // namespace predcorr
