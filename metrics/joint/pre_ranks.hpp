// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "core/base/matrix.hpp"
#include "core/base/stream.hpp"

namespace predcorr::metrics {

// A pre-rank rho makes one number of d values that came true together. Where they are drawn from the prediction, the
// probability integral transform P(rho(Y) <= rho(y)) of that number, Y the prediction, is uniform on [0, 1] whatever
// rho is (Gneiting et al. 2008; Allen, Ziegel & Ginsbourger 2024). Here for Gaussian predictions, in standardised
// residuals z_i = (y_i - m_i) / sigma_i with correlation matrix R (d x d, ones on its diagonal), z and R in the same
// order. Nothing depends on the unit of y, and nothing but rounding on the order of the points, if not said.

/// Highest density region: rho = log density. P(chi^2_d >= z' R^-1 z). Near 0 for values far out: crowds at 0 where the
/// prediction is over-confident in any direction.  @throws Error (numerical) if R is singular (metrics/gaussian.hpp)
/// Cost: d^3 / 3. Source: Chung et al. 2024; Desobry, Zhalieva & Ben Taieb 2025.
double highest_density_pit(const Vector& z, const Matrix& correlation);

/// First principal component: rho = v' (y - m), v the leading eigenvector of y's covariance, of length 1, its largest
/// component positive (of several within 1e-6, the first point's). Phi(v' (y - m) / sqrt(lambda)). Where two
/// eigenvalues are equal, v is one of many; the transform is uniform for each.
/// @param deviation of y: d, positive, any unit   Cost: some 10 d^3. Source: Desobry, Zhalieva & Ben Taieb 2025.
double principal_component_pit(const Vector& z, const Vector& deviation, const Matrix& correlation);

/// Dependence: rho = -sum_{i<j} (z_i - z_j)^2 / sum_i z_i^2 = (sum_i z_i)^2 / sum_i z_i^2 - d, larger the more the
/// residuals go together. P(Q <= 0) of the quadratic form Q = Z' (1 1' - c I) Z, Z ~ N(0, R), with c = (sum z)^2 /
/// sum z^2, by Imhof's formula, whose integrand is analytic in the logarithm of its variable, so that equal steps find
/// it to some 1e-14, and 1e-8 where nearly all or nearly none go together less. Error bars that are all too wide or too
/// narrow by one factor do not move it. Source: Allen, Ziegel & Ginsbourger 2024, Desobry, Zhalieva & Ben Taieb 2025;
/// Imhof 1961. Departures: the variogram is taken over all pairs and not at one lag, as test points have no order, of
/// residuals, so that it is not of differences between means, and divided by their mean square and not by their
/// variance about their own mean, of which the former would be a fixed multiple.
/// @return nothing where all z are 0, or where the prediction leaves rho no spread   Cost: 10 d^3 and 500 d
/// arctangents.
std::optional<double> dependence_pit(const Vector& z, const Matrix& correlation);

/// Copula: rho = P(Y_1 <= y_1, ..., Y_d <= y_d), whose transform is the CopPIT of Ziegel & Gneiting 2014. Neither rho
/// nor its distribution (Kendall's) has a closed form from d = 3 on: both come from draws of the prediction. rho of y,
/// and of each draw, is its multivariate rank, how many of y and all draws are nowhere above it; the transform is y's
/// place among the draws by that, at random among equals, so that it is exactly uniform at any number of draws.
/// @param stream decides draws and places among equals   Cost: up to draws^2 d comparisons, d^2 for each draw.
/// Source: Gneiting et al. 2008, section 2.1; Ziegel & Gneiting 2014.
double copula_pit(const Vector& z, const Matrix& correlation, Index draws, Stream stream);

}  // namespace predcorr::metrics
