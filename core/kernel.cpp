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
  const Vector inverse = length_scales.size() == 1 ? Vector::Constant(d, 1 / length_scales(0))
                                                   : Vector(length_scales.cwiseInverse());
  const Matrix a = x * inverse.asDiagonal();
  const Matrix b = z * inverse.asDiagonal();
  // |a|^2 + |b|^2 - 2 a'b cancels for near points; what is lost is 1e-16 of |a|^2, and the result is kept above 0.
  Matrix squared = -2 * a * b.transpose();
  squared.colwise() += a.rowwise().squaredNorm();
  squared.rowwise() += b.rowwise().squaredNorm().transpose();
  return squared.cwiseMax(0);
}

}  // namespace predcorr
