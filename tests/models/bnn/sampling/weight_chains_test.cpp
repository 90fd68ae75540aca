// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/sampling/weight_chains.hpp"

#include <Eigen/LU>
#include <cmath>

#include "models/mcmc/mcmc_diagnostics.hpp"
#include "tests/support/model_contract.hpp"

namespace predcorr::models {
namespace {

/// y = 1 + x1 - 2 x2 + noise.
TrainingData line(Index rows, double stddev) {
  Stream stream(12);
  TrainingData data;
  data.inputs = stream.normals(2 * rows).reshaped(rows, 2);
  data.targets =
      (1 + data.inputs.col(0).array() - 2 * data.inputs.col(1).array()).matrix() + stddev * stream.normals(rows);
  return data;
}

WeightChainParameters linear_plan(bool learn = false) {
  WeightChainParameters options;
  options.units = {};
  options.chains = 600;
  options.start_steps = 2000;
  options.learn_noise = options.learn_prior = learn;
  options.noise_variance = 0.5;
  options.prior_variance = 1.5;
  return options;
}

TEST_CASE("weight chains: starts of a linear network are draws from its posterior", "[models]") {
  const TrainingData data = line(12, 0.7);
  const WeightChainParameters options = linear_plan();
  const auto starts = chain_starts(options, options.network(2), network_data(data), Stream(4)).weights;
  REQUIRE(std::ssize(starts) == options.chains);
  Matrix phi(12, 3);
  phi << data.inputs, Vector::Ones(12);
  phi /= std::sqrt(3.0);
  const Matrix covariance = (phi.transpose() * phi / 0.5 + Matrix::Identity(3, 3) / 1.5).inverse();
  const Vector mean = covariance * phi.transpose() * data.targets / 0.5;
  Matrix off(3, options.chains);
  for (Index c = 0; c < options.chains; ++c) off.col(c) = starts[static_cast<std::size_t>(c)].cast<double>() - mean;
  // Independent draws: standard errors of normal moments, four of them.
  for (Index i = 0; i < 3; ++i) {
    CHECK(std::abs(off.row(i).mean()) < 4 * std::sqrt(covariance(i, i) / options.chains));
    for (Index j = 0; j <= i; ++j) {
      const double error =
          std::sqrt((covariance(i, i) * covariance(j, j) + covariance(i, j) * covariance(i, j)) / options.chains);
      CHECK(std::abs(off.row(i).dot(off.row(j)) / options.chains - covariance(i, j)) < 4 * error);
    }
  }
}

TEST_CASE("weight chains: without steps starts are draws from the prior", "[models]") {
  WeightChainParameters options = linear_plan();
  options.start_steps = 0;
  double square = 0;
  for (const VectorF& w : chain_starts(options, options.network(2), network_data(line(5, 1)), Stream(4)).weights)
    square += static_cast<double>(w.squaredNorm()) / (3 * options.chains);
  CHECK(square == Approx(1.5).epsilon(4 * std::sqrt(2.0 / (3 * options.chains))));
}

TEST_CASE("weight chains: a noise that is not given begins as half the targets' variance", "[models]") {
  WeightChainParameters options;
  CHECK(options.first_hyper(VectorF{{1, -3}}).noise_variance == Approx(2.5));
  CHECK(options.first_hyper(VectorF::Zero(3)).noise_variance == 0.5);
  options.noise_variance = 0.3;
  CHECK(options.first_hyper(VectorF{{1, -3}}).noise_variance == 0.3);
}

TEST_CASE("weight chains: the noise's prior is in units of the targets' variance", "[models]") {
  const WeightChainParameters options = linear_plan(true);
  const WeightVariances variances =
      options.variances(options.network(2), VectorF{{2, -4}});  // mean square 10, 3 weights
  const WeightHyper best = variances.most_probable({}, {.residuals = 1, .weights = 2});
  CHECK(best.noise_variance == Approx((0.05 + 0.5) / (0.5 + 1)));
  CHECK(best.prior_variance == Approx((0.1 + 1) / (0.5 + 1.5)));
}

TEST_CASE("weight chains: starts know the noise already", "[models]") {
  // The residuals' variance about the best line, for 57 degrees of freedom; starting from far off on either side.
  const TrainingData data = line(60, 0.4);
  Matrix phi(60, 3);
  phi << data.inputs, Vector::Ones(60);
  const Vector best = (phi.transpose() * phi).inverse() * phi.transpose() * data.targets;
  const double expected = (data.targets - phi * best).squaredNorm() / 57;
  for (const double first : {0.0, 1e-3, 10.0}) {
    INFO("from " << first);
    WeightChainParameters options = linear_plan(true);
    options.chains = 10;
    options.noise_variance = first;
    const ChainStarts starts = chain_starts(options, options.network(2), network_data(data), Stream(4));
    CHECK(starts.hyper.noise_variance == Approx(expected).epsilon(0.1));
    CHECK(starts.hyper.prior_variance == 1.5);
  }
}

/// Functions w x: at the first row the chains agree, at the second they are apart. Two chains of ten draws.
ChainDraws two_chains() {
  ChainDraws draws(3, 10, 2);
  draws.weights = Stream(3).normals(60).reshaped(3, 20).cast<float>();
  draws.weights.row(2).setZero();
  draws.weights.row(1).head(10).array() += 5;
  draws.noise.setConstant(0.5);
  draws.prior.setConstant(2);
  return draws;
}

TEST_CASE("weight chains: functions mix as badly as at the worst row", "[models]") {
  const ChainDraws draws = two_chains();
  const Mixing found = function_mixing(Network({.inputs = 2, .hidden = {}}), Matrix{{1, 0}, {0, 1}}, draws);
  const auto chains = [&](Index row) { return Matrix(draws.weights.row(row).cast<double>().reshaped(10, 2)); };
  CHECK(rank_normalised_r_hat(chains(1)) > 1.4 * rank_normalised_r_hat(chains(0)));
  CHECK(found.r_hat == Approx(rank_normalised_r_hat(chains(1))).epsilon(1e-4));
  CHECK(found.ess == Approx(bulk_effective_sample_size(chains(1))).epsilon(1e-3));
  CHECK(found.draws == 20);
}

TEST_CASE("weight chains: draws have a noise of their own, and hyper-parameters their own diagnostics", "[models]") {
  const Network network({.inputs = 2, .hidden = {}});
  const Matrix inputs{{1, 0}, {0, 1}};
  ChainDraws draws = two_chains();
  const auto held = chain_posterior(network, inputs, draws, {}, {"first"}, "do better");
  CHECK(held->diagnostics().at("noise_variance") == 0.5);
  CHECK(held->diagnostics().count("noise_variance.r_hat") == 0);
  REQUIRE(held->warnings().size() == 2);
  CHECK(held->warnings()[0] == "first");
  CHECK(held->warnings()[1].starts_with("the sampler has not mixed, functions at the training rows: R-hat "));

  for (Index t = 0; t < 10; ++t) draws.noise.row(t).setConstant(std::exp(0.1 * static_cast<double>(t)));
  const auto moving = chain_posterior(network, inputs, draws, {{"own", 1}}, {}, "do better");
  const Diagnostics record = moving->diagnostics();
  // The mixture's noise is the mean of its components'.
  CHECK(record.at("noise_variance") == Approx(draws.noise.mean()));
  CHECK(record.at("prior_variance") == Approx(2));
  CHECK(record.at("own") == 1);
  const Matrix logs = draws.noise.array().log();
  CHECK(record.at("noise_variance.drift") == Approx(0.7 / std::sqrt(0.0825)));  // thirds' means 0.1 and 0.8
  CHECK(record.at("noise_variance.log_stddev") == Approx(std::sqrt(0.0825)));
  CHECK(record.at("noise_variance.r_hat") == Approx(rank_normalised_r_hat(logs)));
  CHECK(record.at("noise_variance.ess") == Approx(bulk_effective_sample_size(logs)));
  REQUIRE(moving->warnings().size() == 2);
  CHECK(moving->warnings()[1].starts_with("the sampler has not mixed, noise_variance: R-hat "));
  CHECK(moving->warnings()[1].ends_with("; do better"));
}

}  // namespace
}  // namespace predcorr::models
