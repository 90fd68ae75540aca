// SPDX-License-Identifier: Apache-2.0
#include <limits>

#include "tests/support/helpers.hpp"
#include "tests/support/model_contract.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

/// Predicts whatever it was made with: a model that is wrong on purpose.
class Scripted : public Model {
 public:
  explicit Scripted(JointPrediction prediction, double diagnostic = 0)
      : prediction_(std::move(prediction)), diagnostic_(diagnostic) {}

 private:
  struct Answer : Posterior {
    Answer(JointPrediction prediction, double number) : prediction_(std::move(prediction)), number_(number) {}
    Diagnostics diagnostics() const override { return {{"number", number_}}; }
    JointPrediction do_predict(const Matrix&) const override { return prediction_; }
    JointPrediction prediction_;
    double number_;
  };
  std::unique_ptr<Posterior> do_fit(const TrainingData&, const Stream&) const override {
    return std::make_unique<Answer>(prediction_, diagnostic_);
  }
  JointPrediction prediction_;
  double diagnostic_;
};

JointPrediction sound() { return {Vector::Zero(2), Covariance::dense(Matrix::Identity(2, 2)), Vector::Ones(2)}; }

std::string refusal(const JointPrediction& prediction) {
  const auto posterior = Scripted(prediction).fit(test::training_data(), Stream(1));
  return test::error_of([&] { posterior->predict(test::query_points(2)); });
}

TEST_CASE("model: a sound prediction passes through unchanged", "[models]") {
  const auto posterior = Scripted(sound()).fit(test::training_data(), Stream(1));
  CHECK(test::identical(posterior->predict(test::query_points(2)), sound()));
}

TEST_CASE("model: a prediction of wrong size is refused", "[models]") {
  JointPrediction p = sound();
  p.mean = Vector::Zero(3);
  CHECK(refusal(p) == "shape: predict: predicted 3 means, a covariance of 2 and 2 noise variances for 2 points");
}

TEST_CASE("model: a prediction that is not finite or has negative variances is refused", "[models]") {
  JointPrediction p = sound();
  p.mean(1) = std::numeric_limits<double>::quiet_NaN();
  CHECK(refusal(p) == "numerical: predict: the predicted mean is not finite");
  p = sound();
  p.latent = Covariance::dense(Matrix::Constant(2, 2, std::numeric_limits<double>::infinity()));
  CHECK(refusal(p) == "numerical: predict: the predicted covariance is not finite");
  p = sound();
  p.noise_variance(0) = -1e-3;
  CHECK(refusal(p) == "numerical: predict: the predicted noise variance is negative or not finite");
  p = sound();
  p.latent = Covariance::dense(Vector{{1.0, -0.5}}.asDiagonal());
  CHECK(refusal(p) == "numerical: predict: a predicted latent variance is negative: -0.5");
}

TEST_CASE("model: training data of wrong size is refused", "[models]") {
  TrainingData data = test::training_data(5);
  data.targets = Vector::Zero(4);
  const Scripted model(sound());
  CHECK(test::error_of([&] { model.fit(data, Stream(1)); }) == "shape: fit: 5 input rows and 4 targets");
  data = test::training_data(5);
  data.inputs.resize(0, 3);
  data.targets.resize(0);
  CHECK(test::error_of([&] { model.fit(data, Stream(1)); }) == "data: fit: there are no training rows");
}

