// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <limits>

#include "core/kernels/distances.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/model_contract.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

Json fixed(const Json& start) { return {{"start", start}, {"learn", false}}; }

std::unique_ptr<const Posterior> fitted(const TrainingData& data, const Json& parameters = Json::object(),
                                        std::uint64_t seed = 1) {
  return test::model("bayesian-linear", parameters)->fit(data, Stream(seed));
}

/// The GP with this kernel and noise, and its evidence.
std::unique_ptr<const Posterior> gp(const TrainingData& data, const Json& kernel, double noise) {
  return test::model("gp", {{"kernel", kernel}, {"noise_variance", fixed(noise)}, {"steps", 0}})->fit(data, Stream(1));
}

TEST_CASE("bayesian-linear: on inputs it is the GP with a linear kernel", "[models]") {
  for (const Index rows : {40, 3}) {  // more rows than features, and fewer
    const TrainingData data = test::curve(rows, 4, 6);
    const auto posterior = fitted(data);
    const Diagnostics d = posterior->diagnostics();
    const double v = d.at("weight_variance"), noise = d.at("noise_variance");
    const Json kernel = {{"sum", {{{"linear", {{"variance", fixed(v)}}}}, {{"constant", {{"variance", fixed(v)}}}}}}};
    const auto same = gp(data, kernel, noise);
    test::check_equal(posterior->predict(test::query_points(9, 4)), same->predict(test::query_points(9, 4)), 1e-9);
    CHECK(d.at("log_marginal_likelihood") == test::close(same->diagnostics().at("log_marginal_likelihood")));
    // The posterior is a factor with a column per feature.
    CHECK(posterior->predict(test::query_points(9, 4)).latent.width() == 5);
  }
}

TEST_CASE("bayesian-linear: recovers a line and its noise", "[models]") {
  Stream stream(8);
  TrainingData data;
  data.inputs = stream.normals(600).reshaped(300, 2);
  data.targets = (1 + 2 * data.inputs.col(0).array() - data.inputs.col(1).array()).matrix() + 0.5 * stream.normals(300);
  const auto posterior = fitted(data);
  // 297 degrees of freedom know a variance to 8%; slopes are known to 0.5 / sqrt(300) = 0.03.
  CHECK(posterior->diagnostics().at("noise_variance") == Approx(0.25).epsilon(0.25));
  Matrix query(3, 2);
  query << 0, 0, 1, 0, 0, 1;
  const JointPrediction p = posterior->predict(query);
  CHECK(p.mean(0) == Approx(1).margin(0.12));
  CHECK(p.mean(1) == Approx(3).margin(0.17));
  CHECK(p.mean(2) == Approx(0).margin(0.17));
  CHECK(std::sqrt(p.latent.diagonal()(0)) == Approx(0.5 / std::sqrt(300.0)).epsilon(0.2));
}

TEST_CASE("bayesian-linear: many waves are an RBF kernel", "[models]") {
  const TrainingData data = test::curve(20, 2, 6);
  const Matrix query = test::query_points(6, 2);
  const auto posterior = fitted(data, {{"features", "fourier"}, {"count", 40000}, {"length_scale", 0.5}});
  const Diagnostics d = posterior->diagnostics();
  const Vector scales = 0.5 * median_length_scales(data.inputs);
  const double v = d.at("weight_variance");
  const Json kernel = {
      {"rbf", {{"variance", fixed(v)}, {"length_scale", fixed(std::vector<double>(scales.begin(), scales.end()))}}}};
  const auto exact = gp(data, kernel, d.at("noise_variance"));
  const JointPrediction a = posterior->predict(query), b = exact->predict(query);
  // 20000 waves know each kernel value to v / sqrt(2 * 20000) = 0.005 v; the posterior is a smooth function of these.
  CHECK((a.mean - b.mean).cwiseAbs().maxCoeff() < 0.05 * std::sqrt(v));
  CHECK((a.latent.matrix() - b.latent.matrix()).cwiseAbs().maxCoeff() < 0.03 * v);
  CHECK(b.latent.matrix().cwiseAbs().maxCoeff() > 0.2 * v);
}

