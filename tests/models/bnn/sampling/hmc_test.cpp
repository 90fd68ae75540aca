// SPDX-License-Identifier: Apache-2.0
#include <tbb/global_control.h>

#include <Eigen/LU>
#include <algorithm>
#include <cmath>

#include "models/mcmc/mcmc_diagnostics.hpp"
#include "tests/support/model_contract.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

/// Rows as a linear network has them: inputs and a one, by 1 / sqrt(fan-in + 1).
Matrix features(const Matrix& inputs) {
  Matrix phi(inputs.rows(), inputs.cols() + 1);
  phi << inputs, Vector::Ones(inputs.rows());
  return phi / std::sqrt(static_cast<double>(phi.cols()));
}

/// y = 1 + x1 - 2 x2 + noise of deviation `stddev`.
TrainingData line(Index rows, double stddev) {
  Stream stream(12);
  TrainingData data;
  data.inputs = stream.normals(2 * rows).reshaped(rows, 2);
  data.targets =
      (1 + data.inputs.col(0).array() - 2 * data.inputs.col(1).array()).matrix() + stddev * stream.normals(rows);
  return data;
}

/// The posterior of the linear network's weights.
struct Exact {
  Vector mean;
  Matrix covariance;
};
Exact exact(const TrainingData& data, double noise, double prior) {
  const Matrix phi = features(data.inputs);
  const Matrix precision = phi.transpose() * phi / noise + Matrix::Identity(phi.cols(), phi.cols()) / prior;
  const Matrix covariance = precision.inverse();
  return {covariance * phi.transpose() * data.targets / noise, covariance};
}

/// Standard errors between the mean of draws x chains and what it should be.
double z_score(const Matrix& draws, double expected) {
  const double size = effective_sample_size(draws), mean = draws.mean();
  REQUIRE(size > 300);
  return (mean - expected) / std::sqrt((draws.array() - mean).square().mean() / size);
}

TEST_CASE("network hmc: a linear network's predictions are those of Bayesian regression", "[models]") {
  constexpr Index kChains = 4, kDraws = 600, kPoints = 4;
  const TrainingData data = line(15, 0.7);
  const Matrix query{{0.3, -0.8}, {2, 1}, {-1, 3}, {0, 0}};
  const Exact posterior = exact(data, 0.5, 1.5);
  const Vector mean = features(query) * posterior.mean;
  const Matrix covariance = features(query) * posterior.covariance * features(query).transpose();
  for (const char* kernel : {"hmc", "nuts"}) {
    INFO(kernel);
    const auto fitted = test::model("hmc", {{"units", Json::array()},
                                            {"kernel", kernel},
                                            {"chains", kChains},
                                            {"burn_in", 300},
                                            {"draws", kDraws},
                                            {"thinning", 2},
                                            {"leapfrogs", 6},
                                            {"learn_noise", false},
                                            {"noise_variance", 0.5},
                                            {"learn_prior", false},
                                            {"prior_variance", 1.5}})
                            ->fit(data, Stream(1));
    const JointPrediction p = fitted->predict(query);
    CHECK(p.noise_variance == Vector::Constant(kPoints, 0.5));
    REQUIRE(p.latent.width() == kChains * kDraws);
    // The factor's rows are the draws less their mean, by 1 / sqrt(2399), chain after chain. 14 numbers, each off by
    // its own standard error as the draws have it: 4 is passed once in a thousand times.
    const RowMatrix factor = std::sqrt(kChains * kDraws - 1.0) * p.latent.factor_rows(0, kPoints);
    const auto off = [&](Index i) { return (factor.row(i).array() + p.mean(i) - mean(i)).matrix(); };
    for (Index i = 0; i < kPoints; ++i) {
      CHECK(std::abs(z_score(off(i).reshaped(kDraws, kChains), 0)) < 4);
      for (Index j = 0; j <= i; ++j)
        CHECK(std::abs(z_score(off(i).cwiseProduct(off(j)).reshaped(kDraws, kChains), covariance(i, j))) < 4);
    }
    CHECK(fitted->diagnostics().at("r_hat") < 1.05);
    CHECK(fitted->diagnostics().at("ess") > 300);
    CHECK(fitted->diagnostics().at("divergences") == 0);
    CHECK(fitted->diagnostics().at("acceptance") == Approx(0.8).margin(0.12));
  }
}

