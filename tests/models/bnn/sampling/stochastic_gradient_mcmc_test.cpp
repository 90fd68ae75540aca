// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/sampling/stochastic_gradient_mcmc.hpp"

#include <Eigen/Eigenvalues>
#include <cmath>

#include "models/mcmc/mcmc_diagnostics.hpp"
#include "tests/support/model_contract.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

constexpr double kNoise = 0.5, kPrior = 1.5;
constexpr Index kRows = 16;

TrainingData line() {
  Stream stream(12);
  TrainingData data;
  data.inputs = stream.normals(2 * kRows).reshaped(kRows, 2);
  data.targets =
      (1 + data.inputs.col(0).array() - 2 * data.inputs.col(1).array()).matrix() + 0.7 * stream.normals(kRows);
  return data;
}

/// As a linear network has them: inputs and a one, by 1 / sqrt(fan-in + 1).
Matrix features(const Matrix& inputs) {
  Matrix phi(inputs.rows(), inputs.cols() + 1);
  phi << inputs, Vector::Ones(inputs.rows());
  return phi / std::sqrt(static_cast<double>(phi.cols()));
}

/// The quadratic U of a linear network: its curvature, by directions, and its minimum.
struct Bowl {
  Vector curvatures, minimum;
  Matrix directions;
  double temperature = kNoise / kRows;
};
Bowl bowl() {
  const TrainingData data = line();
  const Matrix phi = features(data.inputs);
  const Matrix curvature = phi.transpose() * phi / kRows + kNoise / (kRows * kPrior) * Matrix::Identity(3, 3);
  const Eigen::SelfAdjointEigenSolver<Matrix> eigen(curvature);
  const Matrix& v = eigen.eigenvectors();
  const Vector minimum =
      v * eigen.eigenvalues().cwiseInverse().asDiagonal() * v.transpose() * phi.transpose() * data.targets / kRows;
  return {eigen.eigenvalues(), minimum, v};
}

/// Variance where v = momentum v - rate h w + sqrt(2 (1 - momentum) rate T) noise, w = w + v have settled down: the
/// recursion of the three second moments until nothing changes.
double settled(double rate, double momentum, double h, double temperature) {
  double ww = 0, wv = 0, vv = 0;
  for (int i = 0; i < 200000; ++i) {
    const double next_vv = momentum * momentum * vv - 2 * momentum * rate * h * wv + rate * rate * h * h * ww +
                           2 * (1 - momentum) * rate * temperature;
    const double next_wv = momentum * wv - rate * h * ww + next_vv;  // (w + v') v'
    ww = ww + 2 * (momentum * wv - rate * h * ww) + next_vv;
    wv = next_wv;
    vv = next_vv;
  }
  return ww;
}

StochasticGradientParameters constant_plan(double rate) {
  StochasticGradientParameters options;
  options.units = {};
  options.schedule = CycleSchedule::constant;
  options.burn_in = 0;
  options.cycles = 1;
  options.exploration = 0.1;
  options.learning_rate = rate;
  options.batch = 100;
  options.clip_norm = 0;
  return options;
}

/// Draws of one chain whose variances are held.
MatrixF chain(const StochasticGradientParameters& options, double momentum, const Bowl& b, const Stream& stream) {
  const Network network = options.network(2);
  const WeightVariances held({.learn_noise = false, .learn_prior = false}, kRows, network.parameter_count());
  ChainDraws draws(network.parameter_count(), options.cycles * options.draws, 1);
  stochastic_gradient_chain(options, momentum, network, network_data(line()), held, {kNoise, kPrior},
                            b.minimum.cast<float>(), stream, 0, draws);
  return draws.weights;
}

/// Draws x chains along every direction of the bowl, from its minimum.
std::vector<Matrix> along(const Bowl& b, const StochasticGradientParameters& options, double momentum) {
  std::vector<Matrix> result(3, Matrix(options.cycles * options.draws, options.chains));
  for (int c = 0; c < options.chains; ++c) {
    const MatrixF draws = chain(options, momentum, b, Stream(8).fork("chain", static_cast<std::uint64_t>(c)));
    const Matrix off = b.directions.transpose() * (draws.cast<double>().colwise() - b.minimum);
    for (std::size_t i = 0; i < 3; ++i) result[i].col(c) = off.row(static_cast<Index>(i)).transpose();
  }
  return result;
}

