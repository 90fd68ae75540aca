// SPDX-License-Identifier: Apache-2.0
#include "models/gp/maximise.hpp"

#include <cmath>
#include <limits>

#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

LogParameter parameter(double value, double low, double high, double prior_mean = 0, double prior_stddev = 1) {
  return {"p", value, low, high, prior_mean, prior_stddev};
}

/// -(t - centre)' A (t - centre) / 2 + 7 with the optimum at the centre; counts its calls.
struct Quadratic {
  Vector centre;
  Matrix curvature;
  int calls = 0;

  LogObjective objective() {
    return [this](const Vector& at, Vector& gradient) {
      ++calls;
      const Vector off = at - centre;
      gradient = -curvature * off;
      return 7 - 0.5 * off.dot(curvature * off);
    };
  }
};

Quadratic bowl() { return {Vector{{0.5, -1.5}}, Matrix{{2, 0.6}, {0.6, 1}}}; }

/// Two modes of one variable: a low one of height 1 at -3, a high one of height 2 at 3.
double two_modes(const Vector& at, Vector& gradient) {
  const double low = std::exp(-0.5 * std::pow(at(0) + 3, 2)), high = 2 * std::exp(-0.5 * std::pow(at(0) - 3, 2));
  gradient = Vector{{-low * (at(0) + 3) - high * (at(0) - 3)}};
  return low + high;
}

TEST_CASE("maximise: finds the optimum of a quadratic", "[models]") {
  Quadratic quadratic = bowl();
  const Optimum best = maximise(quadratic.objective(), {parameter(4, -9, 9), parameter(4, -9, 9)}, {}, Stream(1));
  CHECK((best.at - quadratic.centre).norm() < 1e-4);
  CHECK(best.value == Approx(7).margin(1e-7));
  CHECK(best.failed_starts == 0);
}

TEST_CASE("maximise: stays within the ranges", "[models]") {
  // With the first coordinate held at 2 the second is best at -1.5 - 0.6 * 1.5.
  Quadratic quadratic = bowl();
  const std::vector<LogParameter> box = {parameter(3, 2, 9), parameter(4, -9, 9)};
  const LogObjective inner = quadratic.objective();
  const LogObjective watched = [&](const Vector& at, Vector& gradient) {
    CHECK(at(0) >= 2);
    CHECK(at(0) <= 9);
    return inner(at, gradient);
  };
  const Optimum best = maximise(watched, box, {}, Stream(1));
  CHECK(best.at(0) == 2);
  CHECK(best.at(1) == Approx(-2.4).margin(1e-4));
}

TEST_CASE("maximise: counts evaluations, and without steps makes one", "[models]") {
  Quadratic quadratic = bowl();
  const std::vector<LogParameter> parameters = {parameter(4, -9, 9), parameter(3, -9, 9)};
  const Optimum best = maximise(quadratic.objective(), parameters, {.restarts = 2}, Stream(1));
  CHECK(best.evaluations == quadratic.calls);
  CHECK(best.evaluations > 3);
  quadratic.calls = 0;
  const Optimum start = maximise(quadratic.objective(), parameters, {.steps = 0, .restarts = 5}, Stream(1));
  CHECK(start.evaluations == 1);
  CHECK(quadratic.calls == 1);
  CHECK(start.at == Vector{{4, 3}});
  Vector gradient;
  CHECK(start.value == quadratic.objective()(start.at, gradient));
}

TEST_CASE("maximise: nothing to learn is one evaluation", "[models]") {
  const Optimum best = maximise([](const Vector&, Vector&) { return 3.0; }, {}, {}, Stream(1));
  CHECK(best.at.size() == 0);
  CHECK(best.value == 3);
  CHECK(best.evaluations == 1);
}

TEST_CASE("maximise: a search of few steps is better than its start", "[models]") {
  Quadratic quadratic = bowl();
  const std::vector<LogParameter> parameters = {parameter(8, -9, 9), parameter(8, -9, 9)};
  const auto value = [&](int steps) {
    return maximise(quadratic.objective(), parameters, {.steps = steps}, Stream(1)).value;
  };
  CHECK(value(1) > value(0));
  CHECK(value(50) > value(1));
}

