// SPDX-License-Identifier: Apache-2.0
#include "models/gp/gp_prior.hpp"

#include <Eigen/Cholesky>
#include <cmath>

#include "models/gp/exact_posterior.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/model_contract.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

GpPrior prior(const Json& kernel, const std::string& mean = "zero", const Json& noise = "from data") {
  GpPrior p;
  p.kernel = JsonType<Nested<Kernel>>::read(kernel);
  p.mean = JsonType<MeanFunction>::read(mean);
  p.noise_variance = JsonType<HyperParameter>::read(noise);
  return p;
}

/// Off-centre inputs of different spread, and targets in a unit of their own.
TrainingData some_data() {
  TrainingData data = test::curve(20, 2, 6);
  data.inputs.col(0) = (data.inputs.col(0) * 3).array() + 2;
  data.targets = (data.targets * 5).array() + 4;
  return data;
}

std::vector<std::string> names(const Kernel& kernel) {
  std::vector<std::string> all;
  for (const LogParameter& p : kernel.log_parameters()) all.push_back(p.name);
  return all;
}

TEST_CASE("gp prior: scale is the targets' mean square, above 0", "[models]") {
  CHECK(target_scale(Vector{{3, -1, 2}}) == test::close(14.0 / 3));
  CHECK(target_scale(Vector::Zero(4)) > 0);
}

TEST_CASE("gp prior: with mean zero the function's kernel and white noise", "[models]") {
  const TrainingData data = some_data();
  const double scale = target_scale(data.targets);
  const KernelPtr kernel = prior("rbf").observed_kernel(data);
  CHECK(names(*kernel) ==
        std::vector<std::string>{"1.variance", "1.length_scale[1]", "1.length_scale[2]", "2.variance"});
  const KernelPtr rbf = read_kernel("rbf")->started(data.inputs, scale);
  const Matrix query = test::query_points(5, 2);
  CHECK(kernel->cross(query, data.inputs) == rbf->cross(query, data.inputs));
  CHECK(kernel->diagonal(query)(0) == test::close(scale));
  CHECK(kernel->white_noise(query)(3) == test::close(0.1 * scale));
}

TEST_CASE("gp prior: a mean function is a vague kernel about the middle of the inputs", "[models]") {
  const TrainingData data = some_data();
  const double scale = target_scale(data.targets);
  const Matrix query = test::query_points(5, 2);
  const KernelPtr zero = prior("matern").observed_kernel(data);
  const Vector middle = data.inputs.colwise().mean();
  const Matrix centred = data.inputs.rowwise() - middle.transpose(), asked = query.rowwise() - middle.transpose();
  const Vector square = centred.colwise().squaredNorm() / 20;
  const Matrix level = Matrix::Constant(5, 20, 100 * scale);
  const Matrix slopes = 100 * scale * asked * square.cwiseInverse().asDiagonal() * centred.transpose();

  const KernelPtr constant = prior("matern", "constant").observed_kernel(data);
  CHECK(test::difference(constant->cross(query, data.inputs) - zero->cross(query, data.inputs), level) < 1e-12);
  const KernelPtr linear = prior("matern", "linear").observed_kernel(data);
  CHECK(test::difference(linear->cross(query, data.inputs) - zero->cross(query, data.inputs), level + slopes) < 1e-12);
  // Nothing more to learn, and the same noise.
  for (const KernelPtr& kernel : {constant, linear}) {
    CHECK(kernel->log_parameters().size() == zero->log_parameters().size());
    CHECK(kernel->white_noise(query) == zero->white_noise(query));
    CHECK(kernel->log_parameters().back().name.ends_with(".variance"));
  }
}

TEST_CASE("gp prior: the mean of a constant column has a slope of variance 100", "[models]") {
  TrainingData data = some_data();
  data.inputs.col(1).setConstant(0.7);
  const KernelPtr zero = prior("rbf").observed_kernel(data), linear = prior("rbf", "linear").observed_kernel(data);
  Matrix query(1, 2);
  query << data.inputs.col(0).mean(), 1.7;
  CHECK(linear->diagonal(query)(0) - zero->diagonal(query)(0) == test::close(200 * target_scale(data.targets)));
}

