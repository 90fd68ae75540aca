// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "core/base/matrix.hpp"
#include "results/statistics/student_t.hpp"
#include "results/statistics/studentised_range.hpp"

namespace predcorr {

/// Do models differ over several data sets, by their ranks?
struct FriedmanTest {
  std::vector<double> mean_ranks;  ///< of each model over data sets, 1 is best
  double chi_square = 0;           ///< corrected for ties; 0 where every data set ranks all models alike
  double p = 1;                    ///< of chi_square, with models - 1 degrees of freedom
  std::optional<double> f;         ///< Iman & Davenport's; nothing where all data sets agree, and it would be infinite
  double f_p = 1;                  ///< of f, with models - 1 and (models - 1) (data sets - 1) degrees of freedom
  int datasets = 0, models = 0;
};

/// Friedman's test and Iman & Davenport's, which is less conservative. With R_j the mean ranks of k models on N data
/// sets:
///   chi_square = 12 N / (k (k + 1)) sum_j (R_j - (k + 1) / 2)^2 / (1 - sum (t^3 - t) / (N (k^3 - k))),
/// the last sum over groups of t models tied on a data set; f = (N - 1) chi_square / (N (k - 1) - chi_square).
///
/// chi_square is asymptotic in N. Where all data sets agree f is infinite, and f_p is what a permutation test says: the
/// probability that N - 1 further data sets rank as the first, (prod t! / k!)^(N - 1).
///
/// @param scores data sets x models, at least 2 x 2, finite, lower is better; those within a relative 1e-12 share a
/// rank
/// @throws Error (shape) for fewer; (numerical) if a score is not finite  Cost: N k log k
/// Source: Friedman 1937; Iman & Davenport 1980; Demsar 2006 (JMLR 7:1-30). Ties as in Conover 1999, and SciPy.
FriedmanTest friedman(const Matrix& scores);

/// By how much mean ranks must differ for two of all models to differ at alpha, whichever two: Nemenyi's test,
///   q sqrt(k (k + 1) / (6 N)), q = studentised_range_quantile(k, alpha) / sqrt 2.
/// @param models k, at least 2  @param datasets N, at least 1  @throws Error (numerical)
/// Source: Nemenyi 1963; Demsar 2006, table 5 of which has q.
double nemenyi_critical_difference(int models, int datasets, double alpha = kAlpha);

}  // namespace predcorr