TEST_CASE("maximise: restarts find the better of two modes", "[models]") {
  const std::vector<LogParameter> parameters = {parameter(-3.5, -6, 6, 0, 3)};
  CHECK(maximise(two_modes, parameters, {}, Stream(1)).value == Approx(1).margin(1e-6));
  const Optimum best = maximise(two_modes, parameters, {.restarts = 8}, Stream(1));
  CHECK(best.value == Approx(2).margin(1e-6));
  CHECK(best.at(0) == Approx(3).margin(1e-3));
  // More searches are never worse, the first of them being the same.
  double before = 0;
  for (int restarts = 0; restarts < 6; ++restarts) {
    const double value = maximise(two_modes, parameters, {.restarts = restarts}, Stream(2)).value;
    CHECK(value >= before);
    before = value;
  }
}

TEST_CASE("maximise: restarts follow the stream", "[models]") {
  const std::vector<LogParameter> parameters = {parameter(-3.5, -6, 6, 0, 3)};
  const auto first_restart = [&](std::uint64_t seed) {
    std::vector<double> seen;
    maximise(
        [&](const Vector& at, Vector& gradient) {
          seen.push_back(at(0));
          gradient = Vector::Zero(1);  // ends each search at its start
          return 0.0;
        },
        parameters, {.restarts = 1}, Stream(seed));
    return seen.back();
  };
  CHECK(first_restart(1) == first_restart(1));
  CHECK(first_restart(1) != first_restart(2));
}

TEST_CASE("maximise: priors pull, and the value is without them", "[models]") {
  // -(t - 1)^2 / 2 plus a prior N(0, 1 / 3): the optimum is at 1 / (1 + 3), the objective there -(3 / 4)^2 / 2.
  const LogObjective objective = [](const Vector& at, Vector& gradient) {
    gradient = Vector::Ones(1) - at;
    return -0.5 * std::pow(at(0) - 1, 2);
  };
  const std::vector<LogParameter> parameters = {parameter(2, -5, 5, 0, std::sqrt(1.0 / 3))};
  const Optimum best = maximise(objective, parameters, {.use_priors = true}, Stream(1));
  CHECK(best.at(0) == Approx(0.25).margin(1e-5));
  CHECK(best.value == Approx(-0.5 * 0.5625).margin(1e-5));
  CHECK(maximise(objective, parameters, {}, Stream(1)).at(0) == Approx(1).margin(1e-4));
  // A flat prior does not pull.
  const std::vector<LogParameter> flat = {parameter(2, -5, 5, 0, kInfinity)};
  CHECK(maximise(objective, flat, {.use_priors = true}, Stream(1)).at(0) == Approx(1).margin(1e-4));
}

TEST_CASE("maximise: an objective that fails at every start is reported", "[models]") {
  int calls = 0;
  const LogObjective hopeless = [&](const Vector&, Vector&) -> double {
    ++calls;
    fail(ErrorKind::numerical, "no value here");
  };
  const std::vector<LogParameter> parameters = {parameter(0, -5, 5)};
  CHECK(test::error_of([&] { maximise(hopeless, parameters, {.restarts = 3}, Stream(1)); }) ==
        "numerical: no value here");
  CHECK(calls == 4);
  CHECK(test::error_of([&] { maximise(hopeless, parameters, {.steps = 0}, Stream(1)); }) == "numerical: no value here");
}

TEST_CASE("maximise: one start that fails is counted, the others go on", "[models]") {
  Quadratic quadratic{Vector{{3}}, Matrix{{1}}};
  const LogObjective inner = quadratic.objective();
  const LogObjective objective = [&](const Vector& at, Vector& gradient) {
    require(at(0) > -4, ErrorKind::numerical, "no value here");
    return inner(at, gradient);
  };
  const Optimum best = maximise(objective, {parameter(-5, -6, 6, 1, 1)}, {.restarts = 2}, Stream(1));
  CHECK(best.failed_starts == 1);
  CHECK(best.at(0) == Approx(3).margin(1e-4));
}

TEST_CASE("maximise: an objective without a number is an error, not an empty answer", "[models]") {
  const double nothing = GENERATE(-kInfinity, std::numeric_limits<double>::quiet_NaN());
  const LogObjective objective = [&](const Vector&, Vector& gradient) {
    gradient = Vector::Zero(1);
    return nothing;
  };
  const std::vector<LogParameter> parameters = {parameter(0, -5, 5)};
  for (const int steps : {0, 20}) {
    CAPTURE(nothing, steps);
    CHECK(test::error_of([&] {
            maximise(objective, parameters, {.steps = steps}, Stream(1));
          }).starts_with("numerical: "));
  }
}

}  // namespace
}  // namespace predcorr::models