/// Standard errors between the mean of the draws and what it should be.
double z_score(const Matrix& draws, double expected) {
  const double size = effective_sample_size(draws), mean = draws.mean();
  REQUIRE(size > 250);
  return (mean - expected) / std::sqrt((draws.array() - mean).square().mean() / size);
}

TEST_CASE("stochastic gradient mcmc: the variance at a constant rate is that of its recursion", "[models]") {
  const Bowl b = bowl();
  for (const auto& [momentum, rate] : {std::pair{0.0, 0.9}, {0.9, 0.9}}) {
    INFO("momentum " << momentum);
    StochasticGradientParameters options = constant_plan(rate);
    options.chains = 4;
    options.epochs = 20000;
    options.draws = 2000;
    const auto draws = along(b, options, momentum);
    for (std::size_t i = 0; i < 3; ++i) {
      const double h = b.curvatures(static_cast<Index>(i));
      const double expected = settled(rate, momentum, h, b.temperature);
      // Without momentum in closed form: T / h of the posterior, and the known bias.
      if (momentum == 0) CHECK(expected == Approx(b.temperature / h / (1 - rate * h / 2)).epsilon(1e-9));
      CHECK(std::abs(z_score(draws[i], 0)) < 4);
      CHECK(std::abs(z_score(draws[i].cwiseAbs2(), expected)) < 4);
    }
    // The steepest direction shows the bias: more than the error of its variance.
    const double h = b.curvatures(2);
    CHECK(settled(rate, momentum, h, b.temperature) > 1.04 * b.temperature / h);
  }
}

TEST_CASE("stochastic gradient mcmc: small steps reproduce Bayesian linear regression", "[models]") {
  const TrainingData data = line();
  const Bowl b = bowl();
  const Matrix query{{0.3, -0.8}, {2, 1}, {-1, 3}}, phi = features(query);
  const Matrix posterior =
      b.temperature * b.directions * b.curvatures.cwiseInverse().asDiagonal() * b.directions.transpose();
  const Vector mean = phi * b.minimum;
  const Matrix covariance = phi * posterior * phi.transpose();
  for (const char* schedule : {"constant", "cyclical"})
    for (const auto& [name, rate] : {std::pair{"sgld", 0.05}, {"sghmc", 0.01}}) {
      INFO(name << ", " << schedule);
      const int draws = schedule == std::string("constant") ? 500 : 25, cycles = 500 / draws;
      const auto fitted = test::model(name, {{"units", Json::array()},
                                             {"schedule", schedule},
                                             {"chains", 8},
                                             {"burn_in", 0},
                                             {"cycles", cycles},
                                             {"epochs", 60 * draws},
                                             {"draws", draws},
                                             {"exploration", 0.3},
                                             {"learning_rate", rate},
                                             {"learn_noise", false},
                                             {"noise_variance", kNoise},
                                             {"learn_prior", false},
                                             {"prior_variance", kPrior}})
                              ->fit(data, Stream(1));
      const JointPrediction p = fitted->predict(query);
      REQUIRE(p.latent.width() == 4000);
      CHECK(p.noise_variance == Vector::Constant(3, kNoise));
      const RowMatrix factor = std::sqrt(3999.0) * p.latent.factor_rows(0, 3);
      const auto off = [&](Index i) { return (factor.row(i).array() + p.mean(i) - mean(i)).matrix(); };
      // Variances are too large by rate * curvature / 2 = 1% to 2% (a bias that does not show beside four standard
      // errors of 3% or more).
      for (Index i = 0; i < 3; ++i) {
        CHECK(std::abs(z_score(off(i).reshaped(500, 8), 0)) < 4);
        for (Index j = 0; j <= i; ++j)
          CHECK(std::abs(z_score(off(i).cwiseProduct(off(j)).reshaped(500, 8), covariance(i, j))) < 4);
      }
      CHECK(fitted->diagnostics().at("r_hat") < 1.05);
      CHECK(fitted->diagnostics().at("ess") > 250);
      CHECK(fitted->diagnostics().at("noise_variance") == Approx(kNoise));
      CHECK(fitted->diagnostics().at("prior_variance") == Approx(kPrior));
    }
}

