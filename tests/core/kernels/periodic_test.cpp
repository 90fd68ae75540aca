// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "core/base/stream.hpp"
#include "core/kernels/distances.hpp"
#include "tests/core/kernels/kernel_cases.hpp"

namespace predcorr {
namespace {

using test::close;
using test::difference;
using test::error_of;
using test::missing;

KernelPtr periodic(const Json& parameters) { return read_kernel({{"periodic", parameters}}); }

TEST_CASE("The periodic kernel and its gradients match scikit-learn and NumPy", "[core]") {
  test::check_cases("periodic", 4);
}

TEST_CASE("The periodic formula holds a quarter and half a period away", "[core]") {
  const KernelPtr kernel = periodic({{"variance", 2}, {"length_scale", 0.5}, {"period", 4}});
  CHECK(kernel->cross(test::point({1}), test::point({2}))(0, 0) == close(2 * std::exp(-4), 1e-14));
  CHECK(kernel->cross(test::point({1}), test::point({3}))(0, 0) == close(2 * std::exp(-8), 1e-14));
}

TEST_CASE("The periodic kernel repeats in every input", "[core]") {
  const Matrix x = Stream(4).normals(12).reshaped(6, 2), z = Stream(5).normals(8).reshaped(4, 2);
  const KernelPtr kernel = periodic({{"length_scale", {0.8, 1.3}}, {"period", {1.5, 2.5}}});
  const Matrix k = kernel->cross(x, z);
  for (const auto& [first, second] : {std::pair{1.5, 0.0}, {0.0, 2.5}, {-3.0, 5.0}}) {
    Matrix moved = z;
    moved.col(0).array() += first;
    moved.col(1).array() += second;
    CHECK(difference(kernel->cross(x, moved), k) < 1e-13);
  }
  CHECK(difference(periodic({{"length_scale", {0.8, 0.8}}, {"period", {1.5, 1.5}}})->cross(x, z),
                   periodic({{"length_scale", 0.8}, {"period", 1.5}})->cross(x, z)) < 1e-14);
}

TEST_CASE("The period starts at two typical distances", "[core]") {
  const Matrix x = Stream(6).normals(60).reshaped(20, 3) * Eigen::Vector3d(1, 10, 0.1).asDiagonal();
  const auto parameters = periodic(Json::object())->started(x, 0.7)->log_parameters();
  REQUIRE(parameters.size() == 7);
  CHECK(parameters[0].value == close(std::log(0.7)));
  const Vector typical = median_length_scales(x) / std::sqrt(3.0);
  for (Index c = 0; c < 3; ++c) {
    CHECK(parameters[static_cast<std::size_t>(1 + c)].value == close(std::log(std::sqrt(3.0))));
    CHECK(parameters[static_cast<std::size_t>(4 + c)].value == close(std::log(2 * typical(c))));
  }
}

TEST_CASE("Wrong periodic parameters are refused", "[core]") {
  const auto refused = [](const Json& parameters) { return error_of([&] { periodic(parameters); }); };
  CHECK(missing(refused({{"period", 0}}), {"config: ", "period: must be above 0, got 0"}) == "");
  CHECK(missing(refused({{"variance", {1, 2}}}), {"'variance' must be one value"}) == "");
  const Matrix x = Matrix::Ones(2, 3);
  for (const char* name : {"period", "length_scale"})
    CHECK(missing(error_of([&] { periodic({{name, {1, 2}}})->cross(x, x); }),
                  {"shape: ", name, "1 or 3 entries", "got 2"}) == "");
  CHECK(missing(error_of([&] { periodic(Json::object())->cross(x, x.leftCols(2)); }), {"shape: ", "3 and 2 inputs"}) ==
        "");
}

}  // namespace
}  // namespace predcorr
