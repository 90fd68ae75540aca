// SPDX-License-Identifier: Apache-2.0
// Kernels as suites write them.
#include <cmath>

#include "tests/core/kernels/every_kernel.hpp"
#include "tests/core/kernels/kernel_cases.hpp"

namespace predcorr {
namespace {

using test::error_of;
using test::every_kernel;
using test::kernel_points;
using test::missing;
using Type = JsonType<Configured<Kernel>>;

Json parsed(const char* text) { return Json::parse(text); }
std::string refused(const char* text) {
  return error_of([&] { read_kernel(parsed(text)); });
}

TEST_CASE("A kernel is written in any of several ways", "[core]") {
  const Matrix x = kernel_points(5);
  const Matrix rbf = read_kernel("rbf")->cross(x, x);
  for (const char* text : {R"({"rbf": {}})", R"({"rbf": null})", R"({"kernel": "rbf"})",
                           R"({"kernel": "rbf", "parameters": {}})", R"({"rbf": {"variance": 1, "length_scale": 1}})",
                           R"({"sum": ["rbf"]})", R"({"sum": {"of": ["rbf"]}})", R"({"sum": {"of": "rbf"}})",
                           R"({"product": ["rbf", 1]})", R"({"product": [{"kernel": "rbf"}, {"constant": {}}]})"}) {
    INFO(text);
    CHECK(read_kernel(parsed(text))->cross(x, x) == rbf);
  }
  const Matrix wider = read_kernel(parsed(R"({"rbf": {"length_scale": 2}})"))->cross(x, x);
  CHECK(wider != rbf);
  CHECK(read_kernel(parsed(R"({"kernel": "rbf", "parameters": {"length_scale": 2}})"))->cross(x, x) == wider);
  CHECK(read_kernel(parsed(R"({"sum": ["rbf", 0.5]})"))->cross(x, x) == Matrix(rbf.array() + 0.5));
}

TEST_CASE("What is written reads back as the same kernel", "[core]") {
  const Matrix x = kernel_points(12);
  for (const Json& text : every_kernel()) {
    INFO(text.dump());
    const Configured<Kernel> configured = Type::read(text);
    const Json written = Type::write(configured);
    INFO(written.dump());
    const Configured<Kernel> again = Type::read(written);
    CHECK(again.name == configured.name);
    CHECK(again.parameters == configured.parameters);
    CHECK(Type::write(again) == written);
    CHECK(again.object->started(x, 1.7)->cross(x, x) == configured.object->started(x, 1.7)->cross(x, x));
    const auto before = configured.object->started(x, 1.7)->log_parameters();
    const auto after = again.object->started(x, 1.7)->log_parameters();
    REQUIRE(after.size() == before.size());
    for (std::size_t t = 0; t < after.size(); ++t) {
      CHECK(after[t].name == before[t].name);
      CHECK(after[t].low == before[t].low);
    }
  }
}

TEST_CASE("Kernels are written in their short form", "[core]") {
  CHECK(Type::write(Type::read("rbf")) == parsed(R"({"rbf": {"variance": "from data", "length_scale": "from data"}})"));
  CHECK(Type::write(Type::read(2)) == parsed(R"({"constant": {"variance": 2.0}})"));
  CHECK(Type::write(Type::read(parsed(R"({"kernel": "sum", "parameters": {"of": [2, "white"]}})"))) ==
        parsed(R"({"sum": [{"constant": {"variance": 2.0}}, {"white": {"variance": "from data"}}]})"));
  CHECK(Type::write(Configured<Kernel>{}) == Json());
}

TEST_CASE("Ranges, priors and what is fixed survive the suite", "[core]") {
  const Json text = parsed(R"({"rbf": {"variance": {"start": 2, "learn": false},
                                       "length_scale": {"start": "from data", "range": [0.1, 50], "prior": [1, 0.5],
                                                        "learn": true}}})");
  CHECK(Type::write(Type::read(text)) == text);
  const auto parameters = read_kernel(text)->started(kernel_points(20), 1)->log_parameters();
  REQUIRE(parameters.size() == 3);
  for (const LogParameter& p : parameters) {
    CHECK(p.low == test::close(std::log(0.1)));
    CHECK(p.high == test::close(std::log(50)));
    CHECK(p.prior_mean == 0.0);
    CHECK(p.prior_stddev == 0.5);
  }
}

