// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "results/statistics/paired_comparison.hpp"

namespace predcorr {

/// Beyond this a number of seeds says only that there is nothing to be found.
inline constexpr int kMostSeeds = 10000;

/// The probability that a two-sided paired t test at `alpha` with n seeds finds a true difference of `effect` standard
/// deviations of the differences: P(|T| > t), T of the noncentral t distribution with n - 1 degrees of freedom and
/// noncentrality effect / sqrt(1 / n + rho / (1 - rho)), t the critical value.
/// @param n at least 2  @param alpha between 0 and 1  @param overlap rho, as in summarise
/// @throws Error (numerical)  Source: Cohen 1988, section 2; as statsmodels' TTestPower, which knows no overlap
double paired_t_power(double effect, int n, double alpha, double overlap = 0);

/// The smallest number of seeds, those already seen among them, at which a paired t test would find a difference of the
/// size seen with probability `power` at least: at its effect_size and its overlap. A size seen in few seeds is itself
/// uncertain, and where it was picked because it is large, too large; then so few seeds are a hope, not a plan.
/// @param alpha between 0 and 1; that of one test, so kAlpha / (number of tests) where several are adjusted
/// @return 2 to kMostSeeds; kMostSeeds + 1 where these are not enough (with overlap no number may be); nothing where
/// the difference is 0, or nothing is known of its spread
/// @throws Error (numerical) for alpha or power not between 0 and 1  Cost: some 15 powers, each some 10 to 100 us
std::optional<int> seeds_needed(const PairedComparison& comparison, double alpha, double power = 0.8);

}  // namespace predcorr
