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

KernelPtr linear(const Json& parameters) { return read_kernel({{"linear", parameters}}); }

TEST_CASE("The linear kernel and its gradients match NumPy", "[core]") { test::check_cases("linear", 2); }

TEST_CASE("The linear formula holds by hand", "[core]") {
  const Matrix x = test::point({1, 2}), z = test::point({3, -1});
  CHECK(linear(Json::object())->cross(x, z)(0, 0) == 1.0);
  CHECK(linear({{"variance", {2, 0.5}}})->cross(x, z)(0, 0) == 5.0);
  CHECK(linear({{"origin", 1}, {"variance", 3}})->cross(x, z)(0, 0) == -6.0);
  CHECK(linear({{"origin", {2, 0}}})->cross(x, z)(0, 0) == -3.0);
  CHECK(linear({{"origin", {1, 2}}})->diagonal(x)(0) == 0.0);
}

TEST_CASE("Functions are 0 at the origin and straight lines elsewhere", "[core]") {
  // On a line of three points at equal distances the middle value is the mean of the others: a singular covariance.
  Matrix x(3, 2);
  x << 0, 1, 1, 3, 2, 5;
  const Matrix k = linear({{"variance", {0.3, 1.1}}, {"origin", {-1, 2}}})->cross(x, x);
  const Eigen::Vector3d bend(1, -2, 1);
  CHECK(std::abs(bend.dot(k * bend)) < 1e-13);
}

TEST_CASE("Slopes start so that functions have the given variance over the rows", "[core]") {
  Matrix x = Stream(7).normals(90).reshaped(30, 3) * Eigen::Vector3d(1, 10, 0.1).asDiagonal();
  for (const Json& origin : {Json(0), Json({1, -4, 0.2})}) {
    const KernelPtr kernel = linear({{"origin", origin}})->started(x, 1.7);
    CHECK(kernel->diagonal(x).mean() == close(1.7, 1e-12));
    CHECK(kernel->log_parameters().size() == 3);
  }
  // Every input has the same share; one that never leaves the origin has the slope of a unit input.
  x.col(2).setZero();
  const Vector slopes = log_values(linear(Json::object())->started(x, 1.5)->log_parameters()).array().exp();
  for (Index c = 0; c < 2; ++c) CHECK(slopes(c) * x.col(c).squaredNorm() / 30 == close(0.5, 1e-12));
  CHECK(slopes(2) == close(0.5, 1e-12));
}

TEST_CASE("Wrong linear parameters are refused", "[core]") {
  CHECK(missing(error_of([] { linear({{"variance", -1}}); }), {"config: ", "variance: must be above 0, got -1"}) == "");
  const Matrix x = Matrix::Ones(2, 3);
  const auto refused = [&](const Json& parameters) { return error_of([&] { linear(parameters)->cross(x, x); }); };
  CHECK(missing(refused({{"variance", {1, 2}}}), {"shape: ", "variance", "1 or 3 entries", "got 2"}) == "");
  CHECK(missing(refused({{"origin", {1, 2}}}), {"shape: ", "origin", "1 or 3 entries", "got 2"}) == "");
  CHECK(missing(error_of([&] { linear(Json::object())->cross(x, x.leftCols(2)); }), {"shape: ", "3 and 2 inputs"}) ==
        "");
}

}  // namespace
}  // namespace predcorr
