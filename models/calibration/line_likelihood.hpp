// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/matrix.hpp"

namespace predcorr::models {

/// The Gaussian likelihood of residuals whose standard deviation is a line, as a function of the logarithms of its two
/// ends: s_i = exp(u) (1 - t_i) + exp(v) t_i, t in [0, 1]. Every (u, v) gives positive s, whatever the line's slope.
class LineLikelihood {
 public:
  struct Ends {
    double low, high;  ///< s at t = 0 and t = 1
    double nll;        ///< sum_i w_i (log s_i + r_i^2 / (2 s_i^2))
  };

  /// @param t in [0, 1], with at least one 0 and one 1  @param squares r^2, of mean 1  @param weights sum 1
  LineLikelihood(Vector t, Vector squares, Vector weights)
      : t_(std::move(t)), squares_(std::move(squares)), weights_(std::move(weights)) {}

  /// The lowest optimum found from several starts with both ends at least `floor`: two flat, two steep lines, and one
  /// through the root mean squares of the lower and the upper third.  Cost: about 5 * 20 passes over the rows.
  Ends minimise(double floor) const;

 private:
  struct Local;
  Local local(const Eigen::Vector2d& at) const;
  Ends descend(Eigen::Vector2d at, double floor) const;

  Vector t_, squares_, weights_;
};

}  // namespace predcorr::models
