// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <numbers>

#include "core/base/stream.hpp"
#include "core/kernels/distances.hpp"
#include "tests/core/kernels/kernel_cases.hpp"

namespace predcorr {
namespace {

using test::close;
using test::difference;
using test::error_of;
using test::missing;

KernelPtr spectral_mixture(const Json& parameters) { return read_kernel({{"spectral-mixture", parameters}}); }

TEST_CASE("The spectral mixture and its gradients match NumPy", "[core]") { test::check_cases("spectral-mixture", 2); }

TEST_CASE("A component is a wave that fades", "[core]") {
  const KernelPtr kernel =
      spectral_mixture({{"components", 1}, {"weight", 2}, {"frequency", 0.25}, {"bandwidth", 0.1}});
  const double pi = std::numbers::pi;
  const auto at = [&](double lag) { return kernel->cross(test::point({lag}), test::point({0}))(0, 0); };
  CHECK(at(0) == 2.0);
  CHECK(std::abs(at(1)) < 1e-15);  // a quarter of a cycle
  CHECK(at(2) == close(-2 * std::exp(-2 * pi * pi * 4 * 0.01), 1e-14));
  CHECK(at(4) == close(2 * std::exp(-2 * pi * pi * 16 * 0.01), 1e-14));
}

TEST_CASE("A component of low frequency is an RBF kernel", "[core]") {
  const Matrix x = Stream(13).normals(20).reshaped(10, 2);
  const double pi = std::numbers::pi;
  const KernelPtr kernel = spectral_mixture({{"components", 1},
                                             {"weight", 1.5},
                                             {"frequency", {1e-9, 1e-9}},
                                             {"bandwidth", {1 / (2 * pi * 0.7), 1 / (2 * pi * 1.4)}}});
  const KernelPtr rbf = read_kernel(Json::parse(R"({"rbf": {"variance": 1.5, "length_scale": [0.7, 1.4]}})"));
  CHECK(difference(kernel->cross(x, x), rbf->cross(x, x)) < 1e-13);
}

TEST_CASE("Components start with equal weights, spread frequencies and the bandwidths of an RBF kernel", "[core]") {
  const Matrix x = Stream(14).normals(40).reshaped(20, 2) * Eigen::Vector2d(1, 10).asDiagonal();
  const KernelPtr kernel = spectral_mixture({{"components", 3}})->started(x, 1.8);
  const Vector start = log_values(kernel->log_parameters()).array().exp();
  REQUIRE(start.size() == 3 + 6 + 6);
  const Vector lengths = median_length_scales(x);
  CHECK(difference(start.head(3), Vector::Constant(3, 0.6)) < 1e-13);
  CHECK(kernel->diagonal(x)(0) == close(1.8));
  for (Index q = 0; q < 3; ++q)
    for (Index c = 0; c < 2; ++c) {
      const double cycles = start(3 + 2 * q + c) * lengths(c);  // per typical distance
      CHECK(cycles > static_cast<double>(q) / 6);
      CHECK(cycles < static_cast<double>(q + 1) / 6);
      CHECK(start(9 + 2 * q + c) == close(1 / (2 * std::numbers::pi * lengths(c))));
    }
}

TEST_CASE("Wrong spectral mixtures are refused", "[core]") {
  const auto refused = [](const Json& parameters) { return error_of([&] { spectral_mixture(parameters); }); };
  CHECK(missing(refused({{"components", 0}}), {"config: ", "components: must be from 1 to 100, got 0"}) == "");
  CHECK(missing(refused({{"components", 2.5}}), {"components: must be an integer"}) == "");
  CHECK(missing(refused({{"weight", {1, -1}}}), {"weight: must be above 0"}) == "");
  const Matrix x = Matrix::Ones(2, 3);
  const auto unfit = [&](const Json& parameters) {
    return error_of([&] { spectral_mixture(parameters)->cross(x, x); });
  };
  CHECK(missing(unfit({{"components", 2}, {"weight", {1, 2}}, {"frequency", {1, 2}}, {"bandwidth", {1, 2}}}),
                {"shape: ", "2 components of 3 inputs", "need 2 weights, 6 frequencies and 6 bandwidths",
                 "got 2, 2 and 2"}) == "");
  CHECK(missing(unfit({{"components", 2}}), {"shape: ", "got 1, 1 and 1"}) == "");  // not started
  CHECK(missing(error_of([&] { spectral_mixture(Json::object())->started(x, 1)->cross(x, x.leftCols(2)); }),
                {"shape: ", "3 and 2 inputs"}) == "");
}

}  // namespace
}  // namespace predcorr
