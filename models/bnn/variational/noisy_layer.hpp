// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "models/bnn/engine/kronecker.hpp"

namespace predcorr::models {

/// The numbers on which a posterior over weights depends, apart from the curvature.
struct NoisyScales {
  double rows;            ///< of training data
  double noise_variance;  ///< of the targets
  double prior_variance;  ///< weights ~ N(0, prior_variance), before the scaling by fan-in
  double damping;         ///< added to the mean curvature for steps, not for the posterior
};

/// What noisy natural gradient keeps of one layer: a running mean of its curvature, and by it a Gaussian posterior of
/// the weights about their mean. The curvature is that of rows' squared errors, the sum of J_i' J_i over rows i; so it
/// does not lag behind the noise variance it is divided by. Const functions may be called from several threads.
class NoisyLayer {
 public:
  virtual ~NoisyLayer() = default;
  virtual std::unique_ptr<NoisyLayer> clone() const = 0;

  /// The mean becomes (1 - share) of what it was and `share` of these rows', whose deltas belong to a unit output
  /// gradient. The first call's share is 1.
  virtual void observe(const LayerGradients& rows, double share) = 0;

  /// Factorises what it has seen. Needed before the functions below, and from time to time.
  virtual void refresh(const NoisyScales& scales) = 0;

  /// Takes up final scales, with no more to observe.
  virtual void settle(const NoisyScales& scales) = 0;

  /// The gradient of the mean loss per row, preconditioned by curvature / noise_variance + prior's share + damping.
  virtual Matrix natural(const Matrix& gradient, const NoisyScales& scales) const = 0;

  /// A draw of the weights less their mean, from independent N(0, 1).  @param noise outputs x (inputs + 1)
  virtual Matrix deviation(const Matrix& noise, const NoisyScales& scales) const = 0;

  /// The sum of the weights' posterior variances.
  virtual double total_variance(const NoisyScales& scales) const = 0;

  /// The same with curvature and prior added up as they are, whatever form the posterior has: to learn the prior
  /// variance by.
  virtual double unfactored_variance(const NoisyScales& scales) const { return total_variance(scales); }
};

/// Matrix-variate normal: covariance (1 / n) A_d^-1 (x) G_d^-1 with the Kronecker factors A of inputs and G of deltas
/// over the noise variance, into each of which goes a root of the prior's share 1 / (n prior_variance),
///   A_d = A + pi r I, G_d = G + r / pi I, r = (n prior_variance)^-1/2, pi^2 = mean(diag A) / mean(diag G)
/// (Zhang et al. 2018; Martens & Grosse 2015, 6.3). Where G is one number, nothing needs to be approximated and
/// A_d = A + r^2 / G I, G_d = G. For steps the damping is added to r^2. Otherwise the product has terms in r besides
/// the prior's r^2, so that weights the data say nothing of vary less than under the prior; a prior variance that
/// learned from them would shrink without end, hence `unfactored_variance`. Uses the scales of the last `refresh`,
/// which costs 4 (inputs^3 + outputs^3) or so.
std::unique_ptr<NoisyLayer> matrix_normal_layer(const Network::Layer& layer);

/// Eigenvalue-corrected (Bae et al. 2018; George et al. 2018): independent in the eigenbasis U, V of the Kronecker
/// factors, entry (o, i) of U' W V with variance 1 / (n s_oi / noise_variance + 1 / prior_variance), s the mean square
/// of (U' delta)_o (V' x)_i over the rows seen since `refresh` found that basis. `refresh` costs 9 (inputs^3 +
/// outputs^3) or so and starts s from the factors' eigenvalues, as if they were kEarlierBatches observed ones.
std::unique_ptr<NoisyLayer> eigenbasis_layer(const Network::Layer& layer);
constexpr double kEarlierBatches = 10;

}  // namespace predcorr::models
