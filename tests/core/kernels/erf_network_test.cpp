// SPDX-License-Identifier: Apache-2.0
#include <Eigen/Cholesky>
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
using test::point;

KernelPtr erf_network(const Json& parameters = Json::object()) {
  return Registry<Kernel>::instance().make({.name = "erf-network", .parameters = parameters}, "test").object;
}

Matrix points(Index n, const char* name = "x") { return Stream(5).fork(name).normals(3 * n).reshaped(n, 3); }

TEST_CASE("The erf network kernel is Williams' formula", "[core]") {
  // Williams 1998, eq. 11: 2/pi asin(2 x~'S z~ / sqrt((1 + 2 x~'S x~)(1 + 2 z~'S z~))) with x~ = (1, x); here
  // S = diag(b_0, w_0 / d, ..., w_0 / d).
  const Matrix x = points(6), z = points(4, "z");
  const double w0 = 1.7, b0 = 0.6, w1 = 0.8, b1 = 0.3;
  const Eigen::DiagonalMatrix<double, 4> s(b0, w0 / 3, w0 / 3, w0 / 3);
  const auto with_one = [](const Matrix& rows) {
    return Matrix((Matrix(rows.rows(), 4) << Vector::Ones(rows.rows()), rows).finished());
  };
  const Matrix u = with_one(x), v = with_one(z);
  Matrix expected(6, 4);
  for (Index i = 0; i < 6; ++i)
    for (Index j = 0; j < 4; ++j) {
      const double xx = u.row(i) * s * u.row(i).transpose(), zz = v.row(j) * s * v.row(j).transpose();
      const double xz = u.row(i) * s * v.row(j).transpose();
      expected(i, j) = b1 + w1 * 2 / std::acos(-1.0) * std::asin(2 * xz / std::sqrt((1 + 2 * xx) * (1 + 2 * zz)));
    }
  const KernelPtr kernel = erf_network({{"weight_variance", {w0, w1}}, {"bias_variance", {b0, b1}}});
  CHECK(difference(kernel->cross(x, z), expected) < 1e-14);
  CHECK(difference(kernel->diagonal(x), kernel->cross(x, x).diagonal()) < 1e-14);
}

TEST_CASE("Values of the erf network kernel by hand", "[core]") {
  // K_0 = x z. At x = z = 1: 2/pi asin(2/3); at 1 and -2: 2/pi asin(-4 / sqrt(3 * 9)).
  const KernelPtr one = erf_network({{"weight_variance", {1, 1}}, {"bias_variance", {0, 0}}});
  const double pi = std::acos(-1.0);
  CHECK(one->cross(point({1}), point({1}))(0, 0) == close(2 / pi * std::asin(2.0 / 3), 1e-14));
  CHECK(one->cross(point({1}), point({-2}))(0, 0) == close(2 / pi * std::asin(-4 / std::sqrt(27.0)), 1e-14));
  // One layer more, with weight variance 3 and bias variance 1/4: the variances below are a and b, the covariance k.
  const KernelPtr two = erf_network({{"weight_variance", {1, 1, 3}}, {"bias_variance", {0, 0, 0.25}}});
  const double a = 2 / pi * std::asin(2.0 / 3), b = 2 / pi * std::asin(8.0 / 9);
  const double k = 2 / pi * std::asin(-4 / std::sqrt(27.0));
  CHECK(two->cross(point({1}), point({-2}))(0, 0) ==
        close(0.25 + 3 * 2 / pi * std::asin(2 * k / std::sqrt((1 + 2 * a) * (1 + 2 * b))), 1e-14));
  // Far out a unit is 1 or -1: E[erf(u)^2] = 1.
  CHECK(one->diagonal(point({1e9}))(0) == Approx(1).epsilon(1e-8));
}

