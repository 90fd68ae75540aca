// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/prediction/joint_prediction.hpp"
#include "metrics/metric.hpp"

namespace predcorr::metrics {

/// Evaluation data and prediction of the test points or, where there are more than `most`, of so many of them. These
/// are drawn by what came true (metrics/points/content_order.hpp): the same for all models and for any order of the
/// rows.
struct TestSample {
  Vector y;
  JointPrediction prediction;
  Rows points;  ///< which of the test points they are
  Rows order;   ///< the sample's points in the random order in which they were drawn

  TestSample(const EvaluationData& evaluation, const JointPrediction& all, Index most);
};

/// E |m + s Z|^(1/2) for Z ~ N(0, 1): sqrt(s) 2^(1/4) Gamma(3/4) / sqrt(pi) 1F1(-1/4; 1/2; -x), x = m^2 / (2 s^2). The
/// function is summed as exp(-x) 1F1(3/4; 1/2; x), whose terms are positive, up to x = 25, by its expansion for large x
/// above; exact to some 1e-13. @param s not negative   Cost: up to 100 terms.
double mean_root_distance(double m, double s);

/// E |m + s Z|: s sqrt(2 / pi) exp(-m^2 / (2 s^2)) + m erf(m / (s sqrt 2)).
double mean_distance(double m, double s);

/// E |x| for x ~ N(m, C), the length of a Gaussian vector, by quadrature to some 1e-12: with Q = |x|^2 and its Laplace
/// transform L(t) = |I + 2 t C|^(-1/2) exp(-t m' (I + 2 t C)^-1 m), E sqrt(Q) = 1 / (2 sqrt(pi)) int (1 - L(t))
/// t^(-3/2) dt. In u = log t the integrand is analytic around the real line and falls off as exp(-|u| / 2), so equal
/// steps converge exponentially. At any scale, of mean and covariance each by itself.
class MeanLength {
 public:
  /// Brings C to tridiagonal form, where L costs n.  @param covariance n x n   Cost: 4 n^3 / 3.
  explicit MeanLength(const Matrix& covariance);

  /// E |x| for x ~ N(mean, factor^2 C).  Cost: n^2, and n for each of some 400 steps.
  double operator()(const Vector& mean, double factor = 1) const;

  /// The same of many means: k numbers. What the steps have in common is computed once, and those at either end, where
  /// L is 0 or linear in t to rounding, are added up in closed form: some 100 are left.
  /// @param means n x k  Cost: n^2 + 250 n for each.
  Vector of_columns(const Matrix& means) const;

 private:
  int exponent_ = 0;          // what follows is of C 2^(-2 exponent)
  Vector diagonal_, beside_;  // of the tridiagonal form
  Matrix basis_;
};

/// E |v + e| of many vectors v, e ~ N(0, diag(noise)), as MeanLength has it, by the same quadrature, for a covariance
/// that is diagonal: the integrand then depends on v only through its squares summed over points of equal noise, so
/// that all vectors are done at once by a product of matrices. Without noise the lengths themselves.
class NoisyLengths {
 public:
  /// @param noise variances: n, not negative, in a unit in which they or the vectors are near 1; below 1e-250 they are
  /// 0
  explicit NoisyLengths(const Vector& noise);

  /// @param vectors n x m  @return m  Cost: n m, and some 400 m for each different noise variance.
  Vector operator()(const Matrix& vectors) const;

 private:
  Vector levels_, counts_;  // the different variances, smallest first, and how many points have each
  Rows level_of_;           // of each point
};

}  // namespace predcorr::metrics
