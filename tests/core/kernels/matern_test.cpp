// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "core/base/stream.hpp"
#include "core/kernels/kernel.hpp"
#include "tests/core/kernels/kernel_cases.hpp"

namespace predcorr {
namespace {

using test::difference;
using test::error_of;
using test::missing;

std::shared_ptr<const Kernel> matern(const Json& parameters = Json::object()) {
  return Registry<Kernel>::instance().make({.name = "matern", .parameters = parameters}, "test").object;
}

TEST_CASE("The Matern kernels match scikit-learn with a length-scale for each input", "[core]") {
  const Json r = test::reference("core_reference.json").at("kernels");
  const Matrix x = test::matrix(r.at("x")), z = test::matrix(r.at("z"));
  for (const char* smoothness : {"1/2", "3/2", "5/2"}) {
    INFO(smoothness);
    const auto kernel =
        matern({{"smoothness", smoothness}, {"variance", r.at("variance")}, {"length_scale", r.at("length_scale")}});
    CHECK(difference(kernel->cross(x, z), test::matrix(r.at(std::string("matern ") + smoothness))) < 1e-13);
    CHECK(kernel->diagonal(x) == Vector::Constant(4, 1.7));
  }
}

TEST_CASE("The Matern kernels and their gradients match scikit-learn", "[core]") { test::check_cases("matern", 6); }

TEST_CASE("The Matern formulas hold at distance 2", "[core]") {
  Matrix x(1, 1), z(1, 1);
  x << 1;
  z << 3;
  const double a = 2 * std::sqrt(3.0), b = 2 * std::sqrt(5.0);
  CHECK(matern({{"smoothness", "1/2"}})->cross(x, z)(0, 0) == test::close(std::exp(-2.0), 1e-14));
  CHECK(matern({{"smoothness", "3/2"}})->cross(x, z)(0, 0) == test::close((1 + a) * std::exp(-a), 1e-14));
  CHECK(matern({{"smoothness", "5/2"}})->cross(x, z)(0, 0) == test::close((1 + b + 20.0 / 3) * std::exp(-b), 1e-14));
  CHECK(matern()->cross(x, z) == matern({{"smoothness", "5/2"}})->cross(x, z));  // the default
}

TEST_CASE("Points that coincide have the full variance, however rough the function", "[core]") {
  const Matrix x = Stream(2).fork("matern").normals(60).reshaped(20, 3);
  for (const char* smoothness : {"1/2", "3/2", "5/2"}) {
    INFO(smoothness);
    CHECK(difference(matern({{"smoothness", smoothness}})->cross(x, x).diagonal(), Vector::Ones(20)) < 1e-10);
  }
}

TEST_CASE("Wrong Matern parameters are refused", "[core]") {
  CHECK(missing(error_of([] { matern({{"smoothness", "7/2"}}); }),
                {"config: test.parameters.smoothness: must be one of 1/2, 3/2, 5/2, got \"7/2\""}) == "");
  CHECK(missing(error_of([] { matern({{"smoothness", 2.5}}); }),
                {"smoothness: must be one of 1/2, 3/2, 5/2, got 2.5"}) == "");
  CHECK(missing(error_of([] { matern({{"length_scale", 0}}); }), {"length_scale: must be above 0"}) == "");
  const Matrix x = Matrix::Ones(2, 3);
  CHECK(missing(error_of([&] { matern({{"length_scale", {1, 2}}})->cross(x, x); }),
                {"shape: ", "must have 1 or 3 entries, one for each input, got 2"}) == "");
}

}  // namespace
}  // namespace predcorr