/// Against sums over a grid of both variances: the posterior of a linear network's noise, of its prior variance, and
/// the prediction that has their uncertainty in it.
TEST_CASE("network hmc: unknown variances of a linear network are those of exact integration", "[models]") {
  constexpr Index kChains = 4, kDraws = 500, kPoints = 3;
  for (const Json& c : test::reference("mcmc_reference.json").at("linear")) {
    const bool learn_prior = c.at("learn_prior");
    INFO("learn_prior " << learn_prior);
    Json parameters = {{"units", Json::array()},    {"chains", kChains}, {"burn_in", 500},
                       {"draws", kDraws},           {"thinning", 8},     {"leapfrogs", 6},
                       {"learn_prior", learn_prior}};
    if (!learn_prior) parameters["prior_variance"] = c.at("prior_variance");
    const TrainingData data{test::matrix(c.at("x")), test::vector(c.at("y"))};
    const auto fitted = test::model("hmc", parameters)->fit(data, Stream(1));
    const Diagnostics record = fitted->diagnostics();
    // Logarithms are about normal: four standard errors by the chains' effective size, which must not be small.
    const double size = record.at("noise_variance.ess"), spread = c.at("noise").at("log_stddev");
    CHECK(size > 400);
    CHECK(record.at("noise_variance.log_stddev") == Approx(spread).epsilon(4 / std::sqrt(2 * size)));
    CHECK(record.at("noise_variance") ==
          Approx(c.at("noise_variance").get<double>()).epsilon(4 * spread * 1.2 / std::sqrt(size)));
    if (learn_prior) {
      const double prior_size = record.at("prior_variance.ess"), prior_spread = c.at("prior").at("log_stddev");
      CHECK(prior_size > 400);
      CHECK(record.at("prior_variance.log_stddev") == Approx(prior_spread).epsilon(5 / std::sqrt(2 * prior_size)));
      CHECK(std::log(record.at("prior_variance")) ==
            Approx(c.at("prior").at("log_mean").get<double>()).margin(4 * prior_spread / std::sqrt(prior_size)));
    }
    const JointPrediction p = fitted->predict(test::matrix(c.at("query")));
    const Vector mean = test::vector(c.at("mean"));
    const Matrix covariance = test::matrix(c.at("latent_cov"));
    CHECK(p.noise_variance == Vector::Constant(kPoints, record.at("noise_variance")));
    const RowMatrix factor = std::sqrt(kChains * kDraws - 1.0) * p.latent.factor_rows(0, kPoints);
    const auto off = [&](Index i) { return (factor.row(i).array() + p.mean(i) - mean(i)).matrix(); };
    for (Index i = 0; i < kPoints; ++i) {
      CHECK(std::abs(z_score(off(i).reshaped(kDraws, kChains), 0)) < 4);
      for (Index j = 0; j <= i; ++j)
        CHECK(std::abs(z_score(off(i).cwiseProduct(off(j)).reshaped(kDraws, kChains), covariance(i, j))) < 4);
    }
    CHECK(fitted->warnings().empty());
  }
}

TEST_CASE("network hmc: EM finds the variances of the greatest evidence", "[models]") {
  const TrainingData data = line(60, 0.4);
  // The same by closed form: expectations under the exact posterior until nothing changes.
  double noise = 1, prior = 1;
  const Matrix phi = features(data.inputs);
  for (int i = 0; i < 3000; ++i) {
    const Exact now = exact(data, noise, prior);
    noise = ((data.targets - phi * now.mean).squaredNorm() + (phi * now.covariance * phi.transpose()).trace()) / 60;
    prior = (now.mean.squaredNorm() + now.covariance.trace()) / 3;
  }
  const auto fitted = test::model("hmc", {{"units", Json::array()},
                                          {"variance_step", "em"},
                                          {"burn_in", 2000},
                                          {"leapfrogs", 5},
                                          {"draws", 20},
                                          {"noise_shape", 0},
                                          {"noise_scale", 0},
                                          {"prior_shape", 0},
                                          {"prior_scale", 0}})
                          ->fit(data, Stream(2));
  // Means over 200 sweeps of 4 chains.
  CHECK(fitted->diagnostics().at("noise_variance") == Approx(noise).epsilon(0.02));
  CHECK(fitted->diagnostics().at("prior_variance") == Approx(prior).epsilon(0.04));
  CHECK(noise == Approx(0.16).epsilon(0.3));
  CHECK(fitted->predict(data.inputs).noise_variance(0) == Approx(fitted->diagnostics().at("noise_variance")));
  CHECK(std::abs(fitted->diagnostics().at("noise_variance.moved")) < 0.05);
  CHECK(fitted->warnings().empty());
}