TEST_CASE("The erf kernel is the limit of wide random networks", "[core]") {
  // Two hidden layers. The outer one is averaged over units given K_1, the inner over random weights: E[erf(u) erf(v)]
  // from draws, twice, each within its standard error.
  const std::vector<double> w = {1.3, 2.1, 0.9}, b = {0.4, 0.2, 0.1};
  Matrix x(2, 2);
  x << 0.5, -1, 1.5, 0.3;
  constexpr Index units = 200000;
  const auto average = [&](const Matrix& covariance, Stream stream) {
    const Matrix root = covariance.llt().matrixL();
    Vector products(units);
    for (Index i = 0; i < units; ++i) {
      const Vector u = root * stream.normals(2);
      products(i) = std::erf(u(0)) * std::erf(u(1));
    }
    const double mean = products.mean();
    return std::pair(mean, std::sqrt((products.array() - mean).square().mean() / static_cast<double>(units)));
  };
  // The inputs' layer is a linear map of normal weights, so drawing u of covariance K_0 draws the weights.
  const Matrix k0 = (x * x.transpose() * (w[0] / 2)).array() + b[0];
  const Matrix k1 = erf_network({{"weight_variance", {w[0], w[1]}}, {"bias_variance", {b[0], b[1]}}})->cross(x, x);
  const Matrix k2 = erf_network({{"weight_variance", w}, {"bias_variance", b}})->cross(x, x);
  const auto [inner, inner_error] = average(k0, Stream(4).fork("inner"));
  const auto [outer, outer_error] = average(k1, Stream(4).fork("outer"));
  CHECK(std::abs((k1(0, 1) - b[1]) / w[1] - inner) < 4 * inner_error);
  CHECK(std::abs((k2(0, 1) - b[2]) / w[2] - outer) < 4 * outer_error);
  CHECK(inner_error < 0.002);
  CHECK(outer_error < 0.002);
}

TEST_CASE("Gradients of the erf network kernel at depth 1 to 3 agree with differences", "[core]") {
  const Matrix x = points(5), z = points(4, "z"), weight = Stream(3).normals(20).reshaped(5, 4);
  const Vector row_weight = Stream(4).normals(5);
  for (const Json& text :
       {Json::parse(R"({"weight_variance": [1.2, 0.7], "bias_variance": [0.3, 0.2]})"),
        Json::parse(R"({"weight_variance": [1.2, 3, 0.7], "bias_variance": [0.3, 0.5, 0.2]})"),
        Json::parse(R"({"weight_variance": [1, 2, 3, 0.7], "bias_variance": [0.3, 1, 0.5, 0.2]})")}) {
    INFO(text.dump());
    const KernelPtr kernel = erf_network(text);
    const Vector at = log_values(kernel->log_parameters());
    constexpr double h = 1e-5;  // second-order differences: exact to about 1e-10
    const auto slopes = [&](const auto& f) {
      Vector all(at.size());
      for (Index t = 0; t < at.size(); ++t) {
        Vector up = at, down = at;
        up(t) += h;
        down(t) -= h;
        all(t) = (f(*kernel->with_log_parameters(up)) - f(*kernel->with_log_parameters(down))) / (2 * h);
      }
      return all;
    };
    Matrix by_z = Matrix::Zero(4, 3);
    CHECK(difference(test::added(at.size(), [&](Vector& g) { kernel->add_cross_gradient(x, z, weight, g, &by_z); }),
                     slopes([&](const Kernel& k) { return k.cross(x, z).cwiseProduct(weight).sum(); })) < 1e-8);
    CHECK(difference(test::added(at.size(), [&](Vector& g) { kernel->add_diagonal_gradient(x, row_weight, g); }),
                     slopes([&](const Kernel& k) { return k.diagonal(x).dot(row_weight); })) < 1e-8);
    Matrix expected(4, 3);
    for (Index i = 0; i < expected.size(); ++i) {
      Matrix up = z, down = z;
      up(i) += h;
      down(i) -= h;
      expected(i) = (kernel->cross(x, up) - kernel->cross(x, down)).cwiseProduct(weight).sum() / (2 * h);
    }
    CHECK(difference(by_z, expected) < 1e-8);
  }
}

TEST_CASE("Wrong erf network parameters are refused", "[core]") {
  CHECK(missing(error_of([] { erf_network({{"weight_variance", {1, 2, 3}}}); }),
                {"config: test.parameters", "erf-network", "one entry per layer", "got 3 and 2"}) == "");
  CHECK(missing(error_of([] { erf_network({{"weight_variance", 1}, {"bias_variance", 1}}); }),
                {"two layers or more", "got 1 and 1"}) == "");
  CHECK(missing(error_of([] { erf_network({{"bias_variance", {-0.1, 0}}}); }), {"bias_variance: must be at least 0"}) ==
        "");
}

}  // namespace
}  // namespace predcorr
