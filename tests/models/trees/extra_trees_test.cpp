// SPDX-License-Identifier: Apache-2.0
// Errors on real data beside scikit-learn's: random_forest_test.cpp.
#include <cmath>

#include "tests/support/model_contract.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

std::unique_ptr<const Posterior> fitted(const TrainingData& data, const Json& parameters) {
  return test::model("extra-trees", parameters)->fit(data, Stream(1));
}

TEST_CASE("extra-trees: between two rows, all places of the cut are equally likely", "[models]") {
  // Rows at 0 and 1 with targets 0 and 1: f(x) = [x > u], u uniform. So the mean at x is x, the covariance of f(x) and
  // f(z) is min(x, z) - x z. Of 4000 trees: standard errors 0.008 and at most 0.004.
  const TrainingData data{(Matrix(2, 1) << 0, 1).finished(), (Vector(2) << 0, 1).finished()};
  const JointPrediction p =
      fitted(data, {{"members", 4000}, {"noise", "none"}})->predict((Matrix(3, 1) << 0.2, 0.5, 0.9).finished());
  const Matrix latent = p.latent.matrix();
  const double x[3] = {0.2, 0.5, 0.9};
  for (int i = 0; i < 3; ++i) {
    CHECK(p.mean(i) == Approx(x[i]).margin(0.032));
    for (int j = 0; j < 3; ++j) CHECK(latent(i, j) == Approx(std::min(x[i], x[j]) - x[i] * x[j]).margin(0.016));
  }
}

TEST_CASE("extra-trees: all rows are seen, so the rows' targets are repeated", "[models]") {
  const TrainingData data = test::training_data(40, 2);
  const JointPrediction p = fitted(data, {{"members", 10}})->predict(data.inputs);
  CHECK((p.mean - data.targets).cwiseAbs().maxCoeff() <= 1e-6);
}

TEST_CASE("extra-trees: noise comes from trees that lack rows", "[models]") {
  // y = sin(2 x) + noise. A tree's leaf of k rows is off by 1/k of the noise variance, and single trees vary as much:
  // of the squared error, the noise is what is left without that, nine tenths or less with 10 to 19 rows and their
  // cuts.
  const TrainingData data = test::noisy_sine(400);
  const double noise = (data.targets.array() - (2 * data.inputs.col(0)).array().sin()).square().mean();
  for (const bool resample : {false, true}) {
    const auto posterior = fitted(data, {{"members", 60}, {"min_leaf", 10}, {"resample", resample}});
    const double square = std::pow(posterior->diagnostics().at("out_of_bag_rmse"), 2);
    const double left = posterior->diagnostics().at("noise_variance");
    CHECK(square > noise);
    CHECK(square < 1.3 * noise);
    CHECK(left < 0.9 * square);
    CHECK(left > 0.25 * square);
  }
}

}  // namespace
}  // namespace predcorr
