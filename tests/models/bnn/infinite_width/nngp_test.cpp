// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "tests/support/helpers.hpp"
#include "tests/support/model_contract.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

Json fixed(const Json& start) { return {{"start", start}, {"learn", false}}; }

std::unique_ptr<const Posterior> fitted(const TrainingData& data, const Json& parameters = Json::object()) {
  return test::model("nngp", parameters)->fit(data, Stream(1));
}

TEST_CASE("nngp: with given variances it is the GP with the network's kernel", "[models]") {
  const TrainingData data = test::curve(30, 3, 5);
  const Matrix query = test::query_points(8);
  for (const std::string activation : {"relu", "erf"}) {
    INFO(activation);
    const Json weights = fixed({1.3, 0.8, 2.1}), biases = fixed({0.4, 0.2, 0.7}), noise = fixed(0.05);
    const auto network = fitted(data, {{"depth", 2},
                                       {"activation", activation},
                                       {"weight_variance", weights},
                                       {"bias_variance", biases},
                                       {"noise_variance", noise}});
    const Json kernel = {{activation + "-network", {{"weight_variance", weights}, {"bias_variance", biases}}}};
    const auto gp =
        test::model("gp", {{"kernel", kernel}, {"noise_variance", noise}, {"steps", 0}})->fit(data, Stream(1));
    CHECK(test::identical(network->predict(query), gp->predict(query)));
    CHECK(network->diagnostics().at("log_marginal_likelihood") == gp->diagnostics().at("log_marginal_likelihood"));
  }
}

TEST_CASE("nngp: learns what the GP with the network's kernel learns", "[models]") {
  const TrainingData data = test::curve(40, 2, 5);
  const Json weights = {1.3, 0.8}, biases = {0.4, 0.2};
  const Diagnostics network = fitted(data, {{"weight_variance", weights}, {"bias_variance", biases}})->diagnostics();
  const Json kernel = {{"relu-network", {{"weight_variance", weights}, {"bias_variance", biases}}}};
  const Diagnostics gp = test::model("gp", {{"kernel", kernel}})->fit(data, Stream(1))->diagnostics();
  for (const auto& [name, value] : network) {
    INFO(name);
    CHECK(gp.at(name) == value);
  }
  // And more than the start has: a step uphill at least.
  const Diagnostics start =
      fitted(data, {{"weight_variance", weights}, {"bias_variance", biases}, {"steps", 0}})->diagnostics();
  CHECK(network.at("log_marginal_likelihood") > start.at("log_marginal_likelihood") + 1);
}

TEST_CASE("nngp: open variances start so that the function has the targets' variance", "[models]") {
  for (const int depth : {1, 3})
    for (const std::string activation : {"relu", "erf"})
      for (const double unit : {1.0, 1e4}) {
        CAPTURE(depth, activation, unit);
        const TrainingData data = test::with_targets_times(test::curve(25, 3, 6), unit);
        const Diagnostics d = fitted(data, {{"depth", depth}, {"activation", activation}, {"steps", 0}})->diagnostics();
        const double square = data.targets.squaredNorm() / 25;
        CHECK(d.at("signal_variance") == test::close(square));
        CHECK(d.at("kernel.1.weight_variance[1]") == test::close(2));
        CHECK(d.at("kernel.1.bias_variance[1]") == test::close(0.5));
        CHECK(d.at("kernel.1.weight_variance[" + std::to_string(depth + 1) + "]") ==
              test::close(4 * d.at("kernel.1.bias_variance[" + std::to_string(depth + 1) + "]")));
        CHECK(d.at("noise_variance") == test::close(0.1 * square));
      }
}

TEST_CASE("nngp: the units of the targets do not matter", "[models]") {
  const TrainingData data = test::curve(30, 2, 7);
  const Matrix query = test::query_points(6, 2);
  for (const std::string activation : {"relu", "erf"}) {
    INFO(activation);
    const JointPrediction p = fitted(data, {{"activation", activation}})->predict(query);
    const JointPrediction large =
        fitted(test::with_targets_times(data, 1e5), {{"activation", activation}})->predict(query);
    test::check_equal(large, p.affine(1e5, 0), 1e-3);  // optimisers stop at slightly other points
  }
}

TEST_CASE("nngp: finds a curve and its noise", "[models]") {
  const TrainingData data = test::curve(150, 1, 3);
  for (const std::string activation : {"relu", "erf"}) {
    INFO(activation);
    const auto posterior = fitted(data, {{"activation", activation}});
    test::check_noise_found(*posterior, data);
    CHECK(posterior->diagnostics().at("noise_variance") ==
          Approx(test::stationary_noise(*posterior, data)).epsilon(1e-3));
    const Matrix query = Vector::LinSpaced(9, -1.5, 1.5);
    const JointPrediction p = posterior->predict(query);
    CHECK((p.mean - (2 * query.col(0)).array().sin().matrix()).cwiseAbs().maxCoeff() < 0.15);
    CHECK(p.latent.stored_dense() != nullptr);
  }
}

TEST_CASE("nngp: the erf network levels off, the ReLU network goes on", "[models]") {
  const TrainingData data = test::curve(40, 1, 3);
  const Matrix far = Vector{{50, 100}};
  const auto ratio = [&](const std::string& activation) {
    const Vector v = fitted(data, {{"activation", activation}})->predict(far).latent.diagonal();
    return v(1) / v(0);
  };
  CHECK(ratio("erf") == Approx(1).epsilon(0.2));
  CHECK(ratio("relu") == Approx(4).epsilon(0.1));  // linear functions: variances go with the square of the distance
}

TEST_CASE("nngp: a bias variance of 0 stays 0", "[models]") {
  const Diagnostics d = fitted(test::curve(20, 2, 3), {{"bias_variance", 0}})->diagnostics();
  CHECK(d.count("kernel.1.bias_variance[1]") == 0);
  CHECK(d.count("kernel.1.weight_variance[2]") == 1);
  // Without biases a ReLU network's function is homogeneous, so it is 0 at the origin and known to be.
  const auto posterior = fitted(test::curve(20, 2, 3), {{"bias_variance", 0}});
  CHECK(posterior->predict(Matrix::Zero(1, 2)).latent.diagonal()(0) < 1e-8);
}

TEST_CASE("nngp: parameters out of range are named", "[models]") {
  const auto refusal = [](const Json& parameters) { return test::error_of([&] { test::model("nngp", parameters); }); };
  CHECK(refusal({{"depth", 0}}) == "config: test.parameters.depth: must be from 1 to 100, got 0");
  CHECK(test::missing(refusal({{"activation", "tanh"}}), {"config: test.parameters.activation: ", "relu", "erf"}) ==
        "");
  CHECK(test::missing(refusal({{"depth", 2}, {"weight_variance", {1, 2}}}), {"config: ", "each of 3 layers, got 2"}) ==
        "");
  CHECK(test::missing(refusal({{"weight_variance", 0}}), {"config: test.parameters.weight_variance", "above 0"}) == "");
}

}  // namespace
}  // namespace predcorr