TEST_CASE("bayesian-linear: many ReLU units are an arc-cosine kernel", "[models]") {
  // Prior variances 1 / (d + 1) of the first layer, in the kernel's unit w / d; of the last 2 v, without bias.
  const TrainingData data = test::curve(20, 2, 6);
  const Matrix query = test::query_points(6, 2);
  const auto posterior = fitted(data, {{"features", "relu"}, {"count", 40000}});
  const Diagnostics d = posterior->diagnostics();
  const double v = d.at("weight_variance");
  const Json kernel = {
      {"relu-network", {{"weight_variance", fixed({2.0 / 3, 2 * v})}, {"bias_variance", fixed({1.0 / 3, 0.0})}}}};
  const auto exact = gp(data, kernel, d.at("noise_variance"));
  const JointPrediction a = posterior->predict(query), b = exact->predict(query);
  const double largest = b.latent.diagonal().maxCoeff();
  // 40000 units know a kernel value to about sqrt(5 / 40000) = 0.011 of itself.
  CHECK((a.mean - b.mean).cwiseAbs().maxCoeff() < 0.1 * std::sqrt(largest));
  CHECK((a.latent.matrix() - b.latent.matrix()).cwiseAbs().maxCoeff() < 0.05 * largest);
}

TEST_CASE("bayesian-linear: the length-scale is the one of greatest evidence", "[models]") {
  const TrainingData data = test::curve(60, 2, 6);
  const Json waves = {{"features", "fourier"}, {"count", 60}};
  const Diagnostics learned = fitted(data, waves)->diagnostics();
  double best = -std::numeric_limits<double>::infinity(), at = 0;
  for (int i = -6; i <= 6; ++i) {
    Json parameters = waves;
    parameters["length_scale"] = std::pow(2.0, 0.5 * i);
    const double value = fitted(data, parameters)->diagnostics().at("log_marginal_likelihood");
    if (value > best) {
      best = value;
      at = std::pow(2.0, 0.5 * i);
    }
  }
  CHECK(learned.at("log_marginal_likelihood") == best);
  CHECK(learned.at("length_scale") == at);
  CHECK(at < 4);  // a sine of period 3 in one of two inputs
}

TEST_CASE("bayesian-linear: random features come from the stream", "[models]") {
  const TrainingData data = test::curve(20, 2, 6);
  const Matrix query = test::query_points(4, 2);
  for (const std::string features : {"inputs", "fourier", "relu"}) {
    INFO(features);
    const Json parameters = {{"features", features}, {"count", 30}};
    const JointPrediction a = fitted(data, parameters, 1)->predict(query);
    CHECK(test::identical(a, fitted(data, parameters, 1)->predict(query)));
    CHECK(test::identical(a, fitted(data, parameters, 2)->predict(query)) == (features == "inputs"));
    test::check_sound(fitted(data, parameters)->predict(data.inputs), 20);
    test::check_equal(fitted(test::with_targets_times(data, 1e5), parameters)->predict(query), a.affine(1e5, 0), 1e-7);
  }
}

TEST_CASE("bayesian-linear: few rows, repeated rows, constant columns", "[models]") {
  for (const std::string features : {"inputs", "fourier", "relu"}) {
    INFO(features);
    const Json parameters = {{"features", features}, {"count", 30}};
    for (const Index rows : {2, 3, 12}) {
      TrainingData data = test::curve(rows, 3, 6);
      data.inputs.col(1).setConstant(2);
      if (rows > 3) data.inputs.bottomRows(6) = data.inputs.topRows(6).eval();
      test::check_sound(fitted(data, parameters)->predict(test::query_points(7)), 7);
    }
  }
}

TEST_CASE("bayesian-linear: parameters out of range are named", "[models]") {
  const auto refusal = [](const Json& parameters) {
    return test::error_of([&] { test::model("bayesian-linear", parameters); });
  };
  CHECK(test::missing(refusal({{"features", "fourier"}, {"count", 31}}), {"config: ", "even, got 31"}) == "");
  CHECK(refusal({{"count", 1}}) == "config: test.parameters.count: must be from 2 to 100000, got 1");
  CHECK(test::missing(refusal({{"features", "cubic"}}), {"config: test.parameters.features: ", "fourier"}) == "");
}

}  // namespace
}  // namespace predcorr
