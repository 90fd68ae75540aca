// SPDX-License-Identifier: Apache-2.0
#include "models/gp/evidence.hpp"

#include <tbb/global_control.h>

#include <cmath>
#include <map>
#include <numbers>

#include "core/kernels/composite.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/model_contract.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

Evidence::Value evidence_at(const TrainingData& data, const Kernel& kernel, bool with_gradient = true) {
  return Evidence(data.inputs, data.targets).at(kernel, with_gradient);
}

/// A kernel as a model makes it: starts from data, white noise last, then moved to a place that is nowhere special.
KernelPtr some_kernel(const Json& text, const Matrix& x, std::uint64_t seed = 23) {
  const KernelPtr kernel = sum_of({read_kernel(text)->started(x, 1.3), read_kernel({{"white", {{"variance", 0.2}}}})});
  const Vector at = log_values(kernel->log_parameters());
  return kernel->with_log_parameters(at + 0.2 * Stream(seed).normals(at.size()));
}

TEST_CASE("evidence: scikit-learn's values and gradients of radial kernels", "[models]") {
  const Json& file = test::reference("gp.json");
  const TrainingData data{test::matrix(file.at("x")), test::vector(file.at("y"))};
  const std::map<std::string, Json> kernels = {{"rbf", {{"rbf", Json::object()}}},
                                               {"matern12", {{"matern", {{"smoothness", "1/2"}}}}},
                                               {"matern32", {{"matern", {{"smoothness", "3/2"}}}}},
                                               {"matern52", {{"matern", {{"smoothness", "5/2"}}}}}};
  REQUIRE(file.at("cases").size() == 4);
  for (const Json& c : file.at("cases")) {
    Json text = kernels.at(c.at("kernel"));
    text.begin()->update({{"variance", c.at("variance")}, {"length_scale", c.at("lengthscales")}});
    INFO(text.dump());
    const Evidence::Value found =
        evidence_at(data, *read_kernel({{"sum", {text, {{"white", {{"variance", c.at("noise_var")}}}}}}}));
    CHECK(found.log_likelihood == test::close(c.at("log_marginal_likelihood").get<double>()));
    REQUIRE(found.gradient.size() == 5);
    Vector expected(5);
    expected << c.at("gradient_log_variance").get<double>(), test::vector(c.at("gradient_log_lengthscales")),
        c.at("gradient_log_noise_var").get<double>();
    CHECK(test::difference(found.gradient, expected) < 1e-8);
    CHECK(found.jitter == 0);
  }
}

TEST_CASE("evidence: scikit-learn's values and gradients of composite kernels", "[models]") {
  const Json& cases = test::reference("gp_reference.json").at("evidence");
  REQUIRE(cases.size() == 5);
  for (const Json& c : cases) {
    INFO(c.at("kernel").dump());
    const TrainingData data{test::matrix(c.at("x")), test::vector(c.at("y"))};
    const Evidence::Value found = evidence_at(data, *read_kernel(c.at("kernel")));
    CHECK(found.log_likelihood == test::close(c.at("log_marginal_likelihood").get<double>()));
    CHECK(test::difference(found.gradient, test::vector(c.at("gradient"))) < 1e-8);
  }
}

TEST_CASE("evidence: one point by hand", "[models]") {
  // y ~ N(0, v + s) with v = 2, s = 0.5, y = 1.5: -(y^2 / 2.5 + log 2.5 + log 2 pi) / 2.
  const TrainingData data{Matrix::Ones(1, 1), Vector{{1.5}}};
  const KernelPtr kernel = read_kernel(
      Json::parse(R"({"sum": [{"rbf": {"variance": 2, "length_scale": 1.3}}, {"white": {"variance": 0.5}}]})"));
  const Evidence::Value evidence = evidence_at(data, *kernel);
  CHECK(evidence.log_likelihood == test::close(-0.5 * (2.25 / 2.5 + std::log(2.5) + std::log(2 * std::numbers::pi))));
  // d/dlog v = v/2 (y^2 / 2.5^2 - 1 / 2.5), the length-scale plays no part.
  REQUIRE(evidence.gradient.size() == 3);
  CHECK(evidence.gradient(0) == test::close(2.25 / 6.25 - 1 / 2.5));
  CHECK(evidence.gradient(1) == test::close(0));
  CHECK(evidence.gradient(2) == test::close(0.25 * (2.25 / 6.25 - 1 / 2.5)));
}

