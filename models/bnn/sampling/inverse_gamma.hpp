// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/stream.hpp"

namespace predcorr::models {

/// Gamma(shape, 1), by Marsaglia & Tsang 2000, with their section 6 for shapes below 1.
/// @param shape > 0  Cost: about one normal and one uniform number.
double gamma_draw(double shape, Stream& stream);

/// Inverse gamma over a variance v: density proportional to v^-(shape + 1) exp(-scale / v), the conjugate prior of the
/// variance of normal values. It weighs as 2 shape such values, of mean square scale / shape. With both 0 it is the
/// improper prior that is uniform in log v.
struct InverseGamma {
  double shape = 0;
  double scale = 0;  ///< squared units of the values

  /// What is believed of v after `count` values from N(0, v) whose squares sum to `squares`: inverse gamma again.
  InverseGamma given(double count, double squares) const { return {shape + 0.5 * count, scale + 0.5 * squares}; }

  /// exp of the most probable log v: scale / shape. With an improper prior that is the maximum of the likelihood.
  double log_mode() const { return scale / shape; }

  /// log density of log v, up to a constant.
  double log_density_of_log(double v) const;

  double draw(Stream& stream) const { return scale / gamma_draw(shape, stream); }
};

}  // namespace predcorr::models
