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

Matrix points(Index n) { return Stream(15).normals(3 * n).reshaped(n, 3); }
KernelPtr network(const Json& parameters) { return read_kernel({{"neural-kernel-network", parameters}}); }

TEST_CASE("The neural kernel network and its gradients match NumPy", "[core]") {
  test::check_cases("neural-kernel-network", 3);
}

TEST_CASE("A network of two units is a product of two sums, by hand", "[core]") {
  const Matrix x = points(5), z = points(3);
  const Json primitives = {{{"rbf", {{"length_scale", 0.8}}}}, "linear"};
  const KernelPtr kernel = network(
      {{"primitives", primitives}, {"units", {2, 1}}, {"weight", {0.5, 0.25, 0.125, 2.0, 3.0, 4.0, 1.5, 0.75}}});
  const Eigen::ArrayXXd rbf = read_kernel(primitives[0])->cross(x, z), linear = read_kernel("linear")->cross(x, z);
  const Eigen::ArrayXXd product = (0.5 * rbf + 0.25 * linear + 0.125) * (2 * rbf + 3 * linear + 4);
  CHECK(difference(kernel->cross(x, z), 1.5 * product + 0.75) < 1e-14);
}

TEST_CASE("Primitives keep variance 1, the last layer's weights carry the variance", "[core]") {
  const Matrix x = points(10);
  const Json plain = {{"primitives", {"rbf", "matern"}}, {"units", {2, 1}}};
  const KernelPtr one = network(plain)->started(x, 1), more = network(plain)->started(x, 1.7);
  CHECK(difference(more->cross(x, x), 1.7 * one->cross(x, x)) < 1e-13);
  // 2 x 3 and 1 x 2 weights, and three length-scales for each primitive; no variances.
  CHECK(one->log_parameters().size() == 8 + 6);
  for (const LogParameter& p : one->log_parameters()) CHECK(p.name.find("variance") == std::string::npos);
  CHECK(one->log_parameters()[0].name == "weight[1]");
  // Averages of averages: of the same order as the primitives.
  CHECK(one->diagonal(x)(0) > 0.05);
  CHECK(one->diagonal(x)(0) < 20);
}

TEST_CASE("Units start different from each other, and equal in every network of a shape", "[core]") {
  const Json plain = {{"primitives", {"rbf", "matern"}}, {"units", {4, 2, 1}}};
  const Vector a = log_values(network(plain)->started(points(10), 1)->log_parameters());
  const Vector b = log_values(network(plain)->started(points(10), 1)->log_parameters());
  CHECK(a == b);
  const Matrix first = a.head(12).reshaped(3, 4);
  for (Index u = 1; u < 4; ++u) CHECK((first.col(u) - first.col(0)).cwiseAbs().maxCoeff() > 0.01);
}

TEST_CASE("Weights that are not learned leave the primitives'", "[core]") {
  const KernelPtr kernel = network({{"primitives", {"rbf"}}, {"units", {1}}, {"weight", {{"learn", false}}}});
  const KernelPtr started = kernel->started(points(10), 1);
  CHECK(started->log_parameters().size() == 3);
  const Vector values = log_values(started->log_parameters()).array() + 0.1;
  const KernelPtr moved = started->with_log_parameters(values);
  CHECK(difference(log_values(moved->log_parameters()), values) < 1e-14);
  CHECK(difference(moved->diagonal(points(4)), started->diagonal(points(4))) < 1e-14);
}

TEST_CASE("The default network has something of everything", "[core]") {
  const KernelPtr kernel = network(Json::object())->started(points(10), 1.7);
  CHECK(kernel->cross(points(4), points(4)).allFinite());
  // Layers of 8 x 7, 4 x 5 and 1 x 3 weights; primitives with 3, 3, 3, 4, 3 and 6 parameters.
  CHECK(kernel->log_parameters().size() == 56 + 20 + 3 + 22);
}

TEST_CASE("Wrong networks are refused", "[core]") {
  const auto refused = [](const Json& parameters) { return error_of([&] { network(parameters); }); };
  CHECK(missing(refused({{"units", {3, 1}}}), {"config: ", "'units' must be even but for the last, got 3"}) == "");
  CHECK(missing(refused({{"units", {4, 2}}}), {"config: ", "units that end with 1"}) == "");
  CHECK(missing(refused({{"units", Json::array()}}), {"config: ", "units that end with 1"}) == "");
  CHECK(missing(refused({{"units", {0, 1}}}), {"units: must be from 1 to 1000"}) == "");
  CHECK(missing(refused({{"primitives", Json::array()}}), {"config: ", "needs primitives"}) == "");
  CHECK(missing(refused({{"primitives", {"rbf"}}, {"units", {2, 1}}, {"weight", {1, 2, 3}}}),
                {"config: ", "'weight' must have 6 entries, got 3"}) == "");
  CHECK(missing(refused({{"weight", 0}}), {"weight: must be above 0"}) == "");
  for (const Json& noisy : {Json("white"), Json::parse(R"({"sum": ["rbf", "white"]})")})
    CHECK(missing(error_of([&] { network({{"primitives", {"rbf", noisy}}, {"units", {1}}})->started(points(5), 1); }),
                  {"config: ", "white noise belongs outside"}) == "");
}

}  // namespace
}  // namespace predcorr
