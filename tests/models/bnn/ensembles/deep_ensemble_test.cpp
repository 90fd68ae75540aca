// SPDX-License-Identifier: Apache-2.0
#include <cmath>

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
  TrainingData data{Vector::LinSpaced(n, -2, 2), Vector(n)};
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

/// Bayesian linear regression in the network's own parameters: features (x, 1) / sqrt(d + 1), weights ~ N(0, eta I).
struct LinearPosterior {
  Vector mean;
  Matrix covariance;
};
Matrix features(const Matrix& x) {
  Matrix f(x.rows(), x.cols() + 1);
  f << x, Vector::Ones(x.rows());
  return f / std::sqrt(static_cast<double>(x.cols() + 1));
}
LinearPosterior linear_posterior(const TrainingData& data, double noise, double eta) {
  const Matrix f = features(data.inputs);
  const Matrix precision = f.transpose() * f / noise + Matrix::Identity(f.cols(), f.cols()) / eta;
  const Matrix covariance = precision.ldlt().solve(Matrix::Identity(f.cols(), f.cols()));
  return {covariance * f.transpose() * data.targets / noise, covariance};
}

/// 12 rows of two inputs of which one hardly varies, so that the prior matters.
TrainingData plane() {
  Stream stream(31);
  TrainingData data{stream.normals(24).reshaped(12, 2), Vector(12)};
  data.inputs.col(1) *= 0.3;
  data.targets =
      0.8 * data.inputs.col(0) - 0.5 * data.inputs.col(1) + (0.3 + 0.5 * stream.normals(12).array()).matrix();
  return data;
}

/// Members of a linear network, trained until nothing moves any more.
Json linear(bool perturbed) {
  return {{"units", Json::array()}, {"members", 600},
          {"epochs", 500},          {"batch", 12},
          {"learning_rate", 0.05},  {"schedule", "cosine"},
          {"anchored", true},       {"prior_variance", 2.0},
          {"noise_variance", 0.25}, {"perturbed_targets", perturbed}};
}

/// Mean and covariance of `members` independent members against those they are drawn from, in standard errors: of a
/// mean sqrt(c_ii / s), of a covariance sqrt((c_ii c_jj + c_ij^2) / s). Of 4 + 10 numbers none should be off by 4.
void check_moments(const JointPrediction& p, const Vector& mean, const Matrix& covariance, double members) {
  const Matrix latent = p.latent.matrix();
  for (Index i = 0; i < mean.size(); ++i) {
    CAPTURE(i);
    CHECK(p.mean(i) == Approx(mean(i)).epsilon(0).margin(4 * std::sqrt(covariance(i, i) / members)));
    for (Index j = 0; j <= i; ++j) {
      CAPTURE(j);
      const double square = covariance(i, i) * covariance(j, j) + covariance(i, j) * covariance(i, j);
      CHECK(latent(i, j) == Approx(covariance(i, j)).epsilon(0).margin(4 * std::sqrt(square / members)));
    }
  }
}

TEST_CASE("deep-ensemble: anchored linear members with perturbed targets are the exact posterior", "[models]") {
  const Matrix query{{0.5, 0.1}, {-1.0, 0.4}, {0.0, 3.0}, {2.0, -2.0}};
  const LinearPosterior exact = linear_posterior(plane(), 0.25, 2);
  const Matrix f = features(query);
  const JointPrediction p = test::model("deep-ensemble", linear(true))->fit(plane(), Stream(1))->predict(query);
  check_moments(p, f * exact.mean, f * exact.covariance * f.transpose(), 600);
  CHECK(p.noise_variance == Vector::Constant(4, 0.25));
}

TEST_CASE("deep-ensemble: without perturbed targets the covariance is S S / eta", "[models]") {
  const Matrix query{{0.5, 0.1}, {-1.0, 0.4}, {0.0, 3.0}, {2.0, -2.0}};
  const LinearPosterior exact = linear_posterior(plane(), 0.25, 2);
  const Matrix f = features(query), narrow = f * exact.covariance * exact.covariance * f.transpose() / 2;
  const JointPrediction p = test::model("deep-ensemble", linear(false))->fit(plane(), Stream(1))->predict(query);
  check_moments(p, f * exact.mean, narrow, 600);
  // And that is far from S near the data: the two tests tell the two statements apart.
  CHECK(narrow(0, 0) < 0.2 * (f * exact.covariance * f.transpose())(0, 0));
}

