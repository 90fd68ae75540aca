// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "models/conformance/conformance.hpp"

namespace predcorr::conformance {
namespace {

constexpr double kExact = 1e-9;  // of the same bits, put into other units

std::string check_first_rows(Trial& trial, Index rows) {
  const CheckData data = training_data().subset(consecutive_rows(0, rows));
  return sound_or_refused(trial, data, query_points(6), fmt::format("{} rows", rows));
}

std::string check_duplicates(Trial& trial) {
  CheckData data = training_data();
  data.inputs.bottomRows(12) = data.inputs.topRows(12).eval();
  sound_prediction(trial, data, query_points(6), "12 rows, each twice with different targets");
  data.targets.tail(12) = data.targets.head(12).eval();
  sound_prediction(trial, data, query_points(6), "12 rows, each twice with the same target");
  return "";
}

std::string check_constant_column(Trial& trial) {
  CheckData data = training_data();
  data.inputs.col(1).setConstant(0.7);
  sound_prediction(trial, data, query_points(6), "data whose column 1 is 0.7 in every row");
  return "";
}

/// Does to the targets of the training rows what is done to those of the labelled pool.
template <class F>
void change_targets(CheckData& data, const F& change) {
  data.targets = change(data.targets);
  TrainingData known = *data.privileged.labelled_pool;
  known.targets = change(known.targets);
  data.privileged.labelled_pool = std::make_shared<const TrainingData>(std::move(known));
}

/// Targets standardised as a suite's are, with the way back.
struct Standardised {
  CheckData data;
  double scale = 1, mean = 0;
};

Standardised standardised(CheckData data) {
  const Standardisation scaling = Standardisation::of(data.targets);
  const double mean = scaling.mean(0), scale = scaling.scale(0);
  change_targets(data, [&](const Vector& y) { return Vector((y.array() - mean) / scale); });
  return {std::move(data), scale, mean};
}

std::string check_equal_inputs(Trial& trial) {
  CheckData data = training_data();
  for (Index column = 0; column < 3; ++column) data.inputs.col(column).setConstant(0.7);
  return sound_or_refused(trial, data, query_points(6), "data whose inputs are 0.7 in every row and column");
}

/// As a table of rainfall is. A variance far from the targets' is made of rounding or of a model's own floor, and a
/// single point with it decides every mean log score.
std::string check_one_target_differs(Trial& trial) {
  constexpr double kFar = 1e6;  // times, or a part, of the targets' standard deviation
  CheckData data = training_data(20);
  data.targets.setZero();
  data.targets(7) = 1;
  data = standardised(std::move(data)).data;
  const std::string on = "20 rows of which 19 have the same target";
  const JointPrediction p = sound_prediction(trial, data, query_points(6), on);
  for (const double sigma : Vector(p.observed_variance().cwiseSqrt()))
    if (sigma != 0 && !(sigma > 1 / kFar && sigma < kFar))
      throw Failure{fmt::format("fit to {}: a standard deviation of y of {:.3g}, where the targets' is 1", on, sigma)};
  return "";
}

std::string check_width(Trial& trial, Index columns) {
  sound_prediction(trial, training_data(24, columns), query_points(6, columns),
                   fmt::format("24 rows of {} input{}", columns, columns == 1 ? "" : "s"));
  return "";
}

std::string check_offset(Trial& trial) {
  constexpr double kOffset = 1e4;
  const Matrix query = query_points(6).array() + kOffset;
  return sound_or_refused(trial, with_inputs_moved(training_data(), kOffset), query,
                          fmt::format("inputs of about {:g}", kOffset), true);
}

/// 32 targets on a grid of 1 / 1024, in two units that differ by 8 y + 24: means and scales are then free of rounding,
/// so that the model sees the same standardised bits twice and must not make anything else of them.
std::string check_units(Trial& trial) {
  CheckData data = training_data(32);
  change_targets(data, [](const Vector& y) { return Vector((y.array() * 1024).round() / 1024); });
  const auto predicted = [&](const CheckData& raw, const std::string& on) {
    const Standardised set = standardised(raw);
    return sound_prediction(trial, set.data, Trial::query(), on).affine(set.scale, set.mean);
  };
  const JointPrediction first = predicted(data, "standardised targets");
  expect_none(difference(predicted(with_targets(data, 8, 24), "standardised targets, from other units"),
                         first.affine(8, 24), kExact),
              "targets 8 y + 24");
  return "";
}

std::string check_raw_units(Trial& trial) {
  if (trial.model().traits().reads_truth) throw NotApplicable{"the truth it reads has units of its own"};
  constexpr double kUnit = 1e6;
  const JointPrediction scaled = sound_prediction(trial, with_targets(training_data(), kUnit, 0), Trial::query(),
                                                  fmt::format("targets of about {:g}", kUnit));
  // Optimisers stop at slightly other points.
  const std::string off = difference(scaled.affine(1 / kUnit, 0), trial.joint(), 0.01);
  if (off.empty()) return "follows the targets' scale by itself";
  return "has a scale of its own, as a model may, since suites standardise targets: in old units " + off;
}

std::string check_weights(Trial& trial) {
  if (!trial.model().traits().takes_weights) throw NotApplicable{"the model does not take weights"};
  CheckData weighted = training_data(20), repeated = weighted;
  weighted.weights = Vector::Ones(20);
  weighted.weights.head(6) << 2, 0, 1, 3, 0, 2;
  repeated = repeated.subset({0, 0, 2, 3, 3, 3, 5, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19});
  const Matrix query = Trial::query();
  const JointPrediction first = sound_prediction(trial, weighted, query, "weighted rows");
  const Trial::Fit other = trial.fit(weighted, "weighted rows", true);
  if (!difference(trial.predict(*other, query, "9 rows"), first, 0).empty())
    return "draws random numbers, so that weights cannot be compared with repeated rows";
  expect_none(difference(first, sound_prediction(trial, repeated, query, "repeated rows")),
              "whole weights, against rows repeated as often");
  return "";
}

std::string check_more_rows(Trial& trial) {
  const CheckData more = with_rows(training_data(), curve(5, 3, 8));
  const Matrix query = Trial::query();
  const auto predicted = [&](const Trial::Fit& posterior) { return trial.predict(*posterior, query, "9 rows"); };
  const JointPrediction first = predicted(trial.refit(trial.fitted(), more, "5 more rows"));
  expect_none(unsoundness(first, query.rows()), "refit to 5 more rows");
  expect_none(difference(predicted(trial.refit(trial.fitted(), more, "5 more rows")), first, 0),
              "second refit with the same seed");
  const std::string off = difference(first, predicted(trial.fit(more, "29 rows")));
  return off.empty() ? "as a fresh fit" : "keeps what it learned: against a fresh fit, " + off;
}

}  // namespace

std::vector<Check> training_checks() {
  const std::string degenerate =
      " Where no prediction makes sense, refuse in fit with an Error of kind data that says how many rows, or what "
      "variation, are needed: the cell then fails with that reason.";
  return {
      {"two-rows", "two training rows are learned from, or refused",
       "Variances of one residual, divisors of n - 2 and empty folds show here." + degenerate,
       [](Trial& trial) { return check_first_rows(trial, 2); }},
      {"duplicate-rows", "training rows that repeat others, with the same targets or not, are no obstacle",
       "Matrices of repeated rows are singular: add the noise variance, or jitter, before factorising.",
       check_duplicates},
      {"constant-column", "an input that never varies is no obstacle",
       "Do not divide by a column's standard deviation, range or median distance where it is 0.",
       check_constant_column},
      {"equal-inputs", "inputs that are the same in every row are learned from, or refused",
       "Length-scales and scalings that come from distances need a floor. What is left to learn is the targets' mean "
       "and "
       "variance." +
           degenerate,
       check_equal_inputs},
      {"one-target-differs", "targets that are all equal but one give error bars of the targets' order",
       "Bound the noise variance below by a share of the targets' variance, and no learned scale by rounding alone.",
       check_one_target_differs},
      {"one-input", "d = 1", "Keep a query of one column a matrix; do not squeeze it.",
       [](Trial& trial) { return check_width(trial, 1); }},
      {"hundred-inputs", "d = 100, more columns than rows",
       "Regularise what is solved for, and scale length-scales or initial weights with the number of inputs.",
       [](Trial& trial) { return check_width(trial, 100); }},
      {"input-offset", "inputs far from 0 (about 1e4) are learned from, or refused",
       "Take differences before squares: |a - b|^2, not |a|^2 - 2 ab + |b|^2; centre inputs by the training rows. "
       "Where training diverges on them, let fit say so.",
       check_offset},
      {"target-units", "fitted to a y + b as suites fit, mean and covariance follow",
       "From the same standardised targets the model made another prediction: see 'determinism', and keep no "
       "state from one fit to the next.",
       check_units},
      {"raw-targets", "targets that are not standardised (about 1e6) still give a sound prediction",
       "Standardised targets may be expected but not insisted on: standardise in fit and go back in predict, or learn "
       "the scale.",
       check_raw_units},
      {"weights", "a row of weight 3 counts as three rows",
       "Multiply each row's term of the loss by its weight, and count rows by the sum of weights; a "
       "row of weight 0 must leave no trace. Else let traits() say that it takes none.",
       check_weights},
      {"more-rows", "a refit to more rows gives a sound prediction, the same bits for the same seed",
       "do_refit must leave the previous posterior as it is and draw only from the given stream; leave it out to learn "
       "from scratch.",
       check_more_rows},
  };
}

}  // namespace predcorr::conformance