/// Half of the targets' variance is noise, the other half a curve that five inputs decide; standardised.
TrainingData half_noise(Index rows) {
  Stream stream(21);
  TrainingData data;
  data.inputs = stream.normals(5 * rows).reshaped(rows, 5);
  const Vector f = (data.inputs.col(0).array() + (2 * data.inputs.col(1).array()).sin()).matrix();
  const double scale = std::sqrt((f.array() - f.mean()).square().mean());
  data.targets = ((f.array() - f.mean()) / scale).matrix() + stream.normals(rows);
  data.targets /= std::sqrt(2.0);
  return data;
}

TEST_CASE("network hmc: a noise share of a half is found from any start", "[models]") {
  // 200 rows, some 30 of which the function takes: a standard error of 11%.
  for (const double start : {0.0, 1e-3, 20.0})
    for (const char* step : {"gibbs", "em"}) {
      INFO("from " << start << " by " << step);
      const auto fitted = test::model("hmc", {{"units", 20},
                                              {"noise_variance", start},
                                              {"variance_step", step},
                                              {"burn_in", 200},
                                              {"start_steps", start == 0 ? 300 : 0},
                                              {"draws", 20},
                                              {"thinning", 5}})
                              ->fit(half_noise(200), Stream(1));
      CHECK(fitted->predict(Matrix::Zero(1, 5)).noise_variance(0) == Approx(0.5).epsilon(0.35));
      CHECK(fitted->diagnostics().at("acceptance") == Approx(0.8).margin(0.15));
    }
}

/// A curve in one input and noise of deviation 0.2, nothing beyond [-1, 1].
TrainingData sine(Index rows) {
  Stream stream(9);
  const Vector x = Vector::LinSpaced(rows, -1, 1);
  return {x, (3 * x).array().sin().matrix() + 0.2 * stream.normals(rows)};
}

TEST_CASE("network hmc: a curve is learned, the noise too, and away from it functions differ", "[models]") {
  const TrainingData data = sine(100);
  for (const char* kernel : {"hmc", "nuts"}) {
    INFO(kernel);
    const auto fitted =
        test::model("hmc", {{"units", 20}, {"burn_in", 500}, {"thinning", 5}, {"kernel", kernel}, {"max_depth", 5}})
            ->fit(data, Stream(1));
    const JointPrediction p = fitted->predict(Vector{{-0.5, 0.2, 5, -5}});
    CHECK(p.mean(0) == Approx(std::sin(-1.5)).margin(0.2));
    CHECK(p.mean(1) == Approx(std::sin(0.6)).margin(0.2));
    test::check_noise_found(*fitted, data, 3);
    // The mean of an inverse gamma distribution is n / (n - 2) of it; 200 draws add about as much.
    CHECK(p.noise_variance(0) == Approx(test::stationary_noise(*fitted, data)).epsilon(0.04));
    const Vector variance = p.latent.diagonal();
    CHECK(variance.tail(2).minCoeff() > 20 * variance.head(2).maxCoeff());
    CHECK(p.latent.width() == 200);
    CHECK(fitted->diagnostics().at("r_hat") < 1.5);
  }
}

/// Whether one of the warnings begins like this.
bool warned(const Posterior& fitted, const std::string& beginning) {
  for (const std::string& warning : fitted.warnings()) {
    UNSCOPED_INFO(warning);
    if (warning.starts_with(beginning)) return true;
  }
  return false;
}

