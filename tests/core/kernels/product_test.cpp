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

Matrix points(Index n) { return Stream(9).normals(3 * n).reshaped(n, 3); }
KernelPtr kernel(const char* text) { return read_kernel(Json::parse(text)); }

/// Names without the places in front.
std::vector<std::string> learned(const Kernel& k) {
  std::vector<std::string> names;
  for (const LogParameter& p : k.log_parameters()) names.push_back(p.name.substr(p.name.rfind('.') + 1));
  return names;
}

TEST_CASE("Products and their gradients match scikit-learn and NumPy", "[core]") { test::check_cases("product", 4); }

TEST_CASE("A product is the entrywise product of its factors", "[core]") {
  const Matrix x = points(6), z = points(4);
  const Matrix expected = read_kernel("rbf")->cross(x, z).cwiseProduct(read_kernel("linear")->cross(x, z)) * 2.5;
  CHECK(difference(kernel(R"({"product": ["rbf", "linear", 2.5]})")->cross(x, z), expected) < 1e-14);
}

TEST_CASE("Of open variances in a product only the first is learned", "[core]") {
  const Matrix x = points(10).leftCols(1);
  const KernelPtr product = kernel(R"({"product": ["rbf", "periodic", "matern"]})")->started(x, 1.7);
  CHECK(product->diagonal(x)(0) == close(1.7));
  CHECK(learned(*product) ==
        std::vector<std::string>{"variance", "length_scale", "length_scale", "period", "length_scale"});
  // Given ones are learned all the same.
  const KernelPtr given = kernel(R"({"product": ["rbf", {"matern": {"variance": 3}}]})")->started(x, 1.7);
  CHECK(given->diagonal(x)(0) == close(5.1));
  CHECK(learned(*given) == std::vector<std::string>{"variance", "length_scale", "variance", "length_scale"});
}

TEST_CASE("A sum as a later factor has unit terms", "[core]") {
  const Matrix x = points(10);
  const KernelPtr product = kernel(R"({"product": [2, {"sum": ["rbf", "constant"]}]})")->started(x, 1.7);
  CHECK(product->diagonal(x)(0) == close(4));
  CHECK(product->log_parameters().size() == 4);  // the 2 and three length-scales
}

TEST_CASE("White parts of factors become noise of the product", "[core]") {
  const Matrix x = points(8);
  // (k_1 + w_1)(k_2 + w_2) on the diagonal, k_1 k_2 off it.
  const KernelPtr product = kernel(R"({"product": [{"sum": [{"rbf": {"variance": 2}}, {"white": {"variance": 0.3}}]},
                                                   {"sum": [{"constant": {"variance": 0.5}},
                                                            {"white": {"variance": 0.1}}]}]})");
  CHECK(difference(product->diagonal(x), Vector::Constant(8, 1)) < 1e-14);
  CHECK(difference(product->white_noise(x), Vector::Constant(8, 2.3 * 0.6 - 1)) < 1e-14);
  CHECK(difference(product->cross(x, x).diagonal(), Vector::Constant(8, 1)) < 1e-14);
}

TEST_CASE("Wrong products are refused", "[core]") {
  const auto refused = [](const char* text) { return error_of([&] { kernel(text); }); };
  CHECK(missing(refused(R"({"product": []})"), {"config: ", "'product' needs at least one factor"}) == "");
  CHECK(missing(refused(R"({"product": ["rbf", 0]})"), {"config: ", "variance: must be above 0, got 0"}) == "");
  CHECK(missing(refused(R"({"product": ["rbf", "perodic"]})"), {"did you mean 'periodic'?"}) == "");
}

}  // namespace
}  // namespace predcorr
