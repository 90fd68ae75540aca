// SPDX-License-Identifier: Apache-2.0
#include <Eigen/LU>
#include <cmath>

#include "models/bnn/engine/network.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/model_contract.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

std::unique_ptr<const Posterior> fitted(const TrainingData& data, const Json& parameters = Json::object(),
                                        std::uint64_t seed = 1) {
  return test::model("neural-linear", parameters)->fit(data, Stream(seed));
}

/// The last of two hidden tanh layers and a one, in double.
Matrix hidden_units(const Network& network, const VectorF& parameters, const Matrix& rows) {
  Matrix a = rows.transpose();
  for (std::size_t l = 0; l + 1 < network.layers().size(); ++l) {
    const Network::Layer& layer = network.layers()[l];
    const Matrix w =
        Eigen::Map<const MatrixF>(parameters.data() + layer.at, layer.outputs, layer.inputs + 1).cast<double>();
    a = ((w.leftCols(layer.inputs) * a).colwise() + w.col(layer.inputs)).array().tanh().matrix().eval();
  }
  return (Matrix(rows.rows(), a.rows() + 1) << a.transpose(), Vector::Ones(rows.rows())).finished();
}

TEST_CASE("neural-linear: Bayesian linear regression on the last hidden layer", "[models]") {
  // A learning rate too small to move a float leaves the network at its start, which is known.
  const TrainingData data = test::curve(30, 3, 5);
  const Matrix query = test::query_points(7);
  const auto posterior =
      fitted(data, {{"units", {8, 6}}, {"activation", "tanh"}, {"epochs", 1}, {"learning_rate", 1e-30}});
  const Diagnostics d = posterior->diagnostics();
  const double v = d.at("weight_variance"), s = d.at("noise_variance");
  const Network network({3, {8, 6}, 1, Activation::tanh});
  Stream initial = Stream(1).fork("initial");
  const VectorF parameters = network.initial_parameters(initial);
  const Matrix f = hidden_units(network, parameters, data.inputs), q = hidden_units(network, parameters, query);
  REQUIRE(f.cols() == 7);
  // By the formulas of a GP with covariance v f'f, which floats meet to about 1e-6 times the condition number.
  const Matrix observed = v * f * f.transpose() + s * Matrix::Identity(30, 30);
  const Eigen::PartialPivLU<Matrix> lu(observed);
  const Matrix cross = v * q * f.transpose();
  const JointPrediction p = posterior->predict(query);
  CHECK(test::difference(p.mean, cross * lu.solve(data.targets)) < 1e-4);
  CHECK(test::difference(p.latent.matrix(), v * q * q.transpose() - cross * lu.solve(cross.transpose())) < 1e-4);
  CHECK(p.noise_variance == Vector::Constant(7, s));
  CHECK(p.latent.width() == 7);
  const double evidence =
      -0.5 * (data.targets.dot(lu.solve(data.targets)) + lu.matrixLU().diagonal().array().abs().log().sum() +
              30 * std::log(2 * std::acos(-1.0)));
  CHECK(d.at("log_marginal_likelihood") == Approx(evidence).margin(1e-3));
}

TEST_CASE("neural-linear: without hidden layers it is Bayesian linear regression on the inputs", "[models]") {
  const TrainingData data = test::curve(40, 3, 5);
  const auto network = fitted(data, {{"units", Json::array()}, {"epochs", 20}});
  const auto linear = test::model("bayesian-linear")->fit(data, Stream(1));
  test::check_equal(network->predict(test::query_points(9)), linear->predict(test::query_points(9)), 1e-6);
  for (const auto& [name, value] : linear->diagnostics())
    CHECK(network->diagnostics().at(name) == Approx(value).epsilon(1e-5));
}

TEST_CASE("neural-linear: training the features raises the evidence and finds the curve", "[models]") {
  const TrainingData data = test::curve(200, 1, 3);
  // ReLU units that start without biases all bend at 0, where they explain little.
  const Json still = {{"epochs", 1}, {"learning_rate", 1e-30}, {"units", {10}}};
  CHECK(fitted(data, {{"epochs", 300}, {"units", {10}}})->diagnostics().at("log_marginal_likelihood") >
        fitted(data, still)->diagnostics().at("log_marginal_likelihood") + 20);

  const Json smooth = {{"epochs", 1500}, {"units", {20}}, {"activation", "tanh"}, {"weight_decay", 1e-4}};
  const auto posterior = fitted(data, smooth);
  test::check_noise_found(*posterior, data);
  CHECK(posterior->diagnostics().at("noise_variance") ==
        Approx(test::stationary_noise(*posterior, data)).epsilon(1e-3));
  const Matrix query = Vector::LinSpaced(9, -1.5, 1.5);
  CHECK((posterior->predict(query).mean - (2 * query.col(0)).array().sin().matrix()).cwiseAbs().maxCoeff() < 0.15);
}

TEST_CASE("neural-linear: features do not depend on the targets' unit", "[models]") {
  const TrainingData data = test::curve(25, 2, 3);
  const Json parameters = {{"epochs", 30}, {"units", {10}}};
  const Matrix query = test::query_points(5, 2);
  // Units of 2^20 leave every float's digits as they are.
  test::check_equal(fitted(test::with_targets_times(data, 1048576), parameters)->predict(query),
                    fitted(data, parameters)->predict(query).affine(1048576, 0), 1e-6);
}

TEST_CASE("neural-linear: few rows, more units than rows", "[models]") {
  for (const Index rows : {2, 5}) {
    const TrainingData data = test::curve(rows, 3, 3);
    test::check_sound(fitted(data, {{"epochs", 50}})->predict(test::query_points(20)), 20);
    test::check_sound(fitted(data, {{"epochs", 50}})->predict(data.inputs), rows);
  }
}

TEST_CASE("neural-linear: divergence and parameters out of range are named", "[models]") {
  CHECK(test::error_of([] {
          fitted(test::curve(20, 2, 3), {{"learning_rate", 1e9}});
        }).starts_with("numerical: training diverged in step "));
  CHECK(test::error_of([] { test::model("neural-linear", {{"weight_decay", -1}}); }) ==
        "config: test.parameters.weight_decay: must be at least 0, got -1");
}

}  // namespace
}  // namespace predcorr::models