TEST_CASE("An unknown kernel is refused with the nearest name", "[core]") {
  CHECK(missing(error_of([] {
                  Registry<Kernel>::instance().make({.name = "relu_network"}, "datasets[1].parameters.kernel");
                }),
                {"config: datasets[1].parameters.kernel", "unknown kernel 'relu_network'",
                 "did you mean 'relu-network'?"}) == "");
  CHECK(missing(refused(R"("rfb")"), {"config: ", "unknown kernel 'rfb'", "rbf"}) == "");
  CHECK(missing(refused(R"({"maten": {}})"), {"config: ", "unknown kernel 'maten'", "did you mean 'matern'?"}) == "");
  CHECK(missing(refused(R"({"products": ["rbf"]})"), {"unknown kernel 'products'", "did you mean 'product'?"}) == "");
  CHECK(missing(refused(R"({"sum": ["rbf", {"product": ["rbf", "spectral-mix"]}]})"),
                {"unknown kernel 'spectral-mix'", "did you mean 'spectral-mixture'?"}) == "");
}

TEST_CASE("What is no kernel is refused", "[core]") {
  CHECK(missing(refused("{}"), {"config: ", "'kernel' is missing"}) == "");
  CHECK(missing(refused("true"), {"config: ", "a kernel's name", "got true"}) == "");
  CHECK(missing(refused("null"), {"config: ", "a kernel's name", "got null"}) == "");
  CHECK(missing(refused(R"(["rbf"])"), {"config: ", "a kernel's name"}) == "");
  CHECK(missing(refused(R"({"rbf": {}, "matern": {}})"), {"config: ", "unknown key"}) == "");
  CHECK(missing(refused(R"({"rbf": 2})"), {"config: ", "rbf", "must be an object", "got 2"}) == "");
  CHECK(missing(refused(R"({"rbf": [1]})"), {"config: ", "rbf", "unknown parameter 'of'"}) == "");
  CHECK(missing(refused(R"({"sum": "rbf"})"), {"config: ", "sum"}) == "");
}

TEST_CASE("Wrong values inside a kernel are refused with where they stand", "[core]") {
  CHECK(missing(refused(R"({"rbf": {"variance": 0}})"), {"config: rbf", "variance: must be above 0, got 0"}) == "");
  CHECK(missing(refused(R"({"rbf": {"length_scale": [1, 0]}})"), {"length_scale: must be above 0"}) == "");
  CHECK(missing(refused(R"({"rbf": {"variance": {"start": -1}}})"), {"variance: must be above 0"}) == "");
  CHECK(missing(refused(R"({"rbf": {"variance": {"range": [2, 1]}}})"), {"variance", "'range' must run upwards"}) ==
        "");
  CHECK(missing(refused(R"({"rbf": {"variance": {"range": [0, 1]}}})"), {"variance", "'range' must be"}) == "");
  CHECK(missing(refused(R"({"rbf": {"variance": {"rnage": [1, 2]}}})"), {"variance", "did you mean 'range'?"}) == "");
  CHECK(missing(refused(R"({"rbf": {"variance": "from dta"}})"), {"variance", "got \"from dta\""}) == "");
  CHECK(missing(refused(R"({"matern": {"smoothness": "7/2"}})"), {"smoothness: must be one of 1/2, 3/2, 5/2"}) == "");
  CHECK(missing(refused(R"({"sum": ["rbf", {"matern": {"smoothness": "7/2"}}]})"),
                {"config: sum", "matern", "smoothness: must be one of"}) == "");
  // A start outside its range shows when the parameters are asked for, which a sum does at once.
  const char* outside = R"({"rbf": {"variance": {"start": 10, "range": [0.1, 5]}}})";
  CHECK(missing(error_of([&] { read_kernel(parsed(outside))->log_parameters(); }),
                {"config: ", "'variance'", "start 10 is outside the range 0.1 to 5"}) == "");
}

TEST_CASE("Length-scales that do not fit the inputs are refused", "[core]") {
  const Matrix x = kernel_points(4);
  for (const char* name : {"rbf", "matern", "rational-quadratic"}) {
    INFO(name);
    const KernelPtr kernel = read_kernel({{name, {{"length_scale", {1, 2}}}}});
    CHECK(missing(error_of([&] { kernel->cross(x, x); }),
                  {"shape: ", "length_scale must have 1 or 3 entries", "got 2"}) == "");
    Vector gradient = Vector::Zero(std::ssize(kernel->log_parameters()));
    CHECK(missing(error_of([&] { kernel->add_cross_gradient(x, x, Matrix::Ones(4, 4), gradient, nullptr); }),
                  {"shape: ", "1 or 3 entries"}) == "");
  }
}

}  // namespace
}  // namespace predcorr
