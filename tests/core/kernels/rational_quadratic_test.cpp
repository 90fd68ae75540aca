// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "core/base/stream.hpp"
#include "tests/core/kernels/kernel_cases.hpp"

namespace predcorr {
namespace {

using test::close;
using test::difference;
using test::error_of;
using test::missing;

KernelPtr rational_quadratic(const Json& parameters) { return read_kernel({{"rational-quadratic", parameters}}); }

TEST_CASE("The rational quadratic kernel and its gradients match scikit-learn", "[core]") {
  test::check_cases("rational-quadratic", 2);
}

TEST_CASE("The rational quadratic formula holds at distance 2", "[core]") {
  const Matrix x = test::point({1}), z = test::point({3});
  CHECK(rational_quadratic(Json::object())->cross(x, z)(0, 0) == close(1.0 / 3, 1e-15));  // alpha 1
  CHECK(rational_quadratic({{"alpha", 2}})->cross(x, z)(0, 0) == close(0.25, 1e-15));
  CHECK(rational_quadratic({{"alpha", 0.5}, {"length_scale", 4}, {"variance", 3}})->cross(x, z)(0, 0) ==
        close(3 / std::sqrt(1.25), 1e-15));
}

TEST_CASE("A large alpha is an RBF kernel", "[core]") {
  const Matrix x = Stream(3).normals(20).reshaped(10, 2);
  const Matrix rbf = read_kernel(Json::parse(R"({"rbf": {"length_scale": [0.7, 1.2]}})"))->cross(x, x);
  const Matrix k = rational_quadratic({{"alpha", 1e9}, {"length_scale", {0.7, 1.2}}})->cross(x, x);
  CHECK(difference(k, rbf) < 1e-8);
  CHECK(difference(rational_quadratic({{"alpha", 1}, {"length_scale", {0.7, 1.2}}})->cross(x, x), rbf) > 0.01);
}

TEST_CASE("Alpha is learned from 1 whatever the data", "[core]") {
  const Matrix x = Stream(3).normals(20).reshaped(10, 2);
  const auto parameters = rational_quadratic(Json::object())->started(x, 2)->log_parameters();
  REQUIRE(parameters.size() == 4);
  CHECK(parameters[0].name == "variance");
  CHECK(parameters[0].value == close(std::log(2)));
  CHECK(parameters[1].name == "length_scale[1]");
  CHECK(parameters[3].name == "alpha");
  CHECK(parameters[3].value == 0.0);
  CHECK(rational_quadratic({{"alpha", {{"start", 3}, {"learn", false}}}})->started(x, 2)->log_parameters().size() == 3);
}

TEST_CASE("Wrong rational quadratic parameters are refused", "[core]") {
  const auto refused = [](const Json& parameters) { return error_of([&] { rational_quadratic(parameters); }); };
  CHECK(missing(refused({{"alpha", 0}}), {"config: ", "alpha: must be above 0, got 0"}) == "");
  CHECK(missing(refused({{"alpha", {1, 2}}}), {"'alpha' must be one value"}) == "");
  CHECK(missing(refused({{"variance", {1, 2}}}), {"'variance' must be one value, got 2"}) == "");
  const Matrix x = Matrix::Ones(2, 3);
  CHECK(missing(error_of([&] { rational_quadratic({{"length_scale", {1, 2}}})->cross(x, x); }),
                {"shape: ", "1 or 3 entries", "got 2"}) == "");
}

}  // namespace
}  // namespace predcorr
