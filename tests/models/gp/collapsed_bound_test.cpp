// SPDX-License-Identifier: Apache-2.0
#include "models/gp/collapsed_bound.hpp"

#include <tbb/global_control.h>

#include "core/kernels/composite.hpp"
#include "models/gp/evidence.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/model_contract.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

/// Kernels as models make them, moved to a place that is nowhere special.
KernelPtr some_kernel(const Json& text, const Matrix& x) {
  const KernelPtr kernel = sum_of({read_kernel(text)->started(x, 1.3), read_kernel({{"white", {{"variance", 0.2}}}})});
  const Vector at = log_values(kernel->log_parameters());
  return kernel->with_log_parameters(at + 0.2 * Stream(23).normals(at.size()));
}

/// Central differences of fourth order: their step can be large enough for what rounding leaves of a sum of 1e3 nats.
template <class F>
double slope(const F& f) {
  constexpr double kStep = 1e-3;
  return (8 * (f(kStep) - f(-kStep)) - (f(2 * kStep) - f(-2 * kStep))) / (12 * kStep);
}

TEST_CASE("collapsed bound: values of a dense implementation in NumPy", "[models]") {
  const Json& cases = test::reference("gp_reference.json").at("bounds");
  REQUIRE(cases.size() == 3);
  for (const Json& c : cases) {
    INFO(c.at("kernel").dump());
    const Matrix x = test::matrix(c.at("x"));
    const Vector y = test::vector(c.at("y"));
    const KernelPtr kernel = read_kernel(c.at("kernel"));
    const double bound = CollapsedBound(x, y).at(*kernel, test::matrix(c.at("inducing"))).bound;
    CHECK(bound == test::close(c.at("bound").get<double>()));
    CHECK(bound < Evidence(x, y).at(*kernel).log_likelihood);
  }
}

TEST_CASE("collapsed bound: gradients against central differences", "[models]") {
  const Json text = Json::parse(
      GENERATE(as<std::string>{}, R"("rbf")", R"({"rbf": {"length_scale": 0.9}})",
               R"({"matern": {"smoothness": "3/2"}})", R"("rational-quadratic")", R"("periodic")",
               R"({"sum": ["linear", "constant", {"matern": {"smoothness": "5/2"}}]})",
               R"({"spectral-mixture": {"components": 2}})", R"({"sum": ["rbf", {"product": ["white", "linear"]}]})",
               R"({"active": {"columns": [2], "kernel": "rbf"}})",
               R"({"neural-kernel-network": {"units": [2, 1], "primitives": ["rbf", "linear"]}})"));
  const Index n = GENERATE(25, 130);  // one tile, and two
  const TrainingData data = test::curve(n, 2, 17);
  const Matrix inducing = test::query_points(5, 2);
  const KernelPtr kernel = some_kernel(text, data.inputs);
  const CollapsedBound bound(data.inputs, data.targets);
  const CollapsedBound::Value value = bound.at(*kernel, inducing, true, true);
  const std::vector<LogParameter> parameters = kernel->log_parameters();
  const Vector at = log_values(parameters);
  REQUIRE(value.gradient.size() == at.size());
  for (Index j = 0; j < at.size(); ++j) {
    CAPTURE(text.dump(), n, parameters[static_cast<std::size_t>(j)].name);
    const auto moved = [&](double step) {
      return bound.at(*kernel->with_log_parameters(at + step * Vector::Unit(at.size(), j)), inducing, false).bound;
    };
    CHECK(value.gradient(j) == Approx(slope(moved)).epsilon(1e-6).margin(1e-5));
  }
  REQUIRE(value.by_inducing.rows() == 5);
  REQUIRE(value.by_inducing.cols() == 2);
  for (Index k = 0; k < inducing.size(); ++k) {
    CAPTURE(text.dump(), n, k);
    const auto moved = [&](double step) {
      Matrix there = inducing;
      there.reshaped()(k) += step;
      return bound.at(*kernel, there, false).bound;
    };
    CHECK(value.by_inducing.reshaped()(k) == Approx(slope(moved)).epsilon(1e-6).margin(1e-5));
  }
}

