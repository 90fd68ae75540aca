// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "tests/support/model_contract.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

Json with(const std::string& name, const Json& value) {
  Json parameters = {{"units", {40}}, {"epochs", 400}, {"samples", 200}};
  parameters[name] = value;
  return parameters;
}

TrainingData plane() {
  Stream stream(33);
  TrainingData data{stream.normals(60).reshaped(20, 3), Vector(20)};
  data.targets = (data.inputs * Vector{{0.9, -0.6, 0.3}} + 0.3 * stream.normals(20)).array() + 0.4;
  return data;
}

const double kRate = 0.3;
Json linear(int samples) {
  return {{"units", Json::array()}, {"rate", kRate},       {"drop_inputs", true},
          {"epochs", 6000},         {"batch", 20},         {"samples", samples},
          {"learn_noise", false},   {"tau", 4.0},          {"learning_rate", 0.01},
          {"length_scale", 6.0},    {"schedule", "cosine"}};
}

/// A linear network's weights and, last, its bias. All samples agree at the origin, where only the bias counts; at a
/// unit vector a sample is the bias or, with its input kept, w / (1 - rate) beside it, so the range over samples gives
/// |w| without error and the mean its sign.
Vector weights_of(const Posterior& posterior) {
  const Matrix query = (Matrix(4, 3) << Matrix::Identity(3, 3), Matrix::Zero(1, 3)).finished();
  const JointPrediction p = posterior.predict(query);
  const RowMatrix factor = p.latent.factor_rows(0, 4) * std::sqrt(static_cast<double>(p.latent.width() - 1));
  Vector weights(4);
  weights(3) = p.mean(3);
  for (Index i = 0; i < 3; ++i) {
    const double range = factor.row(i).maxCoeff() - factor.row(i).minCoeff();
    weights(i) = std::copysign((1 - kRate) * range, p.mean(i) - p.mean(3));
  }
  return weights;
}

TEST_CASE("mc-dropout: a linear network's prediction has the moments of Bernoulli masks", "[models]") {
  constexpr double kSamples = 20000;
  const auto posterior = test::model("mc-dropout", linear(20000))->fit(plane(), Stream(1));
  const Vector weights = weights_of(*posterior);
  REQUIRE(weights.head(3).cwiseAbs().minCoeff() > 0.05);
  const Matrix query{{0.5, 0.1, -1.0}, {-1.0, 0.4, 0.3}, {2.0, 1.0, 1.0}, {0.0, 0.0, 3.0}};
  const JointPrediction p = posterior->predict(query);
  const Matrix latent = p.latent.matrix();
  // f(x) = b + sum_i w_i x_i m_i / (1 - p): mean b + w'x, covariance p / (1 - p) sum_i w_i^2 x_i x'_i.
  const Matrix parts = query * weights.head(3).asDiagonal();
  const Matrix covariance = kRate / (1 - kRate) * parts * parts.transpose();
  // Of u = m / (1 - p) - 1: the second moment, and how far the fourth is from a normal's.
  const double second = kRate / (1 - kRate);
  const double excess = std::pow(kRate, 4) / std::pow(1 - kRate, 3) + kRate - 3 * second * second;
  for (Index i = 0; i < 4; ++i) {
    CAPTURE(i);
    const double deviation = std::sqrt(covariance(i, i) / kSamples);
    CHECK(p.mean(i) == Approx(query.row(i).dot(weights.head(3)) + weights(3)).epsilon(0).margin(4 * deviation));
    for (Index j = 0; j <= i; ++j) {
      CAPTURE(j);
      const double fourth = excess * (parts.row(i).cwiseAbs2().dot(parts.row(j).cwiseAbs2()));
      const double square = covariance(i, i) * covariance(j, j) + covariance(i, j) * covariance(i, j) + fourth;
      CHECK(latent(i, j) == Approx(covariance(i, j)).epsilon(0).margin(4 * std::sqrt(square / kSamples)));
    }
  }
  CHECK(p.noise_variance == Vector::Constant(4, 0.25));
}