TEST_CASE("evidence: gradients of many kernels against central differences", "[models]") {
  const Json kernels = Json::parse(R"([
    "rbf",
    {"rbf": {"length_scale": 1.2}},
    {"matern": {"smoothness": "1/2"}},
    "rational-quadratic",
    "periodic",
    "linear",
    "relu-network",
    {"spectral-mixture": {"components": 2}},
    {"sum": ["rbf", {"product": ["linear", "periodic"]}, "constant"]},
    {"product": [{"active": {"columns": [2], "kernel": "matern"}}, "rbf"]},
    {"sum": [{"rbf": {"variance": {"start": 0.7, "learn": false}}}, {"product": ["white", "linear"]}]},
    {"neural-kernel-network": {"units": [4, 1], "primitives": ["rbf", "linear", "matern"]}}
  ])");
  // 250 rows are three tiles of 96, the last of them smaller.
  const Index n = GENERATE(30, 250);
  const TrainingData data = test::curve(n, 2, 17);
  Evidence evidence(data.inputs, data.targets);
  for (const Json& text : kernels) {
    const KernelPtr kernel = some_kernel(text, data.inputs);
    const std::vector<LogParameter> parameters = kernel->log_parameters();
    const Vector at = log_values(parameters), gradient = evidence.at(*kernel).gradient;
    REQUIRE(gradient.size() == at.size());
    REQUIRE(at.size() > 0);
    const Index stride = n > 100 ? 2 : 1;
    for (Index j = 0; j < at.size(); j += stride) {
      CAPTURE(n, text.dump(), parameters[static_cast<std::size_t>(j)].name);
      const Vector step = 1e-5 * Vector::Unit(at.size(), j);
      const double difference = (evidence.at(*kernel->with_log_parameters(at + step), false).log_likelihood -
                                 evidence.at(*kernel->with_log_parameters(at - step), false).log_likelihood) /
                                2e-5;
      CHECK(gradient(j) == Approx(difference).epsilon(1e-5).margin(1e-5));
    }
  }
}

TEST_CASE("evidence: without gradient the value is the same, call after call", "[models]") {
  const TrainingData data = test::curve(120, 2, 5);
  const KernelPtr first = some_kernel("rbf", data.inputs), second = some_kernel("matern", data.inputs, 7);
  Evidence evidence(data.inputs, data.targets);
  const Evidence::Value with = evidence.at(*first), without = evidence.at(*first, false);
  CHECK(without.log_likelihood == with.log_likelihood);
  CHECK(without.gradient.size() == 0);
  // The storage is used again: what was there before must not show.
  evidence.leave_one_out(*second);
  const Evidence::Value again = evidence.at(*first);
  CHECK(again.log_likelihood == with.log_likelihood);
  CHECK(again.gradient == with.gradient);
}

TEST_CASE("evidence: as an objective it is a function of log hyper-parameters", "[models]") {
  const TrainingData data = test::curve(30, 2, 5);
  const KernelPtr kernel = some_kernel("rbf", data.inputs);
  const Vector at = log_values(kernel->log_parameters()).array() + 0.3;
  Evidence evidence(data.inputs, data.targets);
  Vector gradient;
  const double value = evidence.objective(kernel)(at, gradient);
  const Evidence::Value expected = evidence.at(*kernel->with_log_parameters(at));
  CHECK(value == expected.log_likelihood);
  CHECK(gradient == expected.gradient);
}

