// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/prediction/joint_prediction.hpp"

namespace predcorr::models {

/// Some rows that were not trained on: y's correlation matrix, and residuals over their standard deviations.
struct StandardisedGroup {
  Matrix correlation;  ///< n x n, diagonal 1
  Vector r;            ///< n
};

/// @param residual target minus mean: n.  Points without variance are left out.
StandardisedGroup standardised_group(const JointPrediction& prediction, const Vector& residual);

struct CorrelationShrinkage {
  double gamma = 1;
  // Mean over rows of the joint log density of r, nats per row, at gamma, at 1 and at 0. At 1 minus infinity where
  // some group's correlation matrix is singular.
  double log_likelihood = 0, kept = 0, independent = 0;
  Index rows = 0;  ///< in groups of at least 2
};

/// How much of the predicted correlations of y is true: the gamma for which gamma R + (1 - gamma) I in place of R
/// (Covariance::with_correlations_times) has the largest joint likelihood, sum over groups of log N(r_g; 0, gamma R_g +
/// (1 - gamma) I). With R = V diag(l) V' the density is that of independent (V'r)_k with variances gamma l_k + 1 -
/// gamma, so each R is decomposed once and the search is over one number: a grid, since there may be more than one
/// maximum, then Brent's method around its best. A gamma of 1 is allowed only where no R is singular to working
/// precision; short of 1 no matrix is. Where no group has two rows nothing can be learned and gamma is 1. Linear
/// shrinkage as Ledoit & Wolf 2004 have it, with held-out likelihood in place of their Frobenius loss. Cost: about 10
/// n^3 for each group of n rows; the search a hundred passes over all rows.
CorrelationShrinkage fit_correlation_shrinkage(const std::vector<StandardisedGroup>& groups);

}  // namespace predcorr::models