TEST_CASE("gp prior: integrating the mean out is generalised least squares", "[models]") {
  // Rasmussen & Williams 2006, eq. 2.41-2.42, with coefficients b ~ N(0, B): level and slopes about the middle.
  const TrainingData data = some_data();
  const Index n = data.inputs.rows();
  const double scale = target_scale(data.targets);
  const Matrix query = 3 * test::query_points(6, 2);
  const KernelPtr function = read_kernel("rbf")->started(data.inputs, scale);
  const Vector middle = data.inputs.colwise().mean();
  const auto features = [&](const Matrix& x) -> Matrix {
    return (Matrix(x.rows(), 3) << Vector::Ones(x.rows()), x.rowwise() - middle.transpose()).finished();
  };
  const Matrix h = features(data.inputs), asked = features(query);
  const Vector square = h.rightCols(2).colwise().squaredNorm() / static_cast<double>(n);
  const Vector prior_variance = 100 * scale * Vector{{1, 1 / square(0), 1 / square(1)}};

  Matrix k = function->cross(data.inputs, data.inputs);
  k.diagonal().array() += 0.1 * scale;
  const Matrix cross = function->cross(query, data.inputs), gain = k.ldlt().solve(cross.transpose()).transpose();
  const Matrix k_inverse_h = k.ldlt().solve(h);
  Matrix precision = h.transpose() * k_inverse_h;
  precision.diagonal() += prior_variance.cwiseInverse();
  const Vector coefficients = precision.ldlt().solve(k_inverse_h.transpose() * data.targets);
  const Matrix rest = asked - gain * h;
  const Vector mean = gain * (data.targets - h * coefficients) + asked * coefficients;
  const Matrix covariance =
      function->cross(query, query) - gain * cross.transpose() + rest * precision.ldlt().solve(rest.transpose());

  const ExactPosterior posterior(prior("rbf", "linear").observed_kernel(data), data, {});
  const JointPrediction p = posterior.posterior_at(query);
  CHECK(test::difference(p.mean, mean) < 1e-9);
  CHECK(test::difference(p.latent.matrix(), covariance) < 1e-9);
}

TEST_CASE("gp prior: noise starts at a tenth of the targets' scale, within bounds in its units", "[models]") {
  const TrainingData data = some_data();
  const double scale = target_scale(data.targets);
  LogParameter noise = prior("rbf").observed_kernel(data)->log_parameters().back();
  CHECK(std::exp(noise.value) == test::close(0.1 * scale));
  CHECK(std::exp(noise.low) == test::close(1e-4 * scale));
  CHECK(std::exp(noise.high) == test::close(1e3 * scale));
  GpPrior p = prior("rbf");
  p.smallest_noise_variance = 0.3;
  noise = p.observed_kernel(data)->log_parameters().back();
  CHECK(std::exp(noise.value) == test::close(0.3 * scale));
  CHECK(std::exp(noise.low) == test::close(0.3 * scale));
}

TEST_CASE("gp prior: the noise a user describes is taken as described", "[models]") {
  const TrainingData data = some_data();
  const auto kernel_with = [&](const Json& noise) { return prior("rbf", "zero", noise).observed_kernel(data); };
  const Matrix point = test::query_points(1, 2);
  const KernelPtr fixed = kernel_with({{"start", 0.03}, {"learn", false}});
  CHECK(fixed->log_parameters().size() == 3);
  CHECK(fixed->white_noise(point)(0) == test::close(0.03));

  LogParameter noise = kernel_with(0.5)->log_parameters().back();
  CHECK(std::exp(noise.value) == test::close(0.5));
  CHECK(std::exp(noise.low) == test::close(0.5e-4));
  CHECK(std::exp(noise.high) == test::close(0.5e4));

  // A range without a start: the start from data, moved into it.
  noise = kernel_with({{"range", {0.01, 0.05}}})->log_parameters().back();
  CHECK(std::exp(noise.value) == test::close(0.05));
  CHECK(std::exp(noise.low) == test::close(0.01));
  CHECK(std::exp(noise.high) == test::close(0.05));

  noise = kernel_with({{"start", 0.2}, {"prior", {0.4, 0.7}}})->log_parameters().back();
  CHECK(std::exp(noise.prior_mean) == test::close(0.4));
  CHECK(noise.prior_stddev == test::close(0.7));
}

TEST_CASE("gp prior: noise of the kernel's own is added to", "[models]") {
  const TrainingData data = some_data();
  const KernelPtr kernel = prior(Json::parse(R"({"sum": ["rbf", {"product": [{"white": {"variance": 2}},
    {"linear": {"variance": 1}}]}]})"))
                               .observed_kernel(data);
  const Matrix query = test::query_points(4, 2);
  const Vector expected = (2 * query.rowwise().squaredNorm()).array() + 0.1 * target_scale(data.targets);
  CHECK(test::difference(kernel->white_noise(query), expected) < 1e-12);
}

}  // namespace
}  // namespace predcorr::models
