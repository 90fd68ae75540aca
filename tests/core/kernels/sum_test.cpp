// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "core/base/stream.hpp"
#include "core/kernels/composite.hpp"
#include "tests/core/kernels/kernel_cases.hpp"

namespace predcorr {
namespace {

using test::close;
using test::difference;
using test::error_of;
using test::missing;

Matrix points(Index n) { return Stream(8).normals(3 * n).reshaped(n, 3); }

TEST_CASE("Sums and their gradients match scikit-learn", "[core]") { test::check_cases("sum", 3); }

TEST_CASE("The terms of a sum share the variance", "[core]") {
  const Matrix x = points(10);
  const KernelPtr three = read_kernel(Json::parse(R"({"sum": ["rbf", "matern", "white"]})"))->started(x, 1.8);
  CHECK(difference(three->diagonal(x), Vector::Constant(10, 1.2)) < 1e-14);
  CHECK(difference(three->white_noise(x), Vector::Constant(10, 0.6)) < 1e-14);
  const KernelPtr nested = read_kernel(Json::parse(R"({"sum": ["rbf", {"sum": ["matern", "white"]}]})"))->started(x, 2);
  CHECK(nested->diagonal(x)(3) == close(1.5));
  CHECK(nested->white_noise(x)(3) == close(0.5));
}

TEST_CASE("A term's given variance stays", "[core]") {
  const Matrix x = points(10);
  const KernelPtr kernel = read_kernel(Json::parse(R"({"sum": ["rbf", {"rbf": {"variance": 5}}]})"))->started(x, 2);
  CHECK(kernel->diagonal(x)(0) == close(6));
}

TEST_CASE("The log parameters of a sum are its terms', told apart by their places", "[core]") {
  const KernelPtr kernel = read_kernel(Json::parse(R"({"sum": [3, {"product": ["rbf", 2]}]})"))->started(points(5), 1);
  const auto parameters = kernel->log_parameters();
  REQUIRE(parameters.size() == 6);
  const auto named = [&](std::size_t i, const std::string& first, const std::string& last) {
    const std::string& name = parameters[i].name;
    return name.rfind(first, 0) == 0 && name.size() > last.size() && name.substr(name.size() - last.size()) == last;
  };
  CHECK(named(0, "1.", "variance"));
  CHECK(named(1, "2.", "variance"));
  CHECK(named(2, "2.", "length_scale[1]"));
  CHECK(named(4, "2.", "length_scale[3]"));
  CHECK(named(5, "2.", "variance"));
  CHECK(parameters[1].name != parameters[5].name);

  Vector values = log_values(parameters);
  values(0) = std::log(4);
  values(5) = std::log(7);
  CHECK(kernel->with_log_parameters(values)->diagonal(points(5))(0) == close(4 + 7 * std::exp(values(1))));
}

TEST_CASE("sum_of makes the sum of kernels at hand", "[core]") {
  const Matrix x = points(6);
  const KernelPtr a = read_kernel("rbf"), b = read_kernel("linear");
  const KernelPtr sum = sum_of({a, b});
  CHECK(sum->cross(x, x) == a->cross(x, x) + b->cross(x, x));
  CHECK(sum_of({a})->cross(x, x) == a->cross(x, x));
}

TEST_CASE("Wrong sums are refused", "[core]") {
  const auto refused = [](const char* text) { return error_of([&] { read_kernel(Json::parse(text)); }); };
  CHECK(missing(refused(R"({"sum": []})"), {"config: ", "'sum' needs at least one term"}) == "");
  CHECK(missing(refused(R"("sum")"), {"config: ", "'sum' needs at least one term"}) == "");
  CHECK(missing(refused(R"({"sum": ["rbf", "liner"]})"), {"unknown kernel 'liner'", "did you mean 'linear'?"}) == "");
  CHECK(missing(refused(R"({"sum": ["rbf", {"rbf": {"variance": -1}}]})"), {"variance: must be above 0, got -1"}) ==
        "");
  CHECK(missing(refused(R"({"sum": {"terms": ["rbf"]}})"), {"unknown parameter 'terms'"}) == "");
}

}  // namespace
}  // namespace predcorr