TEST_CASE("collapsed bound: what is not asked for is left out, the rest is the same", "[models]") {
  const TrainingData data = test::curve(40, 2, 3);
  const KernelPtr kernel = some_kernel("matern", data.inputs);
  const CollapsedBound bound(data.inputs, data.targets);
  const Matrix inducing = test::query_points(6, 2);
  const CollapsedBound::Value all = bound.at(*kernel, inducing, true, true), some = bound.at(*kernel, inducing),
                              none = bound.at(*kernel, inducing, false);
  CHECK(some.bound == all.bound);
  CHECK(some.gradient == all.gradient);
  CHECK(some.by_inducing.size() == 0);
  CHECK(none.bound == all.bound);
  CHECK(none.gradient.size() == 0);
}

TEST_CASE("collapsed bound: never above the evidence, and higher with more inducing points", "[models]") {
  const TrainingData data = test::curve(60, 2, 3);
  const CollapsedBound bound(data.inputs, data.targets);
  for (const Json& text : Json::parse(R"(["rbf", "matern", "rational-quadratic"])")) {
    const KernelPtr kernel = some_kernel(text, data.inputs);
    const double evidence = Evidence(data.inputs, data.targets).at(*kernel, false).log_likelihood;
    double before = -1e300;
    for (const Index m : {1, 5, 15, 40}) {
      CAPTURE(text.dump(), m);
      const double now = bound.at(*kernel, data.inputs.topRows(m), false).bound;
      CHECK(now > before - 1e-3);  // each adds a little jitter
      CHECK(now < evidence);
      before = now;
    }
  }
}

TEST_CASE("collapsed bound: with all rows as inducing points it is the evidence", "[models]") {
  const TrainingData data = test::curve(40, 3, 3);
  const KernelPtr kernel = some_kernel("matern", data.inputs);
  const Evidence::Value evidence = Evidence(data.inputs, data.targets).at(*kernel);
  const CollapsedBound::Value bound = CollapsedBound(data.inputs, data.targets).at(*kernel, data.inputs);
  // Apart from the jitter, 1e-6 of the variance on each inducing point.
  CHECK(bound.bound == Approx(evidence.log_likelihood).margin(1e-3));
  CHECK(bound.bound < evidence.log_likelihood);
  CHECK(test::difference(bound.gradient, evidence.gradient) < 1e-4);
}

TEST_CASE("collapsed bound: the same inducing point twice changes nothing but the jitter", "[models]") {
  const TrainingData data = test::curve(40, 2, 3);
  const KernelPtr kernel = some_kernel("rbf", data.inputs);
  const Matrix once = test::query_points(5, 2), twice = once.replicate(2, 1);
  const CollapsedBound bound(data.inputs, data.targets);
  CHECK(bound.at(*kernel, twice, false).bound == Approx(bound.at(*kernel, once, false).bound).margin(1e-2));
}

TEST_CASE("collapsed bound: the same bits on any number of threads", "[models]") {
  const TrainingData data = test::curve(300, 2, 3);
  const KernelPtr kernel = some_kernel("matern", data.inputs);
  const auto on = [&](std::size_t threads) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    return CollapsedBound(data.inputs, data.targets).at(*kernel, test::query_points(20, 2), true, true);
  };
  const CollapsedBound::Value one = on(1), two = on(2);
  CHECK(one.bound == two.bound);
  CHECK(one.gradient == two.gradient);
  CHECK(one.by_inducing == two.by_inducing);
}

TEST_CASE("collapsed bound: without noise there is none", "[models]") {
  const TrainingData data = test::curve(10, 2, 3);
  CHECK(test::error_of([&] {
          CollapsedBound(data.inputs, data.targets).at(*read_kernel("rbf"), data.inputs.topRows(3));
        }) == "numerical: sparse GP: the noise variance must be above 0");
}

TEST_CASE("inducing factor: Kuu with a millionth of its mean diagonal added", "[models]") {
  const Matrix z = test::query_points(6, 2);
  const KernelPtr kernel = read_kernel({{"linear", {{"variance", 3}}}});
  Matrix expected = kernel->cross(z, z);
  expected.diagonal().array() += 1e-6 * kernel->diagonal(z).mean();
  const Matrix l = inducing_factor(*kernel, z).lower();
  CHECK(test::difference(l * l.transpose(), expected) < 1e-12);
}

}  // namespace
}  // namespace predcorr::models
