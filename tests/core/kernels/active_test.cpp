// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "core/base/stream.hpp"
#include "core/kernels/distances.hpp"
#include "tests/core/kernels/kernel_cases.hpp"

namespace predcorr {
namespace {

using test::close;
using test::error_of;
using test::missing;

KernelPtr active(const Json& columns, const Json& kernel) {
  return read_kernel({{"active", {{"columns", columns}, {"kernel", kernel}}}});
}

TEST_CASE("Kernels of some inputs and their gradients match NumPy", "[core]") { test::check_cases("active", 2); }

TEST_CASE("An active kernel is its inner kernel on the chosen columns", "[core]") {
  const Matrix x = Stream(10).normals(24).reshaped(6, 4), z = Stream(11).normals(12).reshaped(3, 4);
  const std::vector<Index> chosen = {3, 1};
  const KernelPtr inner = read_kernel(Json::parse(R"({"sum": [{"rbf": {"length_scale": [1, 2]}}, "white"]})"));
  const KernelPtr outer = active({4, 2}, Json::parse(R"({"sum": [{"rbf": {"length_scale": [1, 2]}}, "white"]})"));
  CHECK(outer->cross(x, z) == inner->cross(x(Eigen::all, chosen), z(Eigen::all, chosen)));
  CHECK(outer->diagonal(x) == inner->diagonal(x(Eigen::all, chosen)));
  CHECK(outer->white_noise(x) == inner->white_noise(x(Eigen::all, chosen)));
  Matrix moved = z;
  moved.col(0).array() += 5;
  moved.col(2).array() -= 3;
  CHECK(outer->cross(x, moved) == outer->cross(x, z));
}

TEST_CASE("Length-scales start from the chosen columns", "[core]") {
  const Matrix x = Stream(12).normals(60).reshaped(20, 3) * Eigen::Vector3d(1, 10, 0.1).asDiagonal();
  const KernelPtr kernel = active({2, 3}, "rbf")->started(x, 1.7);
  const auto parameters = kernel->log_parameters();
  REQUIRE(parameters.size() == 3);
  const Vector scales = median_length_scales(x.rightCols(2));
  CHECK(parameters[0].value == close(std::log(1.7)));
  CHECK(parameters[1].value == close(std::log(scales(0))));
  CHECK(parameters[2].value == close(std::log(scales(1))));
  CHECK(test::difference(kernel->with_log_parameters(log_values(parameters))->cross(x, x), kernel->cross(x, x)) <
        1e-14);
}

TEST_CASE("One column may be given as a number, and one may be used twice", "[core]") {
  const Matrix x = test::point({1, 2}), z = test::point({3, 5});
  CHECK(active(2, "linear")->cross(x, z)(0, 0) == 10.0);
  CHECK(active({1, 1}, "linear")->cross(x, z)(0, 0) == 6.0);
  Matrix by_z = Matrix::Zero(1, 2);
  Vector gradient = Vector::Zero(1);
  active({1, 1}, "linear")->add_cross_gradient(x, z, Matrix::Ones(1, 1), gradient, &by_z);
  CHECK(by_z == test::point({2, 0}));
  CHECK(gradient(0) == 6.0);
}

TEST_CASE("Wrong active kernels are refused", "[core]") {
  const Matrix x = Matrix::Ones(2, 3);
  CHECK(missing(error_of([&] { active({1, 4}, "rbf")->cross(x, x); }),
                {"config: ", "active", "no column 4", "points have 3 inputs"}) == "");
  CHECK(missing(error_of([&] { active(5, "rbf")->started(x, 1); }), {"config: ", "no column 5"}) == "");
  CHECK(missing(error_of([] { active(0, "rbf"); }), {"config: ", "columns: must be at least 1, got 0"}) == "");
  CHECK(missing(error_of([] { active(1.5, "rbf"); }), {"config: ", "must be an integer"}) == "");
  CHECK(missing(error_of([] { active(Json::array(), "rbf"); }), {"config: ", "'active' needs at least one column"}) ==
        "");
  CHECK(missing(error_of([] { read_kernel({{"active", {{"columns", 1}}}}); }), {"'kernel' must be given"}) == "");
}

}  // namespace
}  // namespace predcorr
