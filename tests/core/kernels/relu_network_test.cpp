// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "core/base/stream.hpp"
#include "core/kernels/kernel.hpp"
#include "tests/core/kernels/kernel_cases.hpp"

namespace predcorr {
namespace {

using test::close;
using test::difference;
using test::error_of;
using test::missing;

std::shared_ptr<const Kernel> relu_network(const Json& parameters = Json::object()) {
  return Registry<Kernel>::instance().make({.name = "relu-network", .parameters = parameters}, "test").object;
}

TEST_CASE("The ReLU network kernel matches numerical integration at depth 1, 2 and 3", "[core]") {
  const Json r = test::reference("core_reference.json").at("kernels");
  const Matrix x = test::matrix(r.at("x")), z = test::matrix(r.at("z"));
  REQUIRE(r.at("relu_network").size() == 3);
  for (const Json& c : r.at("relu_network")) {
    INFO(c.at("weight_variance"));
    const auto kernel =
        relu_network({{"weight_variance", c.at("weight_variance")}, {"bias_variance", c.at("bias_variance")}});
    CHECK(difference(kernel->cross(x, z), test::matrix(c.at("cross"))) < 1e-9);
    CHECK(difference(kernel->diagonal(x), test::vector(c.at("diagonal"))) < 1e-9);
    CHECK(difference(kernel->cross(x, x).diagonal(), test::vector(c.at("diagonal"))) < 1e-9);
  }
}

TEST_CASE("The ReLU network kernel and its gradients match the formula by angles", "[core]") {
  // The study's 1e-10 inside the kernel is what separates the two.
  test::check_cases("relu-network", 2, 1e-9, 1e-8);
}

TEST_CASE("The defaults are the study's network", "[core]") {
  const Json r = test::reference("core_reference.json").at("kernels");
  const Matrix x = test::matrix(r.at("x")), z = test::matrix(r.at("z"));
  CHECK(difference(relu_network()->cross(x, z), test::matrix(r.at("relu_network").at(0).at("cross"))) < 1e-9);
}

TEST_CASE("Right angles and opposite directions follow Cho and Saul", "[core]") {
  // Without biases and with unit variances K_0 = x'z / d; at angle t: |x||z| (sin t + (pi - t) cos t) / (2 pi d).
  const auto kernel = relu_network({{"weight_variance", {1, 1}}, {"bias_variance", {0, 0}}});
  Matrix x(1, 2), z(4, 2);
  x << 2, 0;
  z << 0, 3, -3, 0, 3, 0, 3, 3;
  const Matrix k = kernel->cross(x, z);
  const double pi = std::acos(-1.0);
  CHECK(k(0, 0) == close(3 / (2 * pi)));
  CHECK(std::abs(k(0, 1)) < 1e-9);
  CHECK(k(0, 2) == close(1.5));
  CHECK(k(0, 3) == close(3 * std::sqrt(2.0) * (std::sqrt(0.5) + 0.75 * pi * std::sqrt(0.5)) / (2 * pi)));
}

TEST_CASE("The kernel is the limit of wide random networks", "[core]") {
  const std::vector<double> w = {1.3, 0.9}, b = {0.4, 0.2};
  Matrix x(2, 2);
  x << 0.5, -1, 1.5, 0.3;
  // The average of relu(u) relu(v) over hidden units; one standard error from the products' own spread.
  Stream stream = Stream(4).fork("network");
  constexpr Index units = 200000;
  Vector products(units);
  for (Index i = 0; i < units; ++i) {
    const Vector weights = std::sqrt(w[0] / 2) * stream.normals(2);
    const Eigen::Vector2d u = (x * weights).array() + std::sqrt(b[0]) * stream.normal();
    products(i) = b[1] + w[1] * std::max(u(0), 0.0) * std::max(u(1), 0.0);
  }
  const double mean = products.mean();
  const double error = std::sqrt((products.array() - mean).square().mean() / static_cast<double>(units));
  const Matrix k = relu_network({{"weight_variance", w}, {"bias_variance", b}})->cross(x, x);
  CHECK(std::abs(k(0, 1) - mean) < 4 * error);
  CHECK(error < 0.01 * k(0, 1));
}

TEST_CASE("Wrong ReLU network parameters are refused", "[core]") {
  CHECK(missing(error_of([] { relu_network({{"weight_variance", {1, 2, 3}}}); }),
                {"config: test.parameters", "one entry per layer", "got 3 and 2"}) == "");
  CHECK(missing(error_of([] { relu_network({{"weight_variance", 1}, {"bias_variance", 1}}); }),
                {"two layers or more", "got 1 and 1"}) == "");
  CHECK(missing(error_of([] { relu_network({{"weight_variance", {1, 0}}}); }),
                {"weight_variance: must be above 0, got [1,0]"}) == "");
  CHECK(missing(error_of([] { relu_network({{"bias_variance", {-0.1, 0}}}); }),
                {"bias_variance: must be at least 0"}) == "");
}

}  // namespace
}  // namespace predcorr
