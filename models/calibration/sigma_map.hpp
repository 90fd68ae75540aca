// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "core/base/matrix.hpp"
#include "core/plugins/parameters.hpp"

namespace predcorr::models {

/// How a calibrated standard deviation sigma_cal follows from an uncalibrated one, sigma_uc.
enum class SigmaForm {
  linear,   ///< a sigma_uc + b, a >= 0 (Palmer et al. 2022)
  scale,    ///< a sigma_uc (Levi et al. 2022)
  power,    ///< c sigma_uc^p, p >= 0
  isotonic  ///< variance a non-decreasing step function of sigma_uc, interpolated
};
EnumWords<SigmaForm> words_of(SigmaForm);

/// A map from sigma_uc to sigma_cal, both in the unit of the targets; not decreasing. The default is the identity.
struct SigmaMap {
  SigmaForm form = SigmaForm::linear;
  double a = 1, b = 0;                   ///< linear and scale
  double coefficient = 1, exponent = 1;  ///< power
  Vector knots, knot_variances;          ///< isotonic: linear in between, constant outside
  double least_sigma_uc = 0;             ///< a sigma_uc below counts as this: nothing is known of what lies below
  double least_sigma_cal = 0;            ///< sigma_cal is never below

  double operator()(double sigma_uc) const;
  Vector operator()(const Vector& sigma_uc) const;

  /// For how many of these one of the two bounds decides, not the formula.
  Index bounded(const Vector& sigma_uc) const;

 private:
  double formula(double sigma_uc) const;
};

/// sigma_cal = a sigma_uc + b without any bound: what a fit that does not insist on positive values would have given.
struct FreeLine {
  double a, b;

  /// How many of these would get a sigma_cal of 0 or less.
  Index non_positive(const Vector& sigma_uc) const;
};

/// r = residual / sigma: mean and population standard deviation. Standard normal r has 0 and 1.
struct RStatistics {
  double mean = 0, stddev = 0;
};

/// A map and how well it describes what it was fitted to. "Before" is about sigma_uc as it is, over the rows where it
/// is above 0; not a number where there is no such row.
struct SigmaFit {
  SigmaMap map;
  Index rows = 0;                        ///< that count: weight above 0
  Index zero_sigmas = 0;                 ///< of them, those with sigma_uc = 0
  Index bounded = 0;                     ///< of them, those whose sigma_cal a bound gave
  double nll_before = 0, nll_after = 0;  ///< mean Gaussian negative log-likelihood, nats, log(2 pi) / 2 included
  RStatistics r_before, r_after;
  std::optional<FreeLine> unconstrained;  ///< linear only, where there were rows enough to fit it
};

/// Mean of log(2 pi) / 2 + log s + residual^2 / (2 s^2).
/// @param weights how often each row counts, or empty
double mean_gaussian_nll(const Vector& residual, const Vector& stddev, const Vector& weights = {});

/// Maximum Gaussian likelihood of residuals with standard deviations sigma_cal = map(sigma_uc).
/// - linear: by log sigma_cal at the least and the largest sigma_uc, so that sigma_cal is positive on all rows; damped
///   Newton steps from several starts, since there may be more than one optimum. Where the best line falls (a < 0) the
///   sigmas carry no information that could be used: then a = 0 and b is the root mean square (RMS) of the residuals.
///   b may be negative, so predictions count a sigma_uc below all those seen as the least that was seen.
/// - scale: closed form, a^2 = mean of (residual / sigma_uc)^2.
/// - power: convex in (log c, p); 0 <= p <= 10.
/// - isotonic: pooled adjacent violators of squared residuals, which is the maximum. Its ten least sigmas
///   share one variance: by themselves the first few would often be rows whose residual happens to be tiny.
/// Bounds against single rows that would decide alone: sigma_cal is at least a thousandth of the residuals' RMS
/// (linear, isotonic); a sigma_uc below a thousandth of the sigmas' RMS counts as that much (scale, power). Degenerate
/// input: fewer than 10 rows allow `scale` only, whatever was asked for. All sigma_uc equal: linear gives a = 0, b =
/// RMS, power p = 0, isotonic one level; all of them 0: every form gives the constant RMS. All residuals 0, or no rows:
/// nothing can be learned, the map is the identity. Multiplying residuals and sigmas by c multiplies sigma_cal by c.
/// Cost: n log n for isotonic, else a few hundred passes over n rows.
/// @param residual n, target minus mean  @param sigma_uc n, not negative  @param weights as above, not negative
/// @throws Error (shape, numerical)
SigmaFit fit_sigma_map(SigmaForm form, const Vector& residual, const Vector& sigma_uc, const Vector& weights = {});

}  // namespace predcorr::models
