// SPDX-License-Identifier: Apache-2.0
#include "core/base/stream.hpp"
#include "tests/core/kernels/kernel_cases.hpp"

namespace predcorr {
namespace {

using test::error_of;
using test::missing;

TEST_CASE("White noise and its gradients match scikit-learn", "[core]") { test::check_cases("white", 1); }

TEST_CASE("White noise is on the diagonal of observations alone", "[core]") {
  const Matrix x = Stream(1).normals(12).reshaped(4, 3);
  const KernelPtr kernel = read_kernel("white")->started(x, 0.3);
  CHECK(kernel->cross(x, x) == Matrix::Zero(4, 4));
  CHECK(kernel->diagonal(x) == Vector::Zero(4));
  CHECK(kernel->white_noise(x) == Vector::Constant(4, 0.3));
  Matrix observed(4, 4);
  observed_lower_in_place(*kernel, x, observed);
  CHECK(Matrix(observed.triangularView<Eigen::Lower>()) == Matrix(Vector::Constant(4, 0.3).asDiagonal()));
}

TEST_CASE("White noise times a kernel is noise that varies with the inputs", "[core]") {
  const Matrix x = Stream(2).normals(10).reshaped(5, 2);
  const KernelPtr kernel = read_kernel(Json::parse(R"({"product": [{"white": {"variance": 0.5}},
                                                                 {"linear": {"variance": 2, "origin": 0.1}}]})"));
  CHECK(kernel->cross(x, x) == Matrix::Zero(5, 5));
  CHECK(test::difference(kernel->white_noise(x), (x.array() - 0.1).square().rowwise().sum().matrix()) < 1e-14);
}

TEST_CASE("White noise that is not learned has no log parameter", "[core]") {
  const KernelPtr fixed = read_kernel(Json::parse(R"({"white": {"variance": {"start": 2, "learn": false}}})"));
  CHECK(fixed->log_parameters().empty());
  Vector none(0);
  CHECK_NOTHROW(fixed->add_white_noise_gradient(Matrix::Ones(2, 1), Vector::Ones(2), none));
}

TEST_CASE("Wrong white noise is refused", "[core]") {
  const auto refused = [](const char* text) { return error_of([&] { read_kernel(Json::parse(text)); }); };
  CHECK(missing(refused(R"({"white": {"variance": 0}})"), {"config: ", "variance: must be above 0, got 0"}) == "");
  CHECK(missing(refused(R"({"white": {"variance": [1, 2]}})"), {"'variance' must be one value"}) == "");
  CHECK(missing(refused(R"({"white": {"noise": 1}})"), {"unknown parameter 'noise'", "variance"}) == "");
}

}  // namespace
}  // namespace predcorr
