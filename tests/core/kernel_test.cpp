// SPDX-License-Identifier: Apache-2.0
#include "core/kernel.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>

#include "core/stream.hpp"
#include "tests/core/support.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

using test::difference;
using test::error_of;
using test::missing;

/// Every registered kernel with its default parameters.
std::vector<Configured<Kernel>> kernels() {
  std::vector<Configured<Kernel>> all;
  for (const auto& name : Registry<Kernel>::instance().names())
    all.push_back(Registry<Kernel>::instance().make({.name = name}, "test"));
  return all;
}
Matrix points(Index n, Index d, const char* name = "x") { return Stream(9).fork(name).normals(n * d).reshaped(n, d); }

TEST_CASE("Scaled squared distances match SciPy", "[core]") {
  const Json r = test::reference("core_reference.json").at("kernels");
  const Matrix x = test::matrix(r.at("x")), z = test::matrix(r.at("z"));
  const Matrix expected = test::matrix(r.at("squared_distances"));
  CHECK(difference(scaled_squared_distances(x, z, test::vector(r.at("length_scale"))), expected) < 1e-13);
  // One length-scale stands for all.
  const Vector one = Vector::Constant(1, 0.7), all = Vector::Constant(3, 0.7);
  CHECK(scaled_squared_distances(x, z, one) == scaled_squared_distances(x, z, all));
  CHECK(difference(scaled_squared_distances(x, z, one) * 0.49, scaled_squared_distances(x, z, Vector::Ones(1))) <
        1e-13);
}

TEST_CASE("Squared distances are never negative and 0 for equal points", "[core]") {
  const Matrix x = points(40, 5).array() + 100;
  const Matrix squared = scaled_squared_distances(x, x, Vector::Ones(1));
  CHECK(squared.minCoeff() >= 0);
  CHECK(squared.diagonal().maxCoeff() < 1e-9);
  CHECK(squared.maxCoeff() > 1);
}

TEST_CASE("Length-scales and columns that do not fit are refused", "[core]") {
  const Matrix x = points(4, 3);
  CHECK(missing(error_of([&] { scaled_squared_distances(x, x, Vector::Ones(2)); }),
                {"shape: ", "2 length-scales for 3 inputs"}) == "");
  CHECK(missing(error_of([&] { scaled_squared_distances(x, points(4, 2), Vector::Ones(1)); }),
                {"shape: ", "3 and 2 inputs"}) == "");
  for (const auto& kernel : kernels()) {
    INFO(kernel.name);
    CHECK(missing(error_of([&] { kernel.object->cross(x, points(4, 2)); }), {"shape: ", "3", "2"}) == "");
  }
}

TEST_CASE("Every kernel is registered under its file's name", "[core]") {
  CHECK(Registry<Kernel>::instance().names() == std::vector<std::string>{"matern", "rbf", "relu-network"});
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
  const Matrix x = points(25, 3);
  for (const auto& kernel : kernels()) {
    INFO(kernel.name);
    const Matrix k = kernel.object->cross(x, x);
    CHECK(difference(k, k.transpose()) < 1e-14);
    CHECK(Eigen::SelfAdjointEigenSolver<Matrix>(k).eigenvalues().minCoeff() > -1e-9);
    CHECK(difference(kernel.object->diagonal(x), k.diagonal()) < 1e-9);
    CHECK((k.diagonal().array() > 0).all());
  }
}

TEST_CASE("A kernel value depends on its two points alone", "[core]") {
  const Matrix x = points(6, 3), z = points(4, 3, "z");
  const Rows rows = {5, 0, 2}, cols = {3, 1};
  for (const auto& kernel : kernels()) {
    INFO(kernel.name);
    const Matrix k = kernel.object->cross(x, z);
    CHECK(k.rows() == 6);
    CHECK(k.cols() == 4);
    CHECK(difference(kernel.object->cross(x(rows, Eigen::all), z(cols, Eigen::all)), k(rows, cols)) < 1e-13);
    CHECK(difference(kernel.object->cross(z, x), k.transpose()) < 1e-13);
    CHECK(difference(kernel.object->cross(x.row(4), z.row(2)), k.block(4, 2, 1, 1)) < 1e-13);
    CHECK(kernel.object->cross(x, z.topRows(0)).cols() == 0);
    CHECK(kernel.object->diagonal(x.topRows(0)).size() == 0);
  }
}

TEST_CASE("An unknown kernel is refused with the nearest name", "[core]") {
  const auto make = [] {
    Registry<Kernel>::instance().make({.name = "relu_network"}, "datasets[1].parameters.kernel");
  };
  CHECK(missing(error_of(make), {"config: datasets[1].parameters.kernel", "unknown kernel 'relu_network'",
                                 "did you mean 'relu-network'?"}) == "");
}

}  // namespace
}  // namespace predcorr
