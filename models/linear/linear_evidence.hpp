// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/prediction/joint_prediction.hpp"

namespace predcorr::models {

/// Targets y ~ N(0, v C + s I) seen along the eigenvectors u_i of C, a covariance of which v is the scale: all that the
/// likelihood of v and s depends on.
struct EigenTargets {
  Vector eigenvalues;       ///< l_i >= 0, those that are not listed are 0
  Vector squares;           ///< (u_i'y)^2
  Index others = 0;         ///< how many are not listed
  double other_square = 0;  ///< |y|^2 along these

  Index count() const { return eigenvalues.size() + others; }
  double total_square() const { return squares.sum() + other_square; }

  /// log N(y; 0, v C + s I), nats.
  double log_likelihood(double signal, double noise) const;
};

/// EigenTargets of a whole matrix, and its eigenvectors.
struct Eigensystem {
  Matrix vectors;
  EigenTargets targets;
};
/// @param c n x n, the lower triangle is read  @throws Error (numerical) if it cannot be done  Cost: about 9 n^3.
Eigensystem eigensystem(const Matrix& c, const Vector& y);

/// v and s.
struct VarianceComponents {
  double signal, noise;
  double log_likelihood;
};

/// The v and s of greatest likelihood, s at least `smallest_noise`. For each ratio s / v the best v is known in closed
/// form, so this is a search along one line: the best of 80 ratios from 1e-10 to 1e10 times the largest eigenvalue,
/// then bisection of the derivative between its neighbours. Needs eigenvalues alone; cost: 200 n.
VarianceComponents most_likely_variances(const EigenTargets& targets, double smallest_noise);

/// Bayesian linear regression: y = F w + noise, w ~ N(0, v I), noise ~ N(0, s). Bishop 2006, sections 3.3 to 3.5.
/// v and s (1 / alpha and 1 / beta there) by maximum evidence from one eigendecomposition of the smaller of F'F and
/// FF', which gives the posterior, too. Cost: n p min(n, p).
class LinearPosterior {
 public:
  /// @param features F, n x p  @param targets n  @param smallest_noise lower bound of s
  LinearPosterior(const Matrix& features, const Vector& targets, double smallest_noise);

  /// The function's joint prediction: latent covariance as a factor, points x p.  @param features m x p
  /// Cost: m p min(n, p).
  JointPrediction predict(const Matrix& features) const;

  const VarianceComponents& variances() const { return variances_; }
  const Vector& mean() const { return mean_; }  ///< of w

  /// How many directions of w the data determine: sum l / (l + s / v), gamma of MacKay 1992.
  double effective_parameters() const { return effective_parameters_; }

 private:
  VarianceComponents variances_{};
  Vector mean_;
  // The posterior covariance's symmetric root is sqrt(v) (I - B' diag(g) B).
  Matrix directions_;  // B: min(n, p) x p
  Vector shrinkage_;   // g
  double effective_parameters_;
};

}  // namespace predcorr::models
