// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/linalg.hpp"
#include "core/registry.hpp"

namespace predcorr {

/// A covariance function k(x, z) with its hyper-parameters. Kernels live in core because data sets (whose truth is a
/// GP posterior) and models both stand on them.
class Kernel {
 public:
  static constexpr const char* kKind = "kernel";
  virtual ~Kernel() = default;

  /// k(x_i, z_j).  @param x n x d  @param z m x d  @return n x m
  virtual Matrix cross(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Matrix>& z) const = 0;

  /// k(x_i, x_i): n.
  virtual Vector diagonal(const Eigen::Ref<const Matrix>& x) const = 0;
};

/// ||(x_i - z_j) / l||^2 with one length-scale per column, or one for all. Cost: 3 n m d.
/// @throws Error (shape) if `length_scales` has neither 1 nor d entries
Matrix scaled_squared_distances(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Matrix>& z,
                                const Eigen::Ref<const Vector>& length_scales);

/// A "length_scale" parameter as a vector. @throws Error (config) if the list is empty
Vector checked_length_scales(const std::vector<double>& list);

}  // namespace predcorr
