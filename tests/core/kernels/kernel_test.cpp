// SPDX-License-Identifier: Apache-2.0
// What every kernel promises. A kernel that is registered is tested here without being named.
#include "core/kernels/kernel.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <filesystem>

#include "tests/core/kernels/every_kernel.hpp"
#include "tests/core/kernels/kernel_cases.hpp"

namespace predcorr {
namespace {

using test::added;
using test::difference;
using test::error_of;
using test::every_kernel;
using test::kernel_points;
using test::missing;
using test::started_kernel;

/// Derivative of f at 0 by differences of fourth order.
template <class F>
double slope(const F& f) {
  constexpr double h = 1e-3;
  return (8 * (f(h) - f(-h)) - (f(2 * h) - f(-2 * h))) / (12 * h);
}

/// d f(kernel) / d log parameter, one after the other.
template <class F>
Vector slopes(const Kernel& kernel, const F& f) {
  const Vector at = log_values(kernel.log_parameters());
  Vector all(at.size());
  for (Index t = 0; t < at.size(); ++t)
    all(t) = slope([&](double step) {
      Vector moved = at;
      moved(t) += step;
      return f(*kernel.with_log_parameters(moved));
    });
  return all;
}

/// The largest difference in units of the largest entry, or of 1 where that is smaller.
double off(const Matrix& actual, const Matrix& expected) {
  if (expected.size() == 0) return actual.size() == 0 ? 0 : 1;
  return (actual - expected).cwiseAbs().maxCoeff() / std::max(1.0, expected.cwiseAbs().maxCoeff());
}

TEST_CASE("Every kernel is registered under its file's name", "[core]") {
  CHECK(Registry<Kernel>::instance().names() ==
        std::vector<std::string>{"active", "constant", "erf-network", "linear", "matern", "neural-kernel-network",
                                 "periodic", "product", "rational-quadratic", "rbf", "relu-network", "spectral-mixture",
                                 "sum", "white"});
  for (const auto& name : Registry<Kernel>::instance().names()) {
    const auto& entry = Registry<Kernel>::instance().find(name);
    std::string stem = std::filesystem::path(entry.place).stem().string();
    std::replace(stem.begin(), stem.end(), '_', '-');
    CHECK(stem == name);
    CHECK_FALSE(entry.summary.empty());
    CHECK_FALSE(entry.source.empty());
  }
}

TEST_CASE("Every kernel is symmetric and positive semi-definite", "[core]") {
  const Matrix x = kernel_points(40), z = kernel_points(7, "z");
  for (const Json& text : every_kernel()) {
    INFO(text.dump());
    const KernelPtr kernel = started_kernel(text);
    CHECK(difference(kernel->cross(z, x), kernel->cross(x, z).transpose()) < 1e-13);
    const Matrix k = kernel->cross(x, x);
    CHECK(difference(k, k.transpose()) < 1e-13);
    CHECK(difference(kernel->diagonal(x), k.diagonal()) < 1e-9);
    const Vector eigenvalues = Eigen::SelfAdjointEigenSolver<Matrix>(k, Eigen::EigenvaluesOnly).eigenvalues();
    CHECK(eigenvalues.minCoeff() >= -1e-9 * eigenvalues.maxCoeff());
    CHECK(kernel->white_noise(x).minCoeff() >= 0);
    CHECK((kernel->diagonal(x) + kernel->white_noise(x)).minCoeff() > 0);
  }
}

TEST_CASE("A kernel value depends on its two points alone", "[core]") {
  const Matrix x = kernel_points(6), z = kernel_points(4, "z");
  const Rows rows = {5, 0, 2}, cols = {3, 1};
  for (const Json& text : every_kernel()) {
    INFO(text.dump());
    const KernelPtr kernel = started_kernel(text);
    const Matrix k = kernel->cross(x, z);
    CHECK(k.rows() == 6);
    CHECK(k.cols() == 4);
    CHECK(difference(kernel->cross(x(rows, Eigen::all), z(cols, Eigen::all)), k(rows, cols)) < 1e-13);
    CHECK(difference(kernel->cross(x.row(4), z.row(2)), k.block(4, 2, 1, 1)) < 1e-13);
    CHECK(kernel->cross(x, z.topRows(0)).cols() == 0);
    CHECK(kernel->diagonal(x.topRows(0)).size() == 0);
    CHECK(kernel->white_noise(x.topRows(0)).size() == 0);
  }
}

TEST_CASE("Points of different numbers of inputs are refused", "[core]") {
  const Matrix x = kernel_points(4);
  for (const auto& name : Registry<Kernel>::instance().names()) {
    if (name == "constant" || name == "white") continue;  // which do not look at the points
    INFO(name);
    const KernelPtr kernel = started_kernel({{name, test::kernel_parameters(name)}});
    CHECK(missing(error_of([&] { kernel->cross(x, x.leftCols(2)); }),
                  {name == "active" ? "config: " : "shape: ", "3", "2"}) == "");
  }
}

TEST_CASE("Gradients agree with differences for every kernel and every parameter", "[core]") {
  const Matrix x = kernel_points(7), z = kernel_points(5, "z");
  const Matrix weight = Stream(3).normals(35).reshaped(7, 5);
  const Vector row_weight = Stream(4).normals(7);
  for (const Json& text : every_kernel()) {
    INFO(text.dump());
    const KernelPtr kernel = started_kernel(text);
    const Index p = std::ssize(kernel->log_parameters());
    Matrix by_z = Matrix::Constant(5, 3, 4);
    CHECK(off(added(p, [&](Vector& g) { kernel->add_cross_gradient(x, z, weight, g, &by_z); }),
              slopes(*kernel, [&](const Kernel& k) { return k.cross(x, z).cwiseProduct(weight).sum(); })) < 1e-8);
    CHECK(off(added(p, [&](Vector& g) { kernel->add_diagonal_gradient(x, row_weight, g); }),
              slopes(*kernel, [&](const Kernel& k) { return k.diagonal(x).dot(row_weight); })) < 1e-8);
    CHECK(off(added(p, [&](Vector& g) { kernel->add_white_noise_gradient(x, row_weight, g); }),
              slopes(*kernel, [&](const Kernel& k) { return k.white_noise(x).dot(row_weight); })) < 1e-8);
    Matrix expected(5, 3);
    for (Index j = 0; j < 5; ++j)
      for (Index c = 0; c < 3; ++c)
        expected(j, c) = slope([&](double step) {
          Matrix moved = z;
          moved(j, c) += step;
          return kernel->cross(x, moved).cwiseProduct(weight).sum();
        });
    CHECK(off(by_z.array() - 4, expected) < 1e-7);
  }
}

TEST_CASE("Gradients where points coincide are finite", "[core]") {
  const Matrix x = kernel_points(6);
  for (const Json& text : every_kernel()) {
    INFO(text.dump());
    const KernelPtr kernel = started_kernel(text);
    Matrix by_z = Matrix::Zero(6, 3);
    Vector gradient = Vector::Zero(std::ssize(kernel->log_parameters()));
    kernel->add_cross_gradient(x, x, Matrix::Ones(6, 6), gradient, &by_z);
    CHECK(gradient.allFinite());
    CHECK(by_z.allFinite());
  }
}

TEST_CASE("A kernel moved to where it is stays as it is", "[core]") {
  const Matrix x = kernel_points(20);
  for (const Json& text : every_kernel()) {
    INFO(text.dump());
    const KernelPtr kernel = started_kernel(text);
    const auto before = kernel->log_parameters();
    const KernelPtr same = kernel->with_log_parameters(log_values(before));
    CHECK(difference(same->cross(x, x), kernel->cross(x, x)) < 1e-13);
    // Ranges and priors stay where learning began.
    const KernelPtr moved = kernel->with_log_parameters(log_values(before).array() + 0.3);
    const auto after = moved->log_parameters();
    REQUIRE(after.size() == before.size());
    for (std::size_t t = 0; t < after.size(); ++t) {
      INFO(after[t].name);
      CHECK(after[t].name == before[t].name);
      CHECK(std::abs(after[t].value - before[t].value - 0.3) < 1e-13);
      CHECK(after[t].low == before[t].low);
      CHECK(after[t].high == before[t].high);
      CHECK(after[t].prior_mean == before[t].prior_mean);
      CHECK(after[t].prior_stddev == before[t].prior_stddev);
      CHECK(before[t].low <= before[t].value);
      CHECK(before[t].value <= before[t].high);
      CHECK(before[t].prior_stddev > 0);
    }
    CHECK(difference(moved->with_log_parameters(log_values(before))->cross(x, x), kernel->cross(x, x)) < 1e-13);
  }
}

TEST_CASE("Starting is over once every start is chosen", "[core]") {
  const Matrix x = kernel_points(20), other = 3 * kernel_points(20, "other");
  for (const Json& text : every_kernel()) {
    INFO(text.dump());
    const KernelPtr kernel = started_kernel(text);
    CHECK(kernel->started(other, 5)->cross(x, x) == kernel->cross(x, x));
  }
}

TEST_CASE("Simple kernels start at the variance asked for", "[core]") {
  const Matrix x = kernel_points(30);
  for (const char* name :
       {"constant", "linear", "matern", "periodic", "rational-quadratic", "rbf", "spectral-mixture", "white", "sum"}) {
    INFO(name);
    const Json text = std::string(name) == "sum" ? Json::parse(R"({"sum": ["rbf", "linear", "white"]})") : Json(name);
    const KernelPtr kernel = started_kernel(text);
    CHECK((kernel->diagonal(x) + kernel->white_noise(x)).mean() == test::close(1.7, 1e-12));
  }
}

TEST_CASE("Where the variance is another factor's, an open one is 1 and stays so", "[core]") {
  const Matrix x = kernel_points(30);
  for (const char* name : {"constant", "matern", "periodic", "rational-quadratic", "rbf", "white"}) {
    INFO(name);
    const KernelPtr kernel = read_kernel(name)->started(x, 0);
    CHECK(kernel->diagonal(x) + kernel->white_noise(x) == Vector::Ones(30));
    for (const LogParameter& p : kernel->log_parameters()) CHECK(p.name != "variance");
    const KernelPtr given = read_kernel({{name, {{"variance", 2}}}})->started(x, 0);
    CHECK(given->diagonal(x) + given->white_noise(x) == Vector::Constant(30, 2));
    CHECK(given->log_parameters().at(0).name == "variance");
  }
}

TEST_CASE("A hyper-parameter that is not to be learned is none of the log parameters", "[core]") {
  const Matrix x = kernel_points(7), z = kernel_points(5, "z"), weight = Stream(3).normals(35).reshaped(7, 5);
  for (const auto& name : Registry<Kernel>::instance().names())
    for (const ParameterInfo& info : Registry<Kernel>::instance().find(name).parameters()) {
      if (info.type != "hyper-parameter") continue;
      INFO(name << " " << info.name);
      Json parameters = test::kernel_parameters(name);
      const KernelPtr full = started_kernel({{name, parameters}});
      parameters[info.name] = {{"start", info.default_value}, {"learn", false}};
      const KernelPtr fewer = started_kernel({{name, parameters}});
      CHECK(difference(fewer->cross(x, z), full->cross(x, z)) == 0.0);

      const auto all = full->log_parameters();
      const Vector gradient =
          added(std::ssize(all), [&](Vector& g) { full->add_cross_gradient(x, z, weight, g, nullptr); });
      std::vector<std::string> names;
      std::vector<double> expected;
      for (std::size_t t = 0; t < all.size(); ++t)
        if (all[t].name != info.name && all[t].name.rfind(info.name + "[", 0) != 0) {
          names.push_back(all[t].name);
          expected.push_back(gradient(static_cast<Index>(t)));
        }
      CHECK(names.size() < all.size());
      std::vector<std::string> left;
      for (const LogParameter& p : fewer->log_parameters()) left.push_back(p.name);
      CHECK(left == names);
      CHECK(off(added(std::ssize(left), [&](Vector& g) { fewer->add_cross_gradient(x, z, weight, g, nullptr); }),
                Eigen::Map<const Vector>(expected.data(), std::ssize(expected))) < 1e-12);
    }
}

TEST_CASE("Tiles give what the whole gives", "[core]") {
  for (const Json& text : every_kernel()) {
    INFO(text.dump());
    const KernelPtr kernel = started_kernel(text);
    for (const Index n : {0, 1, 5, 100, 250}) {  // a tile has 96 rows
      INFO(n);
      const Matrix x = kernel_points(n), z = kernel_points(n == 250 ? 100 : 7, "z");
      const Matrix gram = gram_in_tiles(*kernel, x);
      CHECK(difference(gram, kernel->cross(x, x)) < 1e-9);
      CHECK(gram == gram.transpose());
      CHECK(difference(cross_in_tiles(*kernel, x, z), kernel->cross(x, z)) < 1e-13);
      Matrix observed = Matrix::Constant(n, n, std::nan(""));
      observed_lower_in_place(*kernel, x, observed);
      Matrix expected = gram;
      expected.diagonal() += kernel->white_noise(x);
      CHECK(difference(Matrix(observed.triangularView<Eigen::Lower>()),
                       Matrix(expected.triangularView<Eigen::Lower>())) < 1e-15);
    }
  }
}

}  // namespace
}  // namespace predcorr
