// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

namespace predcorr {

/// What every interval and every test of a leaderboard promises.
inline constexpr double kConfidence = 0.95;
inline constexpr double kAlpha = 0.05;

struct Interval {
  double low = 0, high = 0;
};

/// The t that |T| exceeds with probability 1 - kConfidence, T of Student's distribution.
/// @param freedom degrees of freedom, at least 1, whole or not (Welch's)  @throws Error (numerical)
/// Cost: those of whole degrees up to 100 are kept.
double student_t_critical(double freedom);

/// P(|T| >= |t|), to some 1e-13 of itself.  @throws Error (numerical) if t is not a number, or freedom below 1
double student_t_p(double t, double freedom);

/// How many times as large as s^2 / n the variance of a mean of n results is: 1 + n rho / (1 - rho).
///
/// Results at seeds that deal out the same rows anew are correlated, since their test sets share rows; then s^2 / n is
/// too small however many seeds there are. With correlation rho of any two results, the variance of their mean is
/// E[s^2] (1 / n + rho / (1 - rho)). Source: Nadeau & Bengio 2003 (Machine Learning 52:239-281), who set rho to
/// n_test / (n_test + n_train), so that rho / (1 - rho) is n_test / n_train. Their rho is a guess, if a proven one.
/// @param n results, at least 1  @param overlap rho, at least 0 and below 1; 0 for results that share nothing, as where
/// each seed draws a new function  @throws Error (numerical)
double overlap_inflation(int n, double overlap);

/// The standard deviation s, with divisor n - 1, at any scale of the values.
/// @param values at least two, finite  @param mean theirs
double sample_deviation(const std::vector<double>& values, double mean);

/// The standard error of the mean, s / sqrt(n), times the square root of `inflation` (overlap_inflation).
double standard_error_of(const std::vector<double>& values, double mean, double inflation);

/// The middle value, or half way between the two in the middle.  @param values at least one, finite
double sample_median(std::vector<double> values);

}  // namespace predcorr
