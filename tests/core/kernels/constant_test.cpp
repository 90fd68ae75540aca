// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "core/base/stream.hpp"
#include "tests/core/kernels/kernel_cases.hpp"

namespace predcorr {
namespace {

using test::close;
using test::error_of;
using test::missing;

TEST_CASE("The constant kernel and its gradients match scikit-learn", "[core]") { test::check_cases("constant", 1); }

TEST_CASE("A constant starts at the given variance and is a plain number for short", "[core]") {
  const Matrix x = Stream(1).normals(12).reshaped(4, 3);
  CHECK(read_kernel("constant")->started(x, 2.5)->cross(x, x) == Matrix::Constant(4, 4, 2.5));
  const KernelPtr number = read_kernel(0.75);
  CHECK(number->cross(x, x.topRows(2)) == Matrix::Constant(4, 2, 0.75));
  CHECK(number->started(x, 2.5)->cross(x, x) == Matrix::Constant(4, 4, 0.75));
  CHECK(read_kernel(3)->diagonal(x) == Vector::Constant(4, 3));
}

TEST_CASE("The variance's range and prior follow from its start", "[core]") {
  const auto parameters = read_kernel(0.5)->log_parameters();
  REQUIRE(parameters.size() == 1);
  CHECK(parameters[0].name == "variance");
  CHECK(parameters[0].value == close(std::log(0.5)));
  CHECK(parameters[0].low == close(std::log(0.5e-4)));
  CHECK(parameters[0].high == close(std::log(0.5e4)));
  CHECK(parameters[0].prior_mean == close(std::log(0.5)));
  CHECK(parameters[0].prior_stddev == 1.0);
}

TEST_CASE("A constant that is not learned has no log parameter", "[core]") {
  const KernelPtr fixed = read_kernel(Json::parse(R"({"constant": {"variance": {"start": 2, "learn": false}}})"));
  CHECK(fixed->log_parameters().empty());
  CHECK(fixed->with_log_parameters(Vector(0))->diagonal(Matrix::Ones(2, 1)) == Vector::Constant(2, 2));
  Vector none(0);
  CHECK_NOTHROW(fixed->add_diagonal_gradient(Matrix::Ones(2, 1), Vector::Ones(2), none));
  CHECK_NOTHROW(fixed->add_cross_gradient(Matrix::Ones(2, 1), Matrix::Ones(2, 1), Matrix::Ones(2, 2), none, nullptr));
}

TEST_CASE("Wrong constants are refused", "[core]") {
  const auto refused = [](const Json& value) { return error_of([&] { read_kernel(value); }); };
  CHECK(missing(refused(0), {"config: ", "variance: must be above 0, got 0"}) == "");
  CHECK(missing(refused(-1.5), {"config: ", "variance: must be above 0, got -1.5"}) == "");
  CHECK(missing(refused(Json::parse(R"({"constant": {"variance": [1, 2]}})")), {"'variance' must be one value"}) == "");
}

}  // namespace
}  // namespace predcorr