TEST_CASE("deep-ensemble: prior functions spread members away from the data in proportion to their scale", "[models]") {
  const TrainingData data = sine(100, 0.1, 0.1);
  const Json base = with(with(kSmall, "members", 10), "activation", "tanh");
  const auto variances = [&](double scale) {
    const auto posterior = test::model("deep-ensemble", with(base, "prior_scale", scale))->fit(data, Stream(1));
    return Vector(posterior->predict(Vector{{0.0, 1.0, 30.0, -30.0}}).latent.diagonal());
  };
  const Vector none = variances(0), some = variances(10), more = variances(100);
  CHECK(some.tail(2).minCoeff() > 2 * none.tail(2).maxCoeff());
  CHECK(more.tail(2).minCoeff() > 10 * some.tail(2).maxCoeff());
  CHECK(some.head(2).maxCoeff() < 0.1 * some.tail(2).minCoeff());
}

TEST_CASE("deep-ensemble: a member's prior function is added in training and prediction alike", "[models]") {
  // Linear members undo a linear prior function wholly: with it or without, they end at the least-squares plane.
  const Json base = {{"units", Json::array()}, {"members", 3},        {"epochs", 1500},         {"batch", 12},
                     {"learning_rate", 0.05},  {"weight_decay", 0.0}, {"noise_variance", 0.25}, {"schedule", "cosine"}};
  const TrainingData data = plane();
  const Matrix f = features(data.inputs);
  const Vector least_squares = (f.transpose() * f).ldlt().solve(f.transpose() * data.targets);
  const Matrix query{{0.5, 0.1}, {2.0, -2.0}};
  const auto posterior = test::model("deep-ensemble", with(base, "prior_scale", 3))->fit(data, Stream(1));
  const JointPrediction p = posterior->predict(query);
  CHECK((p.mean - features(query) * least_squares).cwiseAbs().maxCoeff() < 1e-3);
  CHECK(p.latent.diagonal().maxCoeff() < 1e-5);
}

TEST_CASE("deep-ensemble: options that are off leave every bit as it was", "[models]") {
  const TrainingData data = sine(60, 0.1, 0.1);
  const Matrix query = Vector::LinSpaced(5, -3, 3);
  const Json off = {{"prior_scale", 0}, {"anchored", false}, {"perturbed_targets", false}, {"noise_variance", 0}};
  Json given = kSmall;
  given.update(off);
  given["prior_variance"] = 7;  // of anchors only
  CHECK(test::identical(test::model("deep-ensemble", given)->fit(data, Stream(1))->predict(query),
                        test::model("deep-ensemble", kSmall)->fit(data, Stream(1))->predict(query)));
}

TEST_CASE("deep-ensemble: anchored members with learned noise of either kind learn, too", "[models]") {
  const bool heteroscedastic = GENERATE(true, false);
  Json parameters = with(with(kSmall, "anchored", true), "heteroscedastic", heteroscedastic);
  parameters["prior_scale"] = 0.5;
  const auto posterior = test::model("deep-ensemble", parameters)->fit(sine(150, 0.1, 0.1), Stream(1));
  CHECK(error_of_mean(*posterior) < 0.2);
  CHECK(posterior->predict(Vector{{0.3}}).noise_variance(0) == Approx(0.01).margin(0.02));
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
  CHECK(test::error_of([] { test::model("deep-ensemble", {{"members", 1}}); }) ==
        "config: test.parameters.members: must be from 2 to 10000, got 1");
  CHECK(test::error_of([] { test::model("deep-ensemble", {{"units", {50, 0}}}); }) ==
        "config: test.parameters.units: must be from 1 to 10000, got [50,0]");
  CHECK(test::error_of([] { test::model("deep-ensemble", {{"weight_decay", -1}}); }) ==
        "config: test.parameters.weight_decay: must be at least 0, got -1");
  CHECK(test::error_of([] { test::model("deep-ensemble", {{"prior_scale", -1}}); }) ==
        "config: test.parameters.prior_scale: must be at least 0, got -1");
  CHECK(test::error_of([] { test::model("deep-ensemble", {{"perturbed_targets", true}}); }) ==
        "config: test.parameters: perturbed_targets needs noise_variance above 0: what is to be added must be known");
}

}  // namespace
}  // namespace predcorr
