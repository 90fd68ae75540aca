// SPDX-License-Identifier: Apache-2.0
#include "models/conformance/cases.hpp"

#include <limits>

#include "tests/support/catch.hpp"

namespace predcorr {
namespace {

using conformance::difference;
using conformance::unsoundness;

/// Means 1, 2; variances 4, 9 and covariance 3; noise 0.5.
JointPrediction pair() {
  const Matrix latent{{4, 3}, {3, 9}};
  return {Vector{{1, 2}}, Covariance::dense(latent), Vector::Constant(2, 0.5)};
}

TEST_CASE("conformance cases: a difference names the entry that is furthest off", "[models]") {
  CHECK(difference(pair(), pair(), 0) == "");
  JointPrediction p = pair();
  p.mean(1) = 2.25;
  CHECK(difference(p, pair()) == "the mean of row 1 is 2.25, expected 2 (off by 0.25)");
  p = pair();
  p.latent = Covariance::dense(Matrix{{4, 2.5}, {2.5, 9.125}});
  CHECK(difference(p, pair()) == "the latent covariance of rows 0 and 1 is 2.5, expected 3 (off by 0.5)");
  p = pair();
  p.latent = Covariance::dense(Matrix{{4, 3}, {3, 8}});
  CHECK(difference(p, pair()) == "the latent variance of row 1 is 8, expected 9 (off by 1)");
  p = pair();
  p.noise_variance(0) = 0.25;
  CHECK(difference(p, pair()) == "the noise variance of row 0 is 0.25, expected 0.5 (off by 0.25)");
  CHECK(difference(p.subset({0}), pair()) == "1 points are predicted, expected 2");
}

TEST_CASE("conformance cases: tolerances are relative to the largest variance of y", "[models]") {
  // 9.5 is the largest variance, above the largest squared mean, 4.
  const double deviation = std::sqrt(9.5);
  JointPrediction p = pair();
  p.mean(0) += 0.9e-3 * deviation;
  CHECK(difference(p, pair(), 1e-3) == "");
  p.mean(0) += 0.2e-3 * deviation;
  CHECK(difference(p, pair(), 1e-3) != "");
  p = pair();
  p.noise_variance(1) += 0.9e-3 * 9.5;
  CHECK(difference(p, pair(), 1e-3) == "");
  p.noise_variance(1) += 0.2e-3 * 9.5;
  CHECK(difference(p, pair(), 1e-3) != "");
  p = pair();
  p.mean(0) = std::nextafter(1.0, 2.0);
  CHECK(difference(p, pair(), 0) != "");
  p.mean(0) = std::numeric_limits<double>::quiet_NaN();
  CHECK(difference(p, pair(), 1e9) != "");
}

TEST_CASE("conformance cases: a sound prediction and unsound ones", "[models]") {
  CHECK(unsoundness(pair(), 2) == "");
  CHECK(unsoundness(pair(), 3) ==
        "prediction: predicted 2 means, a covariance of 2 and 2 noise variances for 3 points");
  JointPrediction p = pair();
  p.noise_variance(0) = -1;
  CHECK(unsoundness(p, 2) == "prediction: the predicted noise variance is negative or not finite");
  // Eigenvalues of [[1, 2], [2, 1]] are 3 and -1.
  p = pair();
  p.latent = Covariance::dense(Matrix{{1, 2}, {2, 1}});
  CHECK_THAT(unsoundness(p, 2), test::contains("its eigenvalues are from -1 to 3,"));
  // What is left of a variance of 1e9 may be off by 1.
  CHECK_THAT(unsoundness(p, 2, 0.9e9), test::contains("no more than 0.9 below 0"));
  CHECK(unsoundness(p, 2, 1.1e9) == "");
}

TEST_CASE("conformance cases: targets and inputs change with those of the labelled pool", "[models]") {
  const conformance::CheckData data = conformance::training_data(5, 2);
  const conformance::CheckData scaled = conformance::with_targets(data, 2, 3),
                               moved = conformance::with_inputs_moved(data, 4);
  CHECK(scaled.targets(1) == 2 * data.targets(1) + 3);
  CHECK(scaled.privileged.labelled_pool->targets(16) == 2 * data.privileged.labelled_pool->targets(16) + 3);
  CHECK(moved.inputs(4, 1) == data.inputs(4, 1) + 4);
  CHECK(moved.privileged.labelled_pool->inputs(16, 0) == data.privileged.labelled_pool->inputs(16, 0) + 4);
  CHECK(data.privileged.labelled_pool->inputs.topRows(5) == data.inputs);
}

}  // namespace
}  // namespace predcorr