TEST_CASE("stochastic gradient mcmc: the rate falls to nothing within each cycle", "[models]") {
  // Draws side by side: steps at the end of a cycle are far smaller than in its middle, those after it large again.
  StochasticGradientParameters options = constant_plan(0.3);
  options.schedule = CycleSchedule::cyclical;
  options.cycles = 2;
  options.exploration = 0;
  options.epochs = options.draws = 400;  // every step is a draw
  const Bowl b = bowl();
  const MatrixF draws = chain(options, 0, b, Stream(1));
  REQUIRE(draws.cols() == 800);
  const VectorF steps = (draws.rightCols(799) - draws.leftCols(799)).colwise().norm();
  CHECK(steps.segment(380, 19).mean() < 0.15f * steps.segment(0, 100).mean());
  CHECK(steps.segment(400, 100).mean() == Approx(steps.segment(0, 100).mean()).epsilon(0.3));
  CHECK(steps.segment(780, 19).mean() < 0.15f * steps.segment(400, 100).mean());
}

TEST_CASE("stochastic gradient mcmc: batches add to the variance, and more so at higher rates", "[models]") {
  const Bowl b = bowl();
  const auto variance = [&](double rate, int batch) {
    StochasticGradientParameters options = constant_plan(rate);
    options.chains = 2;
    options.batch = batch;
    options.epochs = 32000 * batch / static_cast<int>(kRows);
    options.draws = 4000;
    return along(b, options, 0)[2].cwiseAbs2().mean() / (b.temperature / b.curvatures(2));
  };
  CHECK(variance(0.02, 16) == Approx(1).epsilon(0.15));
  CHECK(variance(0.02, 2) < 1.5);
  CHECK(variance(0.5, 2) > 1.35);  // 1.12 of it would be there without batches
}

TEST_CASE("stochastic gradient mcmc: networks learn a curve and their noise", "[models]") {
  Stream stream(9);
  const Vector x = Vector::LinSpaced(100, -1, 1);
  const TrainingData data{x, (3 * x).array().sin().matrix() + 0.2 * stream.normals(100)};
  for (const char* name : {"sgld", "sghmc"}) {
    INFO(name);
    const auto fitted = test::model(name, {{"units", 20}, {"chains", 6}, {"epochs", 500}})->fit(data, Stream(1));
    const JointPrediction p = fitted->predict(Vector{{-0.5, 0.2, 5, -5}});
    CHECK(p.mean(0) == Approx(std::sin(-1.5)).margin(0.25));
    CHECK(p.mean(1) == Approx(std::sin(0.6)).margin(0.25));
    test::check_noise_found(*fitted, data, 3);
    // The mean of an inverse gamma distribution is n / (n - 2) of it; few draws and steps of a size add about as much.
    CHECK(p.noise_variance(0) == Approx(test::stationary_noise(*fitted, data)).epsilon(0.04));
    const Vector variance = p.latent.diagonal();
    CHECK(variance.tail(2).minCoeff() > 20 * variance.head(2).maxCoeff());
    CHECK(p.latent.width() == 6 * 3 * 8);
  }
}

