// SPDX-License-Identifier: Apache-2.0
#include <Eigen/Cholesky>
#include <cmath>
#include <vector>

#include "models/bnn/ensembles/swag_training.hpp"
#include "models/mcmc/mcmc_diagnostics.hpp"
#include "tests/support/model_contract.hpp"

namespace predcorr::models {
namespace {

Matrix with_ones(const Matrix& inputs) {
  Matrix phi(inputs.rows(), inputs.cols() + 1);
  phi << inputs, Vector::Ones(inputs.rows());
  return phi;
}

TrainingData line(Index rows) {
  Stream stream(12);
  TrainingData data;
  data.inputs = stream.normals(2 * rows).reshaped(rows, 2);
  data.targets =
      (1 + data.inputs.col(0).array() - 2 * data.inputs.col(1).array()).matrix() + 0.5 * stream.normals(rows);
  return data;
}

SwagParameters linear_plan() {
  SwagParameters options;
  options.units = {};
  options.weight_decay = 0.5;
  options.swag_epochs = 4000;
  options.swag_learning_rate = 0.02;
  options.rank = 5;
  return options;
}

TEST_CASE("swag: a linear network's mean is the ridge solution, its moments those of its trajectory", "[models]") {
  const TrainingData data = line(80);  // batches of 20, so that all weigh the same
  const SwagParameters options = linear_plan();
  const Network network(options.architecture(2, 1, false));
  std::vector<VectorF> points;
  const SwagRun run = swag_run(options, data, network_data(data), Stream(3), [&](int epoch, const VectorF& w) {
    points.push_back(w);
    CHECK(epoch == std::ssize(points));
  });
  REQUIRE(std::ssize(points) == options.swag_epochs);
  SwagMoments direct(3, options.rank);
  for (const VectorF& w : points) direct.add(w);
  CHECK(direct.mean() == run.moments.mean());
  CHECK(direct.variances() == run.moments.variances());
  CHECK(direct.deviations() == run.moments.deviations());
  // Descent at a constant rate on a quadratic is linear in its noise: on average it stands at the minimum of
  // |phi w - y|^2 / (2 n) + noise * decay |w|^2 / 2. From 4000 points, their dependence taken into account:
  const Matrix phi = with_ones(data.inputs);
  const Matrix curvature =
      phi.transpose() * phi / 80 + run.noise_variance * options.weight_decay * Matrix::Identity(3, 3);
  const Vector ridge = curvature.llt().solve(phi.transpose() * data.targets / 80);
  for (Index i = 0; i < 3; ++i) {
    Matrix chain(options.swag_epochs - 100, 1);  // the first come from where Adam stopped
    for (Index t = 0; t < chain.rows(); ++t) chain(t, 0) = points[static_cast<std::size_t>(t + 100)](i);
    const double error = std::sqrt((chain.array() - chain.mean()).square().mean() / effective_sample_size(chain));
    REQUIRE(error < 0.005);
    CHECK(std::abs(chain.mean() - ridge(i)) < 4 * error);
    CHECK(run.moments.variances()(i) > 1e-6f);
  }
}

TEST_CASE("swag: the spread grows with the rate and ends with the noise of batches", "[models]") {
  const TrainingData data = line(80);
  const auto spread = [&](const char* name, const Json& value) {
    Json parameters = {{"units", Json::array()}, {"epochs", 100}};
    parameters[name] = value;
    return test::model("swag", parameters)->fit(data, Stream(1))->diagnostics().at("mean_weight_stddev");
  };
  // Small rates: variance in proportion to the rate.
  CHECK(spread("swag_learning_rate", 0.02) > 1.5 * spread("swag_learning_rate", 0.005));
  CHECK(spread("swag_learning_rate", 0.005) > 1e-3);
  // A line without noise: every batch's minimum is the same.
  TrainingData exact = data;
  exact.targets = data.inputs.col(0);
  const Json parameters = {{"units", Json::array()}, {"weight_decay", 0}, {"epochs", 2000}};
  CHECK(test::model("swag", parameters)->fit(exact, Stream(1))->diagnostics().at("mean_weight_stddev") < 1e-4);
}

TEST_CASE("swag: predictions have the moments' mean and covariance", "[models]") {
  // A linear network's functions are linear in its weights: moments of predictions from those of the weights.
  const TrainingData data = line(80);
  const SwagParameters options = linear_plan();
  const Network network(options.architecture(2, 1, false));
  const SwagRun run = swag_run(options, data, network_data(data), Stream(3));
  const Json parameters = {{"units", Json::array()},     {"weight_decay", 0.5}, {"swag_epochs", 4000},
                           {"swag_learning_rate", 0.02}, {"rank", 5},           {"samples", 20000}};
  const Matrix query{{0.3, -0.8}, {2, 1}};
  const JointPrediction p = test::model("swag", parameters)->fit(data, Stream(3))->predict(query);
  const Matrix d = run.moments.deviations().cast<double>();
  Matrix weights = d * d.transpose() / 8;
  weights.diagonal() += 0.5 * run.moments.variances().cast<double>();
  const Matrix phi = with_ones(query), expected = phi * weights * phi.transpose();
  const Vector mean = phi * run.moments.mean().cast<double>();
  const Matrix latent = p.latent.matrix();
  for (Index i = 0; i < 2; ++i) {
    CHECK(std::abs(p.mean(i) - mean(i)) < 4 * std::sqrt(expected(i, i) / 20000));
    for (Index j = 0; j <= i; ++j) {
      const double error = std::sqrt((expected(i, i) * expected(j, j) + expected(i, j) * expected(i, j)) / 20000);
      CHECK(std::abs(latent(i, j) - expected(i, j)) < 4 * error);
    }
  }
  CHECK(p.noise_variance == Vector::Constant(2, run.noise_variance));
  // The noise is that of the weights before the run, the mean square residual; the run's mean is another point of the
  // same flat bottom, where squares grow by a fraction of 3 / 80.
  const Vector residual = data.targets - with_ones(data.inputs) * run.moments.mean().cast<double>();
  CHECK(run.noise_variance == Approx(residual.squaredNorm() / 80).epsilon(3.0 / 80));
}

TEST_CASE("swag: a curve with many rows", "[models]") {
  Stream stream(9);
  const Vector x = Vector::LinSpaced(400, -1, 1);
  const TrainingData data{x, (2 * x).array().sin().matrix() + 0.3 * stream.normals(400)};
  for (const char* name : {"swag", "multi-swag"}) {
    INFO(name);
    const auto fitted = test::model(name)->fit(data, Stream(1));
    const JointPrediction p = fitted->predict(Vector::LinSpaced(9, -0.9, 0.9));
    CHECK((p.mean - (2 * Vector::LinSpaced(9, -0.9, 0.9)).array().sin().matrix()).cwiseAbs().maxCoeff() < 0.2);
    test::check_noise_found(*fitted, data);
  }
}

TEST_CASE("multi-swag: members mix, and one of them is swag's distribution", "[models]") {
  const TrainingData data = test::curve(60, 2, 4);
  const Json parameters = {{"units", 10},  {"epochs", 50}, {"swag_epochs", 20}, {"swag_learning_rate", 0.002},
                           {"samples", 8}, {"members", 5}};
  const Matrix query{{3, -3}, {0, 0.5}};
  const JointPrediction p = test::model("multi-swag", parameters)->fit(data, Stream(1))->predict(query);
  REQUIRE(p.latent.width() == 40);
  // Between members functions differ by more than within one.
  const RowMatrix factor = p.latent.factor_rows(0, 2);
  const Matrix of_members = factor.row(0).reshaped(8, 5);
  const Vector means = of_members.colwise().mean();
  const double within = (of_members.rowwise() - means.transpose()).squaredNorm() / 35;
  CHECK((means.array() - means.mean()).square().sum() / 4 > 2 * within);
  CHECK(within > 0);
  Json one = parameters;
  one.erase("members");
  const Stream member = Stream(1).fork("member", 0);
  const JointPrediction alone = test::model("swag", one)->fit(data, member)->predict(query);
  one["members"] = 1;
  CHECK(test::identical(test::model("multi-swag", one)->fit(data, Stream(1))->predict(query), alone));
}

TEST_CASE("swag: divergence is an error that names the step", "[models]") {
  const Json parameters = {{"swag_learning_rate", 1e6}, {"clip_norm", 0}, {"epochs", 10}};
  for (const char* name : {"swag", "multi-swag"}) {
    const std::string error = test::error_of([&] { test::model(name, parameters)->fit(line(40), Stream(1)); });
    INFO(error);
    CHECK(error.starts_with("numerical: "));
    CHECK(error.find("swag_learning_rate") != std::string::npos);
    CHECK(error.find("step ") != std::string::npos);
  }
}

}  // namespace
}  // namespace predcorr::models
