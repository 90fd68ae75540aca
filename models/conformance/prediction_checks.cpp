// SPDX-License-Identifier: Apache-2.0
#include <tbb/global_control.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <array>
#include <optional>

#include "core/base/parallel.hpp"
#include "models/conformance/conformance.hpp"

namespace predcorr::conformance {
namespace {

const Rows kShuffled = {4, 8, 0, 2, 7, 1, 6, 5, 3}, kBackwards = {8, 7, 6, 5, 4, 3, 2, 1, 0};
const std::string kJointFix =
    "What is predicted of a row may depend on the fit and on that row alone. Draw functions (weights, members, "
    "features) in fit and evaluate the same ones at any query; do not centre, scale or normalise by the query.";

/// Rows of the shared query asked for by themselves against the same rows of the joint prediction.
void expect_as_in_joint(Trial& trial, const JointPrediction& joint, const Rows& rows, const std::string& which) {
  const Matrix query = Trial::query()(rows, Eigen::all);
  expect_none(difference(trial.predict(trial.fitted(), query, which), joint.subset(rows)),
              which + " differ from the joint prediction");
}

/// The shared fit's prediction, or nothing where it fails by an Error of the kind `ignored`. An Error of another kind
/// than the one `asked` about marks the plain prediction as failed.
std::optional<JointPrediction> predicted_but_for(Trial& trial, const Matrix& query, std::optional<ErrorKind> asked,
                                                 std::optional<ErrorKind> ignored = {}) {
  const Posterior& posterior = trial.fitted();
  try {
    return trial.predict(posterior, query, fmt::format("{} rows", query.rows()));
  } catch (Failure& f) {
    if (f.thrown && f.thrown == ignored) return std::nullopt;
    f.plain = !f.thrown || f.thrown != asked;
    throw;
  }
}

std::string check_shape(Trial& trial) {
  // Sizes are looked at before numbers, so they were right where numbers are complained of.
  for (const Index rows : {9, 20}) predicted_but_for(trial, query_points(rows), ErrorKind::shape, ErrorKind::numerical);
  return "";
}

/// New rows, and those of training, where variances are smallest.
std::vector<Matrix> new_and_seen() { return {query_points(9), query_points(20), training_data().inputs}; }

std::string check_values(Trial& trial) {
  for (const Matrix& query : new_and_seen()) predicted_but_for(trial, query, ErrorKind::numerical);
  return "";
}

std::string check_definite(Trial& trial) {
  double variance = 0;  // of new rows: a posterior without noise has none left at the training rows but rounding
  for (const Matrix& query : new_and_seen()) {
    const JointPrediction p = *predicted_but_for(trial, query, {});
    const bool seen = query.rows() == training_data().inputs.rows();
    expect_none(unsoundness(p, query.rows(), variance),
                seen ? "the training rows" : fmt::format("{} new rows", query.rows()));
    variance = std::max(variance, p.latent.diagonal().maxCoeff());
  }
  return "";
}

std::string check_determinism(Trial& trial) {
  const JointPrediction first = trial.joint();
  const auto predicted = [&](bool other_seed) {
    const Trial::Fit again = trial.fit(training_data(), "24 rows of 3 inputs once more", other_seed);
    return trial.predict(*again, Trial::query(), "9 rows");
  };
  expect_none(difference(predicted(false), first, 0), "second fit with the same seed");
  return difference(predicted(true), first, 0).empty() ? "another seed gives the same prediction"
                                                       : "another seed gives another prediction";
}

std::string check_repeated(Trial& trial) {
  const JointPrediction first = trial.joint();
  trial.predict(trial.fitted(), query_points(5), "5 rows");
  expect_none(difference(trial.joint(), first, 0), "second prediction of the same rows");
  return "";
}

std::string check_subset(Trial& trial) {
  const JointPrediction joint = trial.joint();
  expect_as_in_joint(trial, joint, {7, 2, 5}, "rows 7, 2 and 5 alone");
  expect_as_in_joint(trial, joint, {0, 1, 2, 3}, "rows 0 to 3 alone");
  expect_as_in_joint(trial, joint, {4, 5, 6, 7, 8}, "rows 4 to 8 alone");
  return "";
}

std::string check_order(Trial& trial) {
  const JointPrediction joint = trial.joint();
  expect_as_in_joint(trial, joint, kBackwards, "the rows backwards");
  expect_as_in_joint(trial, joint, kShuffled, "the rows shuffled");
  return "";
}

std::string check_single(Trial& trial) {
  const JointPrediction joint = trial.joint();
  for (const Index row : {0, 6, 8}) expect_as_in_joint(trial, joint, {row}, fmt::format("row {} alone", row));
  return "";
}

std::string check_empty(Trial& trial) {
  const JointPrediction none = trial.predict(trial.fitted(), Matrix(0, 3), "no rows");
  expect_none(unsoundness(none, 0), "no rows");
  return "";
}

/// Rows 0, 1, 2, 0, 1 against the prediction of 0, 1, 2: what a subset with repeated rows says, twins being one and the
/// same function value up to what a covariance itself calls each point's own (the diagonal beside its factor).
std::string check_twins(Trial& trial) {
  if (trial.model().traits().controlled != nullptr) throw NotApplicable{"a control's correlations are no function's"};
  const Rows rows = {0, 1, 2, 0, 1};
  const Matrix distinct = query_points(3), query = distinct(rows, Eigen::all);
  const JointPrediction apart = trial.predict(trial.fitted(), distinct, "3 rows");
  const JointPrediction together = trial.predict(trial.fitted(), query, "3 rows, two of them twice");
  expect_none(difference(together, apart.subset(rows)), "rows 3 and 4 repeat rows 0 and 1");
  const double variance = together.latent.block(0, 1, 0, 1)(0, 0), shared = together.latent.block(0, 1, 3, 1)(0, 0);
  if (shared >= (1 - kFloatRounding) * variance) return "";
  return fmt::format("part of f is each row's own: of a variance of {:.4g}, {:.4g} is shared with its twin", variance,
                     shared);
}

std::string check_threads(Trial& trial) {
  const auto predicted = [&] {
    const Trial::Fit posterior = trial.fit(training_data(), "24 rows of 3 inputs");
    return trial.predict(*posterior, Trial::query(), "9 rows");
  };
  JointPrediction alone;
  tbb::task_arena(1).execute([&] { alone = predicted(); });
  std::array<JointPrediction, 2> side_by_side;
  const tbb::global_control allowed(tbb::global_control::max_allowed_parallelism, 4);
  tbb::task_arena(4).execute(
      [&] { parallel_for(2, [&](Index i) { side_by_side[static_cast<std::size_t>(i)] = predicted(); }); });
  for (const JointPrediction& p : side_by_side)
    expect_none(difference(p, alone, 0), "two fits at once on 4 threads, against one thread");
  return "";
}

}  // namespace

std::vector<Check> prediction_checks() {
  return {
      {"shape", "a mean, a row of covariance and a noise variance for each query row",
       "Return as many means and noise variances as the query has rows, and a covariance of n x n, or a factor of n "
       "rows.",
       check_shape},
      {"values", "all numbers are finite, and no variance, noise's included, is below 0",
       "Find what overflows or divides by 0. A noise variance is sigma squared; what rounding leaves below 0 becomes "
       "0.",
       check_values},
      {"positive-semi-definite", "no combination of rows has a negative variance, new rows and training rows",
       "Return a covariance that is one by its form: a factor F with C = F F' (from_factor, from_samples), or a "
       "posterior covariance by Cholesky factorisation in double, not a difference of products in float.",
       check_definite},
      {"determinism", "the same seed gives the same bits",
       "Draw random numbers only from forks of the stream that fit is given (in another language: from a generator "
       "seeded with the request's seed). No clock, no global generator, no state kept from one fit to the next.",
       check_determinism},
      {"repeated-prediction", "predict asked twice gives the same bits",
       "predict must not draw, learn or count. Draw in fit, keep what was drawn, and only evaluate it in predict.",
       check_repeated},
      {"subset", "some rows, or either half, are predicted as within the joint prediction", kJointFix, check_subset},
      {"query-order", "rows in another order are predicted the same, in that order",
       kJointFix + " Keep results in the order of the query's rows.", check_order},
      {"single-query", "one row alone is predicted as within the joint prediction",
       kJointFix + " A mean over rows, a squeezed dimension or n - 1 in a divisor shows here.", check_single},
      {"empty-query", "no query rows give an empty prediction",
       "Return empty vectors and a covariance of 0 x 0 where the query has no rows.", check_empty},
      {"twin-queries", "a row asked for twice is one function value: same mean, fully correlated",
       "If the means differ, predict draws anew for each row: draw in fit. If they are not fully correlated, the "
       "latent "
       "covariance is not that of the noise-free function: take observation noise out of it and return it as "
       "noise_variance; add jitter only inside a factorisation.",
       check_twins},
      {"threads", "the same bits on one thread and on several, with two fits at once",
       "Write only what a loop's step owns, add up in a fixed order, fork a stream for each step by name, and keep no "
       "mutable or static members: one model object serves all threads.",
       check_threads},
  };
}

}  // namespace predcorr::conformance