TEST_CASE("stochastic gradient mcmc: unknown variances of a linear network are those of exact integration",
          "[models]") {
  for (const Json& c : test::reference("mcmc_reference.json").at("linear")) {
    const bool learn_prior = c.at("learn_prior");
    INFO("learn_prior " << learn_prior);
    Json parameters = {
        {"units", Json::array()},    {"schedule", "constant"}, {"chains", 8},        {"cycles", 1},
        {"epochs", 30000},           {"draws", 500},           {"exploration", 0.2}, {"learning_rate", 0.05},
        {"learn_prior", learn_prior}};
    if (!learn_prior) parameters["prior_variance"] = c.at("prior_variance");
    const TrainingData data{test::matrix(c.at("x")), test::vector(c.at("y"))};
    const auto fitted = test::model("sgld", parameters)->fit(data, Stream(1));
    const Diagnostics record = fitted->diagnostics();
    // Four standard errors and the 2% by which steps of this length are off.
    const double size = record.at("noise_variance.ess"), spread = c.at("noise").at("log_stddev");
    CHECK(size > 400);
    CHECK(record.at("noise_variance.log_stddev") == Approx(spread).epsilon(4 / std::sqrt(2 * size)));
    CHECK(record.at("noise_variance") ==
          Approx(c.at("noise_variance").get<double>()).epsilon(4 * spread * 1.2 / std::sqrt(size) + 0.02));
    CHECK(fitted->predict(data.inputs).noise_variance(0) == Approx(record.at("noise_variance")));
    if (learn_prior) {
      const double prior_size = record.at("prior_variance.ess"), prior_spread = c.at("prior").at("log_stddev");
      CHECK(prior_size > 400);
      CHECK(record.at("prior_variance.log_stddev") == Approx(prior_spread).epsilon(5 / std::sqrt(2 * prior_size)));
      CHECK(std::log(record.at("prior_variance")) ==
            Approx(c.at("prior").at("log_mean").get<double>()).margin(4 * prior_spread / std::sqrt(prior_size) + 0.02));
    }
    CHECK(fitted->warnings().empty());
  }
}

TEST_CASE("stochastic gradient mcmc: a noise share of a half is found from any start", "[models]") {
  // Half of the targets' variance is noise, the other half a curve that two of five inputs decide.
  Stream stream(21);
  TrainingData data;
  data.inputs = stream.normals(1000).reshaped(200, 5);
  const Vector f = (data.inputs.col(0).array() + (2 * data.inputs.col(1).array()).sin()).matrix();
  data.targets =
      (f.array() - f.mean()).matrix() / std::sqrt((f.array() - f.mean()).square().mean()) + stream.normals(200);
  data.targets /= std::sqrt(2.0);
  for (const char* name : {"sgld", "sghmc"})
    for (const double start : {0.0, 1e-3, 20.0}) {
      INFO(name << " from " << start);
      const Json parameters = {{"units", 20},
                               {"noise_variance", start},
                               {"start_steps", start == 0 ? 300 : 0},
                               {"chains", 4},
                               {"epochs", 300}};
      const JointPrediction p = test::model(name, parameters)->fit(data, Stream(1))->predict(Matrix::Zero(1, 5));
      // 200 rows, some 30 of which the function takes: a standard error of 11%.
      CHECK(p.noise_variance(0) == Approx(0.5).epsilon(0.35));
    }
}

TEST_CASE("stochastic gradient mcmc: chains that have not met are seen not to", "[models]") {
  const auto fitted = test::model("sgld", {{"units", 20},
                                           {"chains", 4},
                                           {"start_steps", 0},
                                           {"epochs", 3},
                                           {"cycles", 1},
                                           {"draws", 6},
                                           {"learning_rate", 1e-4}})
                          ->fit(line(), Stream(1));
  REQUIRE(!fitted->warnings().empty());
  CHECK(fitted->warnings()[0].starts_with("the sampler has not mixed, functions at the training rows: R-hat "));
  CHECK(fitted->warnings()[0].ends_with("; raise burn_in, epochs or chains"));
}

TEST_CASE("stochastic gradient mcmc: divergence is an error that names the step", "[models]") {
  for (const char* name : {"sgld", "sghmc"}) {
    const Json fast = {{"learning_rate", 1e6}, {"clip_norm", 0}, {"start_steps", 10}};
    const std::string error = test::error_of([&] { test::model(name, fast)->fit(line(), Stream(1)); });
    INFO(error);
    CHECK(error.starts_with("numerical: training diverged in step "));
  }
  CHECK(test::error_of([] { test::model("sghmc", {{"momentum", 1}}); }) ==
        "config: test.parameters.momentum: must be from 0 to 0.9999, got 1");
}

}  // namespace
}  // namespace predcorr::models
