// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/matrix.hpp"
#include "core/base/stream.hpp"

namespace predcorr::models {

/// A Gaussian process of finite rank, all of whose parts can be learned: f(x) = phi(x)'w with w ~ N(m, L L') and
///   phi_k(x) = stddev sqrt(2 / K) cos(omega_k'(x / l) + b_k),  k = 1 ... K
/// (random Fourier features, Rahimi & Recht 2007). With m = 0, L = I, omega ~ N(0, I) and b uniform it is, for large K,
/// the process with an RBF kernel of variance stddev^2 and length-scales l: that is where it starts. Parameters live in
/// one flat vector: m, L's columns from the diagonal down, omega (inputs x K, column-major), b, log l.
class FourierProcess {
 public:
  /// f at some points, and what `gradient` needs of it.
  struct Marginals {
    Vector mean;      ///< of f: n
    Matrix factor;    ///< F with covariance F F': n x K
    Matrix scaled;    ///< points over length-scales: n x inputs
    Matrix features;  ///< phi: n x K
    Matrix slopes;    ///< derivative of phi by the cosines' arguments: n x K
    Matrix lower;     ///< L: K x K
  };

  FourierProcess(Index inputs, Index features, double stddev);

  Index parameter_count() const { return log_scales_at() + inputs_; }

  Vector initial_parameters(const Vector& length_scales, Stream& stream) const;

  /// @param parameters parameter_count, or more  @param points n x inputs  Cost: n K (K + 2 inputs).
  void at(const Eigen::Ref<const Vector>& parameters, const Matrix& points, Marginals& f) const;

  /// Gradient of a loss by the parameters, given those by `mean` and `factor`.
  /// @param gradient written: parameter_count  Cost: 2 n K (K + 2 inputs).
  void gradient(const Eigen::Ref<const Vector>& parameters, const Marginals& f, const Vector& by_mean,
                const Matrix& by_factor, Eigen::Ref<Vector> gradient) const;

 private:
  Index frequencies_at() const { return features_ + features_ * (features_ + 1) / 2; }
  Index phases_at() const { return frequencies_at() + inputs_ * features_; }
  Index log_scales_at() const { return phases_at() + features_; }

  Index inputs_, features_;
  double amplitude_;  // stddev sqrt(2 / K)
};

}  // namespace predcorr::models
