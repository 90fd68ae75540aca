// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "core/base/matrix.hpp"
#include "core/kernels/hyper_parameter.hpp"
#include "core/linalg/cholesky.hpp"
#include "core/plugins/registry.hpp"
#include "core/prediction/joint_prediction.hpp"

namespace predcorr {

class Kernel;
using KernelPtr = std::shared_ptr<const Kernel>;

/// A covariance function and its hyper-parameters, immutable. Kernels compose: {"sum": ["rbf", {"product": ["linear",
/// "periodic"]}]}; a learner sees one kernel and one vector of log hyper-parameters, whatever it is made of. They live
/// in core because data sets (whose truth is a GP posterior) and models both stand on them.
///
/// Observations i and j covary by cross(x_i, x_j), plus white_noise(x_i) where i = j. Gradients are asked for as
/// products with a weight matrix, tile by tile, so that no derivative ever needs an n x n matrix of its own.
class Kernel : public Plugin {
 public:
  static constexpr const char* kKind = "kernel";
  virtual ~Kernel() = default;

  /// k(x_i, z_j).  @param x n x d  @param z m x d  @return n x m
  virtual Matrix cross(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Matrix>& z) const = 0;

  /// k(x_i, x_i): n.
  virtual Vector diagonal(const Eigen::Ref<const Matrix>& x) const = 0;

  /// Variance that an observation at x_i shares with no other: n.
  virtual Vector white_noise(const Eigen::Ref<const Matrix>& x) const { return Vector::Zero(x.rows()); }

  /// What a learner may change, in a fixed order: p entries.  @throws Error (config) if a start is outside its range
  virtual std::vector<LogParameter> log_parameters() const = 0;

  /// The same kernel elsewhere.  @param values p logarithms
  virtual KernelPtr with_log_parameters(const Eigen::Ref<const Vector>& values) const = 0;

  /// The kernel with every open start chosen: length-scales from the inputs, variances so that they add up to
  /// `variance`. Where that is 0 the variance is another factor's to learn: an open one becomes 1 and stays so.
  virtual KernelPtr started(const Matrix& inputs, double variance) const = 0;

  /// gradient(t) += sum_ij weight_ij dk(x_i, z_j) / d log-parameter t; and, unless null,
  /// by_z(j, c) += sum_i weight_ij dk(x_i, z_j) / dz_jc.
  /// @param weight n x m  @param gradient p  @param by_z m x d
  virtual void add_cross_gradient(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Matrix>& z,
                                  const Eigen::Ref<const Matrix>& weight, Eigen::Ref<Vector> gradient,
                                  Matrix* by_z) const = 0;

  /// gradient(t) += sum_i weight_i dk(x_i, x_i) / d log-parameter t.
  virtual void add_diagonal_gradient(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Vector>& weight,
                                     Eigen::Ref<Vector> gradient) const = 0;

  /// The same for white_noise.
  virtual void add_white_noise_gradient(const Eigen::Ref<const Matrix>&, const Eigen::Ref<const Vector>&,
                                        Eigen::Ref<Vector>) const {}

  /// The same kernel, and those it turns into, with every answer looked at: sizes, null pointers, and exceptions that
  /// are no Error become an Error of kind internal in the name of `origin`. What a registry makes is watched.
  static KernelPtr watched(KernelPtr kernel, const std::string& origin);
};

/// A kernel as a suite writes it: "rbf"; {"rbf": {"length_scale": 2}}; {"sum": [...]}; a number, which is a constant;
/// or {"kernel": "rbf", "parameters": {...}}.
template <>
struct JsonType<Configured<Kernel>> {
  static std::string name() { return "kernel"; }
  static bool usable(const Configured<Kernel>& value) { return value.object != nullptr; }
  static bool all(const Json& value, const std::function<bool(const Json&)>& holds) { return holds(value); }
  static Json write(const Configured<Kernel>& value);
  static Configured<Kernel> read(const Json& value, const std::filesystem::path& folder = {});
  static void add_revisions(const Configured<Kernel>& value, Revisions& revisions) {
    revisions.insert(value.revisions.begin(), value.revisions.end());
  }
};

/// The kernel that such a text stands for. @throws Error (config)
inline KernelPtr read_kernel(const Json& value) { return JsonType<Configured<Kernel>>::read(value).object; }

/// Kernel::cross on all idle threads.
Matrix cross_in_tiles(const Kernel& kernel, const Matrix& x, const Matrix& z);

/// k(x_i, x_j) on all idle threads, half of it computed and mirrored: n x n.
Matrix gram_in_tiles(const Kernel& kernel, const Matrix& x);

/// The lower triangle of k(x_i, x_j) plus white noise on the diagonal, into n x n storage.
void observed_lower_in_place(const Kernel& kernel, const Matrix& x, Eigen::Ref<Matrix> lower);

/// Current values of the log parameters: p.
Vector log_values(const std::vector<LogParameter>& parameters);

/// The posterior of a zero-mean GP at query points:
///   mean = K_qt (K_tt + D)^-1 y,  latent = K_qq - K_qt (K_tt + D)^-1 K_tq.  Rasmussen & Williams 2006, eq. 2.22-2.24.
/// Variances that rounding has made negative become 0.
/// @param observed factor of K_tt + D (n x n)  @param cross K_qt, m x n  @param prior K_qq, m x m
/// @param y n  @param noise_variance of the queries' y, m   Cost: n^2 m + n m^2.
JointPrediction condition_gp(const Cholesky& observed, Matrix cross, Matrix prior, const Vector& y,
                             Vector noise_variance);

}  // namespace predcorr