TEST_CASE("evidence: leaving each row out agrees with refits to the others", "[models]") {
  const Index n = 12;
  const TrainingData data = test::curve(n, 2, 9);
  const Json text = GENERATE(Json("rbf"), Json{{"product", {"white", "linear"}}});
  const KernelPtr kernel = some_kernel({{"sum", {"matern", text}}}, data.inputs);
  const Evidence::LeaveOneOut loo = Evidence(data.inputs, data.targets).leave_one_out(*kernel);
  Matrix observed = kernel->cross(data.inputs, data.inputs);
  observed.diagonal() += kernel->white_noise(data.inputs);
  Vector mean(n), variance(n), log_likelihood(n);
  for (Index i = 0; i < n; ++i) {
    Rows others;
    for (Index j = 0; j < n; ++j)
      if (j != i) others.push_back(j);
    const Vector row = observed(others, i);
    const Vector gain = observed(others, others).eval().ldlt().solve(row);
    mean(i) = gain.dot(data.targets(others));
    variance(i) = observed(i, i) - gain.dot(row);
    log_likelihood(i) =
        -0.5 * (std::pow(data.targets(i) - mean(i), 2) / variance(i) + std::log(2 * std::numbers::pi * variance(i)));
  }
  CHECK(test::difference(loo.mean, mean) < 1e-10);
  CHECK(test::difference(loo.variance, variance) < 1e-10);
  CHECK(loo.log_likelihood == test::close(log_likelihood.mean()));
  CHECK(loo.rmse == test::close(std::sqrt((data.targets - mean).squaredNorm() / n)));
}

TEST_CASE("evidence: leaving the only row out leaves the prior", "[models]") {
  const TrainingData data{Matrix::Ones(1, 1), Vector{{1.5}}};
  const KernelPtr kernel =
      read_kernel({{"sum", {{{"constant", {{"variance", 2}}}}, {{"white", {{"variance", 0.5}}}}}}});
  const Evidence::LeaveOneOut loo = Evidence(data.inputs, data.targets).leave_one_out(*kernel);
  CHECK(loo.mean(0) == test::close(0));
  CHECK(loo.variance(0) == test::close(2.5));
  CHECK(loo.rmse == test::close(1.5));
}

TEST_CASE("evidence: the same bits on any number of threads", "[models]") {
  const TrainingData data = test::curve(300, 3, 11);
  const KernelPtr kernel = some_kernel({{"sum", {"rbf", {{"product", {"white", "linear"}}}}}}, data.inputs);
  const auto on = [&](std::size_t threads) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    return evidence_at(data, *kernel);
  };
  const Evidence::Value one = on(1), two = on(2);
  CHECK(one.log_likelihood == two.log_likelihood);
  CHECK(one.gradient == two.gradient);
  const auto left_out = [&](std::size_t threads) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    return Evidence(data.inputs, data.targets).leave_one_out(*kernel).variance;
  };
  CHECK(left_out(1) == left_out(2));
}

TEST_CASE("evidence: jitter is reported where it was needed", "[models]") {
  TrainingData data = test::curve(10, 2, 3);
  data.inputs = data.inputs.row(0).replicate(10, 1).eval();
  const KernelPtr kernel = read_kernel({{"rbf", {{"variance", 4}, {"length_scale", 1}}}});
  const Evidence::Value evidence = evidence_at(data, *kernel);
  CHECK(evidence.jitter >= 4e-10);  // 1e-10 of the mean diagonal at least
  CHECK(evidence.jitter <= 4e-4 * 1.001);
  CHECK(std::isfinite(evidence.log_likelihood));
}

TEST_CASE("evidence: a kernel without a finite matrix is a numerical error", "[models]") {
  const TrainingData data = test::curve(10, 2, 3);
  const KernelPtr kernel = read_kernel({{"rbf", {{"length_scale", 1}}}});
  CHECK(test::error_of([&] { evidence_at(data, *kernel->with_log_parameters(Vector{{800, 0}})); }) ==
        "numerical: Cholesky: matrix has entries that are not finite");
}

}  // namespace
}  // namespace predcorr::models
