// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/validity/seed_jackknife.hpp"
#include "results/validity/validity_data.hpp"

namespace predcorr {

/// With 4 models even the best agreement of ranks comes by chance in 2 of 24 orders, 8 %; with 5 in 2 of 120. An
/// interval from 2 seeds has a single difference behind it.
inline constexpr Index kLeastModels = 5, kLeastSeeds = 3;

/// How a score and what it should tell go together over models; larger is better in both. Nothing is computed from
/// fewer models than kLeastModels.
struct ValidityRelation {
  Index models = 0;  ///< that have both in every seed; the others are left out
  std::optional<JackknifeInterval> pearson, spearman;
  /// Spearman's correlation of the score less that of marginal_log_likelihood, same models, same resamples.
  std::optional<JackknifeInterval> over_marginal;
};

/// @param over null for none  @param seeds those of the quantities
ValidityRelation relate(const Quantity& score, const Quantity& target, const Quantity* over,
                        const SeedJackknife& seeds);

/// How many seeds a score needs to separate two models.
struct Power {
  Index pairs = 0;       ///< of models that have the score in every seed
  double separated = 0;  ///< share of pairs that a two-sided paired t test at 5 % tells apart, with the seeds there are
  /// Lower quartile, median and upper quartile over pairs of the seeds with which the test would separate a pair in
  /// 80 of 100 studies: ((1.960 + 0.842) s / mean)^2, rounded up, of the paired differences; infinite where they are 0.
  /// A normal approximation: below some ten seeds the true number is larger by one or two.
  Vector seeds;
  /// Share of the separated pairs whose order is that of the target's means; NaN where no pair is separated.
  Vector agreement;
};

/// @param targets one column of means for each, models x targets, signed; NaN leaves a pair out
Power power_of(const Quantity& score, const Matrix& targets);

}  // namespace predcorr