TEST_CASE("mc-dropout: training a linear network finds the minimum of the expected loss", "[models]") {
  // E |y - f|^2 over masks is |y - Xw - b|^2 + p / (1 - p) sum_i w_i^2 |x_i|^2: a quadratic, with the decay beside it.
  const TrainingData data = plane();
  Matrix x(20, 4);
  x << data.inputs, Vector::Ones(20);
  Matrix curvature = 4.0 * x.transpose() * x;
  const double squared_length_scale = 36;
  for (Index i = 0; i < 3; ++i)
    curvature(i, i) +=
        4.0 * kRate / (1 - kRate) * data.inputs.col(i).squaredNorm() + (1 - kRate) * squared_length_scale;
  curvature(3, 3) += squared_length_scale;
  const Vector wanted = curvature.ldlt().solve(4.0 * x.transpose() * data.targets);
  const Vector got = weights_of(*test::model("mc-dropout", linear(200))->fit(data, Stream(1)));
  // The rate ends at nothing, but the last steps leave some noise of their masks: 0.005 at most with 13 seeds.
  CHECK((got - wanted).cwiseAbs().maxCoeff() < 0.01);
  // The subtlest of the terms, the decay's factor 1 - p, moves the minimum by more than that.
  curvature.diagonal().head(3).array() += kRate * squared_length_scale;
  CHECK((curvature.ldlt().solve(4.0 * x.transpose() * data.targets) - wanted).cwiseAbs().maxCoeff() > 0.025);
}

TEST_CASE("mc-dropout: learns a curve and its noise, and spreads away from the data", "[models]") {
  const auto posterior = test::model("mc-dropout", with("batch", 100))->fit(test::noisy_sine(600), Stream(1));
  CHECK(posterior->diagnostics().at("noise_variance") == Approx(0.09).epsilon(0.3));
  const Matrix query = Vector::LinSpaced(9, -0.9, 0.9);
  const JointPrediction p = posterior->predict(query);
  CHECK((p.mean - (2 * query.col(0)).array().sin().matrix()).cwiseAbs().maxCoeff() < 0.25);
  CHECK(p.noise_variance(3) == posterior->diagnostics().at("noise_variance"));
  CHECK(p.latent.width() == 200);
  const Vector variance = posterior->predict(Vector{{-0.5, 0.5, 6, -6}}).latent.diagonal();
  CHECK(variance.tail(2).minCoeff() > 5 * variance.head(2).maxCoeff());
}

TEST_CASE("mc-dropout: neighbours are correlated, as samples share their mask", "[models]") {
  const auto posterior = test::model("mc-dropout", with("rate", 0.2))->fit(test::noisy_sine(100), Stream(1));
  const Matrix c = posterior->predict(Vector{{0.5, 0.51}}).latent.matrix();
  CHECK(c(0, 1) / std::sqrt(c(0, 0) * c(1, 1)) > 0.99);
}

TEST_CASE("mc-dropout: more dropped is more spread, nothing dropped is none", "[models]") {
  const auto variance = [](double rate) {
    const auto posterior = test::model("mc-dropout", with("rate", rate))->fit(test::noisy_sine(100), Stream(1));
    return posterior->predict(Vector{{-0.5, 0.5}}).latent.diagonal().mean();
  };
  CHECK(variance(0) < 1e-12);
  CHECK(variance(0.0025) > 1e-12);
  CHECK(variance(0.2) > 3 * variance(0.0025));
}

TEST_CASE("mc-dropout: a strong prior holds the weights at zero", "[models]") {
  const auto posterior = test::model("mc-dropout", with("length_scale", 100))->fit(test::noisy_sine(100), Stream(1));
  CHECK(posterior->predict(Vector::LinSpaced(5, -1, 1)).mean.cwiseAbs().maxCoeff() < 0.05);
}

TEST_CASE("mc-dropout: parameters out of range are named", "[models]") {
  CHECK(test::error_of([] { test::model("mc-dropout", {{"rate", 1}}); }) ==
        "config: test.parameters.rate: must be from 0 to 0.95, got 1");
  CHECK(test::error_of([] { test::model("mc-dropout", {{"tau", 0}}); }) ==
        "config: test.parameters.tau: must be above 0, got 0");
}

}  // namespace
}  // namespace predcorr
