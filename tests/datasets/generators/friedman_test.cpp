// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "datasets/dataset_source.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

using test::close;
using test::error_of;
using test::missing;

std::string name_of(int which) { return fmt::format("friedman-{}", which); }

Dataset load(int which, const Json& parameters, std::uint64_t seed = 1) {
  const Spec spec{.name = name_of(which), .parameters = parameters};
  return Registry<DatasetSource>::instance()
      .make(spec, "datasets[0]")
      .object->load({.protocol = {}, .seed = seed, .folders = {}});
}

/// Friedman 1991, point by point.
double formula(int which, const Vector& x) {
  const double pi = std::acos(-1.0);
  if (which == 1) return 10 * std::sin(pi * x(0) * x(1)) + 20 * std::pow(x(2) - 0.5, 2) + 10 * x(3) + 5 * x(4);
  const double reactance = x(1) * x(2) - 1 / (x(1) * x(3));
  return which == 2 ? std::hypot(x(0), reactance) : std::atan(reactance / x(0));
}

TEST_CASE("The formulas of this test match scikit-learn", "[datasets]") {
  const Json references = test::reference("core_reference.json").at("friedman");
  for (int which = 1; which <= 3; ++which) {
    const Json& r = references.at(static_cast<std::size_t>(which - 1));
    const Matrix x = test::matrix(r.at("x"));
    for (Index i = 0; i < x.rows(); ++i)
      CHECK(formula(which, x.row(i)) == close(r.at("f").at(static_cast<std::size_t>(i)), 1e-12));
  }
}

TEST_CASE("Targets without noise are the formula of the inputs", "[datasets]") {
  for (int which = 1; which <= 3; ++which) {
    INFO(name_of(which));
    const Dataset data = load(which, {{"noise_stddev", 0}, {"rows", 60}});
    CHECK(data.name == name_of(which));
    CHECK(data.rows() == 60);
    CHECK(data.inputs.cols() == (which == 1 ? 10 : 4));
    for (Index i = 0; i < 60; ++i) CHECK(data.targets(i) == close(formula(which, data.inputs.row(i)), 1e-12));
  }
}

TEST_CASE("Inputs fill their ranges and no more", "[datasets]") {
  const double pi = std::acos(-1.0);
  const auto check = [](const Vector& x, double low, double high) {
    const double width = high - low, tenth = 0.1 * width;
    CHECK(x.minCoeff() >= low);
    CHECK(x.maxCoeff() <= high);
    CHECK(x.minCoeff() < low + tenth);
    CHECK(x.maxCoeff() > high - tenth);
    // Uniform: mean within 4.5 standard errors of the middle.
    CHECK(std::abs(x.mean() - low - width / 2) < 4.5 * width / std::sqrt(12.0 * static_cast<double>(x.size())));
  };
  const Dataset one = load(1, {{"rows", 2000}});
  for (const auto column : one.inputs.colwise()) check(column, 0, 1);
  for (int which = 2; which <= 3; ++which) {
    const Dataset data = load(which, {{"rows", 2000}});
    check(data.inputs.col(0), 0, 100);
    check(data.inputs.col(1), 40 * pi, 560 * pi);
    check(data.inputs.col(2), 0, 1);
    check(data.inputs.col(3), 1, 11);
  }
}

TEST_CASE("The noise has the spread asked for, or Friedman's own", "[datasets]") {
  constexpr Index n = 4000;
  for (int which = 1; which <= 3; ++which)
    for (const bool own : {true, false}) {
      INFO(name_of(which));
      const double stddev = own ? (which == 1 ? 1.0 : which == 2 ? 125.0 : 0.1) : 0.3;
      Json parameters = {{"rows", n}};
      if (!own) parameters["noise_stddev"] = stddev;
      const Dataset data = load(which, parameters);
      Vector noise = data.targets;
      for (Index i = 0; i < n; ++i) noise(i) -= formula(which, data.inputs.row(i));
      CHECK(std::abs(noise.mean()) < 4.5 * stddev / std::sqrt(n));
      CHECK(std::abs(noise.array().square().mean() / (stddev * stddev) - 1) < 4.5 * std::sqrt(2.0 / n));
    }
}

TEST_CASE("A seed decides the data, and the noise level does not move the inputs", "[datasets]") {
  for (int which = 1; which <= 3; ++which) {
    const Dataset a = load(which, {{"rows", 20}}), b = load(which, {{"rows", 20}}), c = load(which, {{"rows", 20}}, 2);
    CHECK(a.inputs == b.inputs);
    CHECK(a.targets == b.targets);
    CHECK(a.inputs != c.inputs);
    CHECK(load(which, {{"rows", 20}, {"noise_stddev", 0}}).inputs == a.inputs);
  }
  CHECK(load(2, {{"rows", 20}}).inputs.col(2) != load(3, {{"rows", 20}}).inputs.col(2));
  CHECK(load(1, Json::object()).rows() == 500);
}

TEST_CASE("Wrong Friedman parameters are refused", "[datasets]") {
  CHECK(missing(error_of([] { load(1, {{"rows", 9}}); }),
                {"config: datasets[0].parameters.rows: must be from 10 to", "got 9"}) == "");
  CHECK(missing(error_of([] { load(2, {{"noise_stddev", -0.1}}); }), {"noise_stddev: must be at least 0, got -0.1"}) ==
        "");
  CHECK(missing(error_of([] { load(3, {{"noise", 1}}); }), {"unknown parameter 'noise'", "noise_stddev"}) == "");
}

}  // namespace
}  // namespace predcorr