TEST_CASE("model: one row, or targets that do not vary, are refused for all models alike", "[models]") {
  const auto refusal_of = [](const Vector& targets, const Vector& weights = {}) {
    struct Weighting : Scripted {
      Weighting() : Scripted(sound()) {}
      ModelTraits traits() const override { return {.takes_weights = true}; }
    };
    TrainingData data{test::normals(targets.size(), 3), targets};
    data.weights = weights;
    const auto posterior = Scripted(sound()).fit(test::training_data(), Stream(1));
    const std::string fitted = test::error_of([&] { Weighting().fit(data, Stream(1)); });
    if (weights.size() == 0)
      CHECK(test::error_of([&] { Scripted(sound()).refit(*posterior, data, Stream(1)); }) == fitted);
    return fitted;
  };
  CHECK(refusal_of(Vector{{5}}) ==
        "data: fit: 1 training row(s); at least 2 with different targets are needed to learn how far targets vary");
  const std::string equal = " (3 rows); at least 2 different ones are needed to learn how far targets vary";
  CHECK(refusal_of(Vector{{2.5, 2.5, 2.5}}) == "data: fit: the training targets are all 2.5" + equal);
  CHECK(refusal_of(Vector{{0, 0, 0}}) == "data: fit: the training targets are all 0" + equal);
  CHECK(refusal_of(Vector{{0.1 + 0.2, 0.3, 0.3}}) ==
        "data: fit: the training targets are all 0.30000000000000004, up to rounding" + equal);
  const Scripted any(sound());
  CHECK_NOTHROW(any.fit({test::normals(3, 3), Vector{{1e9, 1e9 + 0.4, 1e9}}}, Stream(1)));
  CHECK_NOTHROW(any.fit({test::normals(3, 3), Vector{{0, 1e-300, 0}}}, Stream(1)));
  // A row of weight 0 is not there.
  CHECK(refusal_of(Vector{{2, 2, 2, 7}}, Vector{{1, 2, 1, 0}}) == "data: fit: the training targets are all 2" + equal);
}

TEST_CASE("model: weights are refused by models that have no use for them, and where they make no sense", "[models]") {
  struct Weighting : Scripted {
    Weighting() : Scripted(sound()) {}
    ModelTraits traits() const override { return {.takes_weights = true}; }
  };
  TrainingData data = test::training_data(5);
  const auto refusal_of = [&](const Vector& weights) {
    data.weights = weights;
    return test::error_of([&] { Weighting().fit(data, Stream(1)); });
  };
  CHECK(refusal_of(Vector::Ones(4)) == "shape: fit: 4 weights for 5 rows");
  for (const Vector& weights : {Vector(-Vector::Ones(5)), Vector(Vector::Zero(5))})
    CHECK(refusal_of(weights) == "data: fit: weights must be finite, not negative and not all zero");
  data.weights = Vector::Ones(5);
  CHECK(test::error_of([&] { Scripted(sound()).fit(data, Stream(1)); }) ==
        "config: fit: this model cannot weight its rows; resample them instead");
  CHECK(test::identical(Weighting().fit(data, Stream(1))->predict(test::query_points(2)), sound()));
}

TEST_CASE("model: without a way of its own a refit is a fit", "[models]") {
  const Scripted model(sound(), 7), other(sound());
  const auto before = other.fit(test::training_data(5), Stream(1));
  const auto after = model.refit(*before, test::training_data(6), Stream(1));
  CHECK(after->diagnostics().at("number") == 7);
  CHECK(test::identical(after->predict(test::query_points(2)), sound()));
  CHECK(test::error_of([&] { after->predict(test::query_points(2, 4)); }) ==
        "shape: predict: the model was fitted to 3 inputs, the query has 4");
}

TEST_CASE("model: a refit checks its training data", "[models]") {
  const Scripted model(sound());
  const auto before = model.fit(test::training_data(5), Stream(1));
  CHECK(test::error_of([&] { model.refit(*before, test::training_data(6, 2), Stream(1)); }) ==
        "shape: refit: 2 inputs where there were 3");
  TrainingData data = test::training_data(6);
  data.targets(5) = std::numeric_limits<double>::quiet_NaN();
  CHECK(test::error_of([&] { model.refit(*before, data, Stream(1)); }) ==
        "data: fit: the training data has values that are not finite");
}

TEST_CASE("model: a diagnostic that is not finite fails the fit", "[models]") {
  const Scripted model(sound(), std::numeric_limits<double>::infinity());
  CHECK(test::error_of([&] { model.fit(test::training_data(), Stream(1)); }) ==
        "numerical: fit: diagnostic 'number' is not finite");
}

TEST_CASE("model: an unknown name is answered with the nearest one", "[models]") {
  const std::string message = test::error_of([] { test::model("deep-ensembel"); });
  INFO(message);
  CHECK(message.starts_with("config: test: unknown model 'deep-ensembel'; did you mean 'deep-ensemble'?"));
}

}  // namespace
}  // namespace predcorr
