// SPDX-License-Identifier: Apache-2.0
#include "core/kernel.hpp"

#include "core/error.hpp"

namespace predcorr {

Matrix scaled_squared_distances(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Matrix>& z,
                                const Eigen::Ref<const Vector>& length_scales) {
  const Index d = x.cols();
  require(length_scales.size() == 1 || length_scales.size() == d, ErrorKind::shape,
          "kernel: {} length-scales for {} inputs; give one, or one for each input", length_scales.size(), d);
  require(z.cols() == d, ErrorKind::shape, "kernel: points have {} and {} inputs", d, z.cols());
  const Vector inverse =
      length_scales.size() == 1 ? Vector::Constant(d, 1 / length_scales(0)) : Vector(length_scales.cwiseInverse());
  const Matrix a = x * inverse.asDiagonal();
  const Matrix b = z * inverse.asDiagonal();
  // Differences first: |a|^2 + |b|^2 - 2 a'b would be one matrix product, but cancels for near points, and a Matern
  // kernel takes the root of what is left. One column of the result stays in cache while its d terms are added.
  Matrix squared(x.rows(), z.rows());
  for (Index j = 0; j < z.rows(); ++j) {
    auto column = squared.col(j).array();
    column.setZero();
    for (Index k = 0; k < d; ++k) column += (a.col(k).array() - b(j, k)).square();
  }
  return squared;
}

Vector checked_length_scales(const std::vector<double>& list) {
  require(!list.empty(), ErrorKind::config, "length_scale: must have one entry, or one for each input, got none");
  return Eigen::Map<const Vector>(list.data(), std::ssize(list));
}

}  // namespace predcorr
