// SPDX-License-Identifier: Apache-2.0
#include "tests/support/model_contract.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

const Json kSmall = {{"members", 5}, {"units", {30}}, {"epochs", 300}, {"batch", 50}};

Json with(Json parameters, const std::string& name, const Json& value) {
  parameters[name] = value;
  return parameters;
}

/// n inputs on [-2, 2], y = sin(2 x) + noise whose deviation is `low` on the left and `high` on the right.
TrainingData sine(Index n, double low, double high, std::uint64_t seed = 8) {
  Stream stream(seed);
  TrainingData data{Vector::LinSpaced(n, -2, 2), Vector(n), nullptr};
  for (Index i = 0; i < n; ++i) {
    const double x = data.inputs(i, 0);
    data.targets(i) = std::sin(2 * x) + (x < 0 ? low : high) * stream.normal();
  }
  return data;
}

double error_of_mean(const Posterior& posterior) {
  const Matrix query = Vector::LinSpaced(41, -1.9, 1.9);
  const Vector error = posterior.predict(query).mean - (2 * query.col(0)).array().sin().matrix();
  return std::sqrt(error.squaredNorm() / 41);
}

TEST_CASE("deep-ensemble: learns a sine that the constant cannot", "[models]") {
  const TrainingData data = sine(150, 0.1, 0.1);
  const double constant = error_of_mean(*test::model("constant")->fit(data, Stream(1)));
  const double learned = error_of_mean(*test::model("deep-ensemble", kSmall)->fit(data, Stream(1)));
  CHECK(constant > 0.6);
  CHECK(learned < 0.15);
}

TEST_CASE("deep-ensemble: one learned noise comes near the truth", "[models]") {
  const TrainingData data = sine(400, 0.3, 0.3);
  const auto posterior = test::model("deep-ensemble", with(kSmall, "heteroscedastic", false))->fit(data, Stream(1));
  const JointPrediction p = posterior->predict(Vector::LinSpaced(7, -1.8, 1.8));
  // 400 residuals: a standard error of 7%, and a little is lost to fitting and found again by weight decay.
  CHECK(p.noise_variance(0) == Approx(0.09).epsilon(0.25));
  CHECK((p.noise_variance.array() == p.noise_variance(0)).all());
}

TEST_CASE("deep-ensemble: noise is found larger where it is larger", "[models]") {
  const TrainingData data = sine(400, 0.05, 0.5);
  const auto posterior = test::model("deep-ensemble", kSmall)->fit(data, Stream(1));
  const JointPrediction p = posterior->predict(Vector{{-1.5, -1.0, 1.0, 1.5}});
  CHECK(p.noise_variance.head(2).maxCoeff() < 0.05);
  CHECK(p.noise_variance.tail(2).minCoeff() > 0.1);
  CHECK(p.noise_variance.tail(2).maxCoeff() < 0.6);
}

TEST_CASE("deep-ensemble: members agree on the data and part away from them", "[models]") {
  const auto posterior = test::model("deep-ensemble", kSmall)->fit(sine(150, 0.1, 0.1), Stream(1));
  const JointPrediction p = posterior->predict(Vector{{0.0, 1.0, 8.0}});
  const Vector variance = p.latent.diagonal();
  CHECK(variance(2) > 10 * variance.head(2).maxCoeff());
  CHECK(p.latent.width() == 5);
}

TEST_CASE("deep-ensemble: two hidden layers learn, too", "[models]") {
  const auto model = test::model("deep-ensemble", with(kSmall, "units", {20, 20}));
  const auto posterior = model->fit(sine(150, 0.1, 0.1), Stream(1));
  CHECK(error_of_mean(*posterior) < 0.15);
}

TEST_CASE("deep-ensemble: weight decay pulls the function to nothing", "[models]") {
  const TrainingData data = sine(100, 0.1, 0.1);
  const auto free = test::model("deep-ensemble", with(kSmall, "weight_decay", 0))->fit(data, Stream(1));
  const auto held = test::model("deep-ensemble", with(kSmall, "weight_decay", 10))->fit(data, Stream(1));
  const Matrix query = Vector::LinSpaced(21, -2, 2);
  CHECK(free->predict(query).mean.norm() > 1);
  CHECK(held->predict(query).mean.norm() < 0.2);
}

TEST_CASE("deep-ensemble: divergence is an error that names the step", "[models]") {
  const bool heteroscedastic = GENERATE(true, false);
  const Json parameters = with(kSmall, "heteroscedastic", heteroscedastic);
  const std::string fast = test::error_of([&] {
    test::model("deep-ensemble", with(parameters, "learning_rate", 1e6))->fit(sine(60, 0.1, 0.1), Stream(1));
  });
  INFO(fast);
  CHECK(fast.starts_with("numerical: training diverged in step "));
  TrainingData data = sine(60, 0.1, 0.1);
  data.targets *= 1e30;
  const std::string huge = test::error_of([&] { test::model("deep-ensemble", parameters)->fit(data, Stream(1)); });
  INFO(huge);
  CHECK(huge.starts_with("numerical: training diverged in step 1 with a loss of "));
}

TEST_CASE("deep-ensemble: parameters out of range are named", "[models]") {
  CHECK(test::error_of([] {
          test::model("deep-ensemble", {{"members", 1}});
        }) == "config: test.parameters.members: must be from 2 to 10000, got 1");
  CHECK(test::error_of([] {
          test::model("deep-ensemble", {{"units", {50, 0}}});
        }) == "config: test.parameters.units: must be from 1 to 10000, got [50,0]");
  CHECK(test::error_of([] {
          test::model("deep-ensemble", {{"weight_decay", -1}});
        }) == "config: test.parameters.weight_decay: must be at least 0, got -1");
}

}  // namespace
}  // namespace predcorr