TEST_CASE("network hmc: chains that have not met are seen not to", "[models]") {
  const Json parameters = {{"units", 20},   {"burn_in", 0},         {"start_steps", 0}, {"draws", 20},
                           {"thinning", 1}, {"initial_step", 1e-4}, {"leapfrogs", 1},   {"noise_variance", 0.1}};
  Json held = parameters;
  held["learn_noise"] = held["learn_prior"] = false;
  const auto fitted = test::model("hmc", held)->fit(sine(50), Stream(1));
  const Diagnostics record = fitted->diagnostics();
  CHECK(record.at("r_hat") > 2);
  CHECK(record.at("ess") < 10);
  CHECK(record.at("acceptance") > 0.9);
  CHECK(record.at("step_size") == Approx(1e-4));
  CHECK(record.at("noise_variance") == Approx(0.1));
  CHECK(record.at("prior_variance") == Approx(1));
  CHECK(warned(*fitted, "the sampler has not mixed, functions at the training rows: R-hat "));
  CHECK(fitted->warnings()[0].ends_with("; raise burn_in and thinning, or chains"));
  // Where the variances are learned, theirs is said, too.
  const auto learned = test::model("hmc", parameters)->fit(sine(50), Stream(1));
  CHECK(learned->diagnostics().at("noise_variance.r_hat") > 1.1);
  CHECK(warned(*learned, "the sampler has not mixed, noise_variance: R-hat "));
}

TEST_CASE("network hmc: EM that is still on its way is seen to be", "[models]") {
  // Weights that are too long stay so while steps are short, then shrink for a hundred transitions.
  const auto moved = [](int burn_in) {
    const Json parameters = {{"units", 20},      {"variance_step", "em"},  {"burn_in", burn_in},
                             {"start_steps", 0}, {"prior_variance", 10.0}, {"draws", 4}};
    const auto fitted = test::model("hmc", parameters)->fit(half_noise(200), Stream(1));
    const double by = fitted->diagnostics().at("prior_variance.moved");
    CHECK(warned(*fitted, "EM has not settled: the logarithm of prior_variance moved by -") == (by < -0.1));
    return by;
  };
  double most = 0;
  for (const int burn_in : {35, 40, 60, 80, 140}) most = std::min(most, moved(burn_in));
  CHECK(most < -0.05);
  CHECK(std::abs(moved(300)) < 0.05);
}

TEST_CASE("network hmc: from far away steps are too long, which is on record", "[models]") {
  const Json parameters = {{"units", 20}, {"burn_in", 0}, {"draws", 10}, {"initial_step", 5}};
  const auto fitted = test::model("hmc", parameters)->fit(sine(50), Stream(1));
  CHECK(fitted->diagnostics().at("acceptance") == 0);
  CHECK(fitted->diagnostics().at("least_acceptance") == 0);
  CHECK(fitted->diagnostics().at("divergences") == 4 * 10 * 20);
  CHECK(warned(*fitted, "the sampler accepts 0 of a chain's trajectories (trusted from 0.5); "));
  CHECK(warned(*fitted, "the sampler's energy diverges in 1 of the trajectories (trusted up to 0.01); "));
}

TEST_CASE("network hmc: the number of threads changes nothing", "[models]") {
  const auto predict = [] {
    return test::model("hmc", {{"units", 5}, {"burn_in", 30}, {"draws", 5}})
        ->fit(sine(20), Stream(1))
        ->predict(Vector{{0.1, 3}});
  };
  const JointPrediction many = predict();
  const tbb::global_control one(tbb::global_control::max_allowed_parallelism, 1);
  CHECK(test::identical(predict(), many));
}

TEST_CASE("network hmc: targets beyond floats are refused with what to do", "[models]") {
  TrainingData data = sine(20);
  data.targets *= 1e37;
  for (const int steps : {0, 10}) {
    const std::string error =
        test::error_of([&] { test::model("hmc", {{"units", 5}, {"start_steps", steps}})->fit(data, Stream(1)); });
    INFO(error);
    CHECK(error.starts_with("numerical: chain 0: the log density is "));
    CHECK(error.ends_with("bring the data to unit scale"));
  }
}

TEST_CASE("network hmc: parameters out of range are named", "[models]") {
  CHECK(test::error_of([] {
          test::model("hmc", {{"kernel", "gibbs"}});
        }).starts_with("config: test.parameters.kernel: must be "));
  CHECK(test::error_of([] {
          test::model("hmc", {{"learn_noise", false}});
        }).find("noise_variance must be above 0 where learn_noise is false") != std::string::npos);
  CHECK(test::error_of([] { test::model("hmc", {{"draws", 1}}); }) ==
        "config: test.parameters.draws: must be from 2 to 1000000, got 1");
}

}  // namespace
}  // namespace predcorr::models
