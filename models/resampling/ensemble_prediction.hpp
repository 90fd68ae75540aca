// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/plugins/parameters.hpp"
#include "core/prediction/joint_prediction.hpp"

namespace predcorr::models {

/// Which covariance of f members trained on resampled rows are taken to stand for.
enum class Spread {
  members,                   ///< that of single members: what Palmer et al. 2022 calibrate
  infinitesimal_jackknife,   ///< of the members' mean under resampling (Efron 2014)
  jackknife_after_bootstrap  ///< of the members' mean when rows are left out (Efron 1992)
};
EnumWords<Spread> words_of(Spread);

/// Members and how often each saw each training row, or each unit (a group) where those are drawn as a whole.
using Counts = RowMatrixF;  // members x n

/// The prediction of an ensemble: the members' mean and the covariance `spread` asks for. With t_b(x) what member b
/// predicts, t(x) their mean, and N_bi its counts, both jackknives are sum_i c_i(x) c_i(x') with
///   infinitesimal jackknife:    c_i = k / B sum_b (N_bi - N_i) (t_b - t),  N_i the mean of N_bi over members;
///   jackknife after bootstrap:  c_i = sqrt((n - 1) / n) (mean of the t_b with N_bi = 0  -  t).
/// k = (n - 1) / n * N / v, with N the mean and v the mean variance of the counts, makes the first the same for every
/// scheme: but for Monte-Carlo error it is 1 for draws with replacement, (n - 1) / (n - r) for r rows without (the
/// variance of Wager & Athey 2018 less its factor n / (n - 1)) and (n + 1) / n for Dirichlet weights. Units must be
/// drawn apart from one another: not so in blocks of rows.
///
/// Finitely many members add a variance, whose mean over all pairings of counts with values is taken away (Wager,
/// Hastie & Efron 2014, whose n for the counts' variances this generalises):
///   infinitesimal jackknife:    k^2 / B^2 sum_i v_i sum_b (t_b - t)^2,  v_i the variance of N_bi (divisor B - 1);
///   jackknife after bootstrap:  (n - 1) / n sum_i (1 / B_i - 1 / B) sum_b (t_b - t)^2 / (B - 1),
/// with B_i the number of members without row i: (e - 1) n / B^2 sum_b (t_b - t)^2 for a plain bootstrap. What is left
/// may be negative. So the variance given is the mean of a normal distribution about it, cut off below 0, whose
/// standard deviation is that of sum_i c_i^2 over those pairings: the posterior mean under a flat prior. Well above its
/// error the estimate stays as it is. The factor's rows are scaled to these variances, which keeps its correlations.
///
/// Cost: `members` m B; the jackknives n B min(n, B) + m B min(n, B) and a factor of m x min(n, B).
/// @param values m x B, B >= 2, what each member predicts; becomes the factor  @param counts not used by `members`
/// @throws Error as check_counts
JointPrediction ensemble_prediction(RowMatrixF values, const Counts& counts, Spread spread, Vector noise_variance);

/// Whether `spread` can be had of these members; worth asking once they are drawn, before they are trained.
/// @throws Error (shape) if there are fewer than 2 members, or where a jackknife has not one row of counts for each;
/// (data) for the jackknife after bootstrap if a row is in every member, for the infinitesimal one if all have the same
void check_counts(const Counts& counts, Index members, Spread spread);

/// What members say of the training rows that they did not see.
struct OutOfBag {
  Vector mean;    ///< n: mean of the members that did not see the row
  Rows rows;      ///< rows that some member did not see; the others' means are 0
  double square;  ///< mean squared residual of `rows`; 0 where there are none
};

/// @param values n x B, at the training rows  @param counts B x n  @throws Error (shape)
OutOfBag out_of_bag(const RowMatrixF& values, const Counts& counts, const Vector& targets);

/// The part of the out-of-bag squared error that the ensemble's own variance does not explain, and at least a hundredth
/// of it, so that the covariance of y is regular.
/// @param variance n: latent variances at the training rows
double unexplained_noise(const OutOfBag& out, const Vector& variance);

}  // namespace predcorr::models
