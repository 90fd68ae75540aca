// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "tests/support/model_contract.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

std::unique_ptr<const Posterior> fitted(const TrainingData& data, const Json& parameters, std::uint64_t seed = 1) {
  return test::model("bootstrap-ridge", parameters)->fit(data, Stream(seed));
}

TrainingData reference_data(const Json& expected) {
  return {test::matrix(expected.at("x")), test::vector(expected.at("y")), nullptr};
}

TEST_CASE("bootstrap-ridge: noise variance of scikit-learn's ridge", "[models]") {
  const Json expected = test::reference("model_reference.json").at("ridge");
  const auto posterior = fitted(reference_data(expected), {{"penalty", expected.at("penalty")}, {"members", 2}});
  const double noise = expected.at("noise_variance").get<double>();
  CHECK(posterior->diagnostics().at("noise_variance") == test::close(noise));
  const JointPrediction p = posterior->predict(test::matrix(expected.at("query")));
  for (const double v : p.noise_variance) CHECK(v == test::close(noise));
}

TEST_CASE("bootstrap-ridge: many members against NumPy's bootstrap", "[models]") {
  // Both draw 40000 resamples: standard errors of variances are about 1% on each side, of means 0.005 deviations.
  const Json expected = test::reference("model_reference.json").at("ridge");
  const auto posterior = fitted(reference_data(expected), {{"penalty", expected.at("penalty")}, {"members", 40000}});
  const JointPrediction p = posterior->predict(test::matrix(expected.at("query")));
  const Vector mean = test::vector(expected.at("bootstrap_mean"));
  const Matrix cov = test::matrix(expected.at("bootstrap_cov")), found = p.latent.matrix();
  for (Index i = 0; i < mean.size(); ++i) {
    CHECK(p.mean(i) == Approx(mean(i)).margin(0.04 * std::sqrt(cov(i, i))));
    for (Index j = 0; j < mean.size(); ++j)
      CHECK(found(i, j) == Approx(cov(i, j)).margin(0.06 * std::sqrt(cov(i, i) * cov(j, j))));
  }
}

TEST_CASE("bootstrap-ridge: a huge penalty leaves the mean and its bootstrap variance", "[models]") {
  // Weights vanish, one parameter is left: noise = sum of squares / (n - 1), the mean's bootstrap variance is
  // sum of squares / n^2 (Efron & Tibshirani 1993, chapter 6), the same at every point.
  const TrainingData data = test::training_data(15, 2);
  const double squares = (data.targets.array() - data.targets.mean()).square().sum();
  const auto posterior = fitted(data, {{"penalty", 1e12}, {"members", 20000}});
  const JointPrediction p = posterior->predict(test::query_points(2, 2));
  CHECK(p.noise_variance(0) == test::close(squares / 14, 1e-6));
  const Matrix latent = p.latent.matrix();
  CHECK(latent(0, 0) == Approx(squares / 225).epsilon(0.05));  // four standard errors
  CHECK(latent(0, 1) == Approx(latent(0, 0)).epsilon(1e-6));
  CHECK(p.mean(0) == Approx(data.targets.mean()).margin(0.03));
}

TEST_CASE("bootstrap-ridge: the covariance is a factor of one column for each member", "[models]") {
  const JointPrediction p = fitted(test::training_data(), {{"members", 7}})->predict(test::query_points(12));
  CHECK(p.latent.is_factor());
  CHECK(p.latent.width() == 7);
}

TEST_CASE("bootstrap-ridge: uncertainty grows away from the data", "[models]") {
  const auto posterior = fitted(test::training_data(50, 1), Json::object());
  const JointPrediction p = posterior->predict(Vector{{0, 10, 20}});
  const Vector variance = p.latent.diagonal();
  CHECK(variance(1) > 10 * variance(0));
  CHECK(variance(2) > 2 * variance(1));
  // A line's ends move together on one side and against each other on the two sides.
  const Matrix opposite = posterior->predict(Vector{{-20, 20}}).latent.matrix();
  CHECK(opposite(0, 1) < -0.9 * std::sqrt(opposite(0, 0) * opposite(1, 1)));
}

TEST_CASE("bootstrap-ridge: fewer rows than parameters leave a finite noise", "[models]") {
  const auto posterior = fitted(test::training_data(3, 8), {{"penalty", 1e-6}, {"members", 10}});
  CHECK(posterior->diagnostics().at("noise_variance") >= 0);
  test::check_sound(posterior->predict(test::query_points(4, 8)), 4);
}

TEST_CASE("bootstrap-ridge: parameters out of range are named", "[models]") {
  CHECK(test::error_of([] {
          test::model("bootstrap-ridge", {{"members", 1}});
        }) == "config: test.parameters.members: must be from 2 to 100000, got 1");
  CHECK(test::error_of([] {
          test::model("bootstrap-ridge", {{"penalty", 0}});
        }) == "config: test.parameters.penalty: must be above 0, got 0");
}

}  // namespace
}  // namespace predcorr
