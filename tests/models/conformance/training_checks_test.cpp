// SPDX-License-Identifier: Apache-2.0
// Models that stumble over one kind of training data each, and the check that must notice.
#include <limits>

#include "tests/support/conformance_faults.hpp"

namespace predcorr {
namespace {

using test::Fault;
using test::line;
using test::Scene;
using test::Script;

/// Refuses training data of which `bad` is true, as a factorisation would.
Script failing_where(std::function<bool(const TrainingData&)> bad) {
  return {.on_fit = [bad](const TrainingData& data) {
    require(!bad(data), ErrorKind::numerical, "the matrix is not positive definite");
  }};
}

/// NaN as the mean where `bad` is true of the training data.
Script nan_where(std::function<bool(const TrainingData&)> bad) {
  return {.predict = [bad](const Scene& scene, const Matrix& query) {
    return line(scene, query).affine(1, bad(scene.data) ? std::numeric_limits<double>::quiet_NaN() : 0.0);
  }};
}

std::vector<Fault> training_faults() {
  const test::Predict by_count = [](const Scene& scene, const Matrix& query) {
    return line(scene, query).affine(1, scene.fits);
  };
  const auto rows_are = [](Index rows) {
    return [rows](const TrainingData& data) { return data.targets.size() == rows; };
  };
  const auto repeated = [](const TrainingData& data) {
    return data.inputs.rows() == 24 && data.inputs.row(0) == data.inputs.row(12) &&
           data.inputs.row(0) != data.inputs.row(1);
  };
  const auto constant_column = [](const TrainingData& data) {
    return data.inputs.cols() > 1 && (data.inputs.col(1).array() == data.inputs(0, 1)).all() &&
           data.inputs(0, 0) != data.inputs(1, 0);
  };
  const auto equal_inputs = [](const TrainingData& data) { return (data.inputs.array() == 0.7).all(); };
  const auto one_differs = [](const TrainingData& data) {
    return (data.targets.array() == data.targets.minCoeff()).count() == data.targets.size() - 1 &&
           data.targets.size() == 20;
  };
  const auto columns_are = [](Index columns) {
    return [columns](const TrainingData& data) { return data.inputs.cols() == columns; };
  };
  const auto far = [](const TrainingData& data) { return data.inputs.maxCoeff() > 1000; };
  const auto units = [](const TrainingData& data) { return data.targets.maxCoeff() > 1000; };
  const test::Predict remembers = [](const Scene& scene, const Matrix& query) {
    return line(scene, query).affine(1, scene.data.targets.size() == 32 ? scene.fits : 0);
  };
  const std::string singular = ": the matrix is not positive definite",
                    nan = ": predict: the predicted mean is not finite";
  return {
      {"length-scales from distances that are all 0",
       nan_where(equal_inputs),
       "equal-inputs",
       "prediction of 6 rows after a fit to data whose inputs are 0.7 in every row and column" + nan,
       {}},
      {"two rows are singular", failing_where(rows_are(2)), "two-rows", "fit to 2 rows" + singular, {}},
      {"repeated rows are singular",
       failing_where(repeated),
       "duplicate-rows",
       "fit to 12 rows, each twice with different targets" + singular,
       {}},
      {"divides by a column's deviation",
       nan_where(constant_column),
       "constant-column",
       "column 1 is 0.7 in every row" + nan,
       {}},
      {"divides by the targets' median deviation",
       nan_where(one_differs),
       "one-target-differs",
       "20 rows of which 19 have the same target" + nan,
       {}},
      {"a noise without a floor",
       {.predict =
            [one_differs](const Scene& scene, const Matrix& query) {
              JointPrediction p = line(scene, query);
              if (one_differs(scene.data)) {
                p.latent = Covariance::from_factor(RowMatrix(RowMatrix::Zero(query.rows(), 1)));
                p.noise_variance.setConstant(1e-104);
              }
              return p;
            }},
       "one-target-differs",
       "a standard deviation of y of 1e-52, where the targets' is 1",
       {}},
      {"squeezes one column", failing_where(columns_are(1)), "one-input", "fit to 24 rows of 1 input" + singular, {}},
      {"more columns than rows are singular",
       failing_where(columns_are(100)),
       "hundred-inputs",
       "24 rows of 100 inputs" + singular,
       {}},
      {"cancels far from 0", nan_where(far), "input-offset", "inputs of about 10000" + nan, {}},
      {"adds what earlier fits left", {.predict = remembers}, "target-units", "targets 8 y + 24: the mean of row", {}},
      {"insists on standardised targets",
       failing_where(units),
       "raw-targets",
       "fit to targets of about 1e+06" + singular,
       {}},
      {"leaves weights out",
       {.takes_weights = true},
       "weights",
       "whole weights, against rows repeated as often: the mean of row",
       {}},
      {"another result for each refit",
       {.predict_after_refit = by_count},
       "more-rows",
       "second refit with the same seed: the mean of row",
       {}},
  };
}

TEST_CASE("conformance: faults of fits are caught by the checks about them", "[models]") {
  test::check_caught(training_faults(), conformance::training_checks());
}

}  // namespace
}  // namespace predcorr
