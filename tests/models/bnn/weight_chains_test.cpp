// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/weight_chains.hpp"

#include <Eigen/LU>
#include <cmath>

#include "models/mcmc_diagnostics.hpp"
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

WeightChainParameters linear_plan() {
  WeightChainParameters plan;
  plan.units = {};
  plan.chains = 600;
  plan.start_steps = 2000;
  plan.learn_noise = plan.learn_prior = false;
  plan.noise_variance = 0.5;
  plan.prior_variance = 1.5;
  return plan;
}

TEST_CASE("weight chains: starts of a linear network are draws from its posterior", "[models]") {
  const TrainingData data = line(12, 0.7);
  const WeightChainParameters plan = linear_plan();
  VarianceLearner learner(plan);
  const auto starts = chain_starts(plan, plan.network(2), network_data(data), learner, Stream(4));
  REQUIRE(std::ssize(starts) == plan.chains);
  Matrix phi(12, 3);
  phi << data.inputs, Vector::Ones(12);
  phi /= std::sqrt(3.0);
  const Matrix covariance = (phi.transpose() * phi / 0.5 + Matrix::Identity(3, 3) / 1.5).inverse();
  const Vector mean = covariance * phi.transpose() * data.targets / 0.5;
  Matrix off(3, plan.chains);
  for (Index c = 0; c < plan.chains; ++c) off.col(c) = starts[static_cast<std::size_t>(c)].cast<double>() - mean;
  // Independent draws: standard errors of normal moments, four of them.
  for (Index i = 0; i < 3; ++i) {
    CHECK(std::abs(off.row(i).mean()) < 4 * std::sqrt(covariance(i, i) / plan.chains));
    for (Index j = 0; j <= i; ++j) {
      const double error =
          std::sqrt((covariance(i, i) * covariance(j, j) + covariance(i, j) * covariance(i, j)) / plan.chains);
      CHECK(std::abs(off.row(i).dot(off.row(j)) / plan.chains - covariance(i, j)) < 4 * error);
    }
  }
}

TEST_CASE("weight chains: without steps starts are draws from the prior", "[models]") {
  WeightChainParameters plan = linear_plan();
  plan.start_steps = 0;
  VarianceLearner learner(plan);
  double square = 0;
  for (const VectorF& w : chain_starts(plan, plan.network(2), network_data(line(5, 1)), learner, Stream(4)))
    square += static_cast<double>(w.squaredNorm()) / (3 * plan.chains);
  CHECK(square == Approx(1.5).epsilon(4 * std::sqrt(2.0 / (3 * plan.chains))));
}

TEST_CASE("weight chains: the learner goes to the mean squares it is shown", "[models]") {
  WeightChainParameters plan = linear_plan();
  plan.variance_rate = 0.05;
  plan.learn_noise = plan.learn_prior = true;
  VarianceLearner learner(plan);
  CHECK(learner.hyper().noise_variance == Approx(0.5));
  learner.step(100, 0);  // Adam's first step is as long as its rate, whatever the gradient
  CHECK(learner.hyper().noise_variance == Approx(0.5 * std::exp(0.05)));
  CHECK(learner.hyper().prior_variance == Approx(1.5 * std::exp(-0.05)));
  for (int i = 0; i < 2000; ++i) learner.step(0.09, 4);
  CHECK(learner.hyper().noise_variance == Approx(0.09).epsilon(1e-3));
  CHECK(learner.hyper().prior_variance == Approx(4).epsilon(1e-3));
  for (int i = 0; i < 2000; ++i) learner.step(0, 4);
  CHECK(learner.hyper().noise_variance == 1e-6);
  plan.learn_noise = plan.learn_prior = false;
  VarianceLearner fixed(plan);
  fixed.step(100, 100);
  CHECK(fixed.hyper().noise_variance == Approx(0.5));
  CHECK(fixed.hyper().prior_variance == Approx(1.5));
  CHECK_FALSE(fixed.learns());
}

TEST_CASE("weight chains: starts learn the noise already", "[models]") {
  WeightChainParameters plan = linear_plan();
  plan.chains = 10;
  plan.learn_noise = plan.learn_prior = true;
  plan.noise_variance = 1;
  plan.variance_rate = 0.05;
  VarianceLearner learner(plan);
  const TrainingData data = line(60, 0.4);
  chain_starts(plan, plan.network(2), network_data(data), learner, Stream(4));
  // The residuals' variance about the best line, for 57 degrees of freedom.
  Matrix phi(60, 3);
  phi << data.inputs, Vector::Ones(60);
  const Vector best = (phi.transpose() * phi).inverse() * phi.transpose() * data.targets;
  CHECK(learner.hyper().noise_variance == Approx((data.targets - phi * best).squaredNorm() / 57).epsilon(0.1));
}

TEST_CASE("weight chains: diagnostics are the worst over the rows", "[models]") {
  // Functions w x: at the first row the chains agree, at the second they are apart. Two chains of ten draws.
  const Network network({.inputs = 2, .hidden = {}});
  Stream stream(3);
  MatrixF draws = stream.normals(60).reshaped(3, 20).cast<float>();
  draws.row(2).setZero();
  draws.row(1).head(10).array() += 5;
  const Matrix inputs{{1, 0}, {0, 1}};
  const Diagnostics found = chain_diagnostics(network, inputs, draws, 2);
  const auto chains = [&](Index row) { return Matrix(draws.row(row).cast<double>().reshaped(10, 2)); };
  CHECK(split_r_hat(chains(1)) > 2 * split_r_hat(chains(0)));
  CHECK(found.at("r_hat") == Approx(split_r_hat(chains(1))).epsilon(1e-4));
  CHECK(found.at("ess") == Approx(effective_sample_size(chains(1))).epsilon(1e-3));
}

}  // namespace
}  // namespace predcorr::models
