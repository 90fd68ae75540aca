// SPDX-License-Identifier: Apache-2.0
#include "tests/support/model_contract.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

Json with(const std::string& name, const Json& value) {
  Json parameters = {{"units", {20}}, {"epochs", 300}, {"samples", 200}};
  parameters[name] = value;
  return parameters;
}

/// y = sin(2 x) + 0.3 noise at n inputs on [-1, 1].
TrainingData sine(Index n) {
  Stream stream(9);
  const Vector x = Vector::LinSpaced(n, -1, 1);
  return {x, (2 * x).array().sin().matrix() + 0.3 * stream.normals(n), nullptr};
}

TEST_CASE("bbb: with many rows the noise comes near the truth and the mean near the curve", "[models]") {
  const auto posterior = test::model("bbb", with("batch", 100))->fit(sine(600), Stream(1));
  // 600 residuals: a standard error of 6%, and what the network does not fit adds to it.
  CHECK(posterior->diagnostics().at("noise_variance") == Approx(0.09).epsilon(0.3));
  const Matrix query = Vector::LinSpaced(9, -0.9, 0.9);
  const JointPrediction p = posterior->predict(query);
  CHECK((p.mean - (2 * query.col(0)).array().sin().matrix()).cwiseAbs().maxCoeff() < 0.25);
  CHECK(p.noise_variance(3) == posterior->diagnostics().at("noise_variance"));
}

TEST_CASE("bbb: the posterior spreads away from the data", "[models]") {
  const JointPrediction p =
      test::model("bbb", with("batch", 100))->fit(sine(300), Stream(1))->predict(Vector{{-0.5, 0.5, 6, -6}});
  const Vector variance = p.latent.diagonal();
  CHECK(variance.tail(2).minCoeff() > 5 * variance.head(2).maxCoeff());
  CHECK(p.latent.width() == 200);
}

TEST_CASE("bbb: more samples estimate the same covariance", "[models]") {
  const TrainingData data = sine(60);
  const Matrix query = Vector{{-0.5, 0.7}};
  const auto prediction = [&](int samples) {
    return test::model("bbb", with("samples", samples))->fit(data, Stream(1))->predict(query);
  };
  // The fit is the same; with 2000 and 8000 samples variances are known to 3% and 1.6%.
  const JointPrediction few = prediction(2000), many = prediction(8000);
  const Vector deviation = many.latent.diagonal().cwiseSqrt();
  for (Index i = 0; i < 2; ++i) {
    CHECK(few.mean(i) == Approx(many.mean(i)).margin(0.12 * deviation(i)));
    CHECK(few.latent.diagonal()(i) == Approx(many.latent.diagonal()(i)).epsilon(0.18));
  }
  CHECK(few.noise_variance == many.noise_variance);
}

TEST_CASE("bbb: a narrow prior holds the weights at zero", "[models]") {
  const Json parameters = {{"units", 20}, {"epochs", 1500}, {"samples", 200}, {"prior_variance", 1e-6}};
  const auto narrow = test::model("bbb", parameters)->fit(sine(100), Stream(1));
  const JointPrediction p = narrow->predict(Vector::LinSpaced(5, -1, 1));
  CHECK(p.mean.cwiseAbs().maxCoeff() < 0.05);
  CHECK(p.latent.diagonal().maxCoeff() < 1e-4);
  // Then all of the targets is noise: sin^2 averages to about 0.6, and 0.09 of noise.
  const double square = sine(100).targets.squaredNorm() / 100;
  CHECK(p.noise_variance(0) == Approx(square).epsilon(0.1));
}

TEST_CASE("bbb: weights that the data say nothing of keep their prior", "[models]") {
  // All inputs 0: the first layer's weights never matter, so their deviations go to sqrt(eta) = 0.5, their means to 0.
  Stream stream(3);
  const TrainingData data{Matrix::Zero(20, 40), stream.normals(20), nullptr};
  const Json parameters = {{"units", 1}, {"epochs", 1500}, {"samples", 10}, {"prior_variance", 0.25}};
  const auto posterior = test::model("bbb", parameters)->fit(data, Stream(1));
  // 40 of the 43 weights are such.
  CHECK(posterior->diagnostics().at("mean_weight_stddev") == Approx(0.5).epsilon(0.1));
}

TEST_CASE("bbb: divergence is an error that names the step", "[models]") {
  const std::string fast =
      test::error_of([] { test::model("bbb", with("learning_rate", 1e6))->fit(sine(60), Stream(1)); });
  INFO(fast);
  CHECK(fast.starts_with("numerical: training diverged in step "));
  TrainingData data = sine(60);
  data.targets *= 1e30;
  const std::string huge = test::error_of([&] { test::model("bbb", with("batch", 10))->fit(data, Stream(1)); });
  INFO(huge);
  CHECK(huge.starts_with("numerical: training diverged in step 1 with a loss of "));
}

TEST_CASE("bbb: parameters out of range are named", "[models]") {
  CHECK(test::error_of([] {
          test::model("bbb", {{"samples", 1}});
        }) == "config: test.parameters.samples: must be from 2 to 1000000, got 1");
  CHECK(test::error_of([] {
          test::model("bbb", {{"prior_variance", 0}});
        }) == "config: test.parameters.prior_variance: must be above 0, got 0");
  CHECK(test::error_of([] {
          test::model("bbb", {{"training_samples", 2.5}});
        }) == "config: test.parameters.training_samples: must be an integer, got 2.5");
}

}  // namespace
}  // namespace predcorr
