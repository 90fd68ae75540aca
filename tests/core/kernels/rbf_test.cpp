// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "tests/core/kernels/kernel_cases.hpp"

namespace predcorr {
namespace {

using test::difference;
using test::error_of;
using test::missing;

std::shared_ptr<const Kernel> rbf(const Json& parameters = Json::object()) {
  return Registry<Kernel>::instance().make({.name = "rbf", .parameters = parameters}, "test").object;
}

TEST_CASE("The RBF kernel matches scikit-learn with a length-scale for each input", "[core]") {
  const Json r = test::reference("core_reference.json").at("kernels");
  const Matrix x = test::matrix(r.at("x")), z = test::matrix(r.at("z"));
  const auto kernel = rbf({{"variance", r.at("variance")}, {"length_scale", r.at("length_scale")}});
  CHECK(difference(kernel->cross(x, z), test::matrix(r.at("rbf"))) < 1e-13);
  CHECK(kernel->diagonal(x) == Vector::Constant(4, 1.7));
}

TEST_CASE("The RBF kernel and its gradients match scikit-learn", "[core]") { test::check_cases("rbf", 2); }

TEST_CASE("The RBF kernel's defaults are unit variance and unit length-scale", "[core]") {
  Matrix x(1, 2), z(2, 2);
  x << 0, 1;
  z << 1, 1, 0, 3;
  const Matrix k = rbf()->cross(x, z);
  CHECK(k(0, 0) == test::close(std::exp(-0.5), 1e-15));
  CHECK(k(0, 1) == test::close(std::exp(-2.0), 1e-15));
}

TEST_CASE("The RBF kernel depends on differences in units of the length-scale", "[core]") {
  const Matrix x = test::normals(5, 2), z = test::normals(3, 2, 2);
  const Matrix k = rbf({{"length_scale", 0.8}, {"variance", 2}})->cross(x, z);
  CHECK(difference(rbf({{"length_scale", {0.8, 0.8}}, {"variance", 2}})->cross(x, z), k) < 1e-14);
  CHECK(difference(rbf({{"variance", 2}})->cross(x / 0.8, z / 0.8), k) < 1e-13);
  CHECK(difference(rbf({{"length_scale", 0.8}, {"variance", 2}})->cross(x.array() + 3, z.array() + 3), k) < 1e-12);
}

TEST_CASE("Wrong RBF parameters are refused", "[core]") {
  CHECK(missing(error_of([] { rbf({{"variance", 0}}); }),
                {"config: test.parameters.variance: must be above 0, got 0"}) == "");
  CHECK(missing(error_of([] { rbf({{"length_scale", {1, -1}}}); }),
                {"test.parameters.length_scale: must be above 0"}) == "");
  CHECK(missing(error_of([] { rbf({{"lengthscale", 1}}); }), {"did you mean 'length_scale'?"}) == "");
  const Matrix x = Matrix::Ones(2, 3);
  CHECK(missing(error_of([&] { rbf({{"length_scale", {1, 2}}})->cross(x, x); }),
                {"shape: ", "must have 1 or 3 entries, one for each input, got 2"}) == "");
}

}  // namespace
}  // namespace predcorr
