// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/engine/optimiser.hpp"

#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

TEST_CASE("Adam's first three steps as NumPy takes them", "[models]") {
  const Json expected = test::reference("model_reference.json").at("adam");
  VectorF parameters = test::vector(expected.at("start")).cast<float>();
  Adam adam(parameters.size());
  const double rate = expected.at("learning_rate").get<double>();
  const Matrix gradients = test::matrix(expected.at("gradients"));
  const Matrix printed = test::matrix(expected.at("printed")), reordered = test::matrix(expected.at("reordered"));
  for (Index step = 0; step < 3; ++step) {
    adam.step(gradients.row(step).transpose().cast<float>(), rate, parameters);
    // Floats: bias corrections near 0.001 carry a relative rounding of 1e-5, steps are as long as the rate, 0.05. The
    // two forms differ by what epsilon is beside the root of the second moment: at most 4e-4 of a step here.
    for (Index j = 0; j < parameters.size(); ++j) {
      CHECK(parameters(j) == Approx(reordered(step, j)).epsilon(0).margin(2e-6));
      CHECK(parameters(j) == Approx(printed(step, j)).epsilon(0).margin(3e-5));
    }
  }
}

TEST_CASE("Momentum adds up what came before", "[models]") {
  Momentum momentum(1, 0.5);
  VectorF p = VectorF::Constant(1, 10);
  momentum.step(VectorF::Constant(1, 1), 0.1, p);  // velocity 1
  CHECK(p(0) == Approx(9.9));
  momentum.step(VectorF::Constant(1, 1), 0.1, p);  // 1.5
  CHECK(p(0) == Approx(9.75));
  momentum.step(VectorF::Constant(1, 0), 0.2, p);  // 0.75
  CHECK(p(0) == Approx(9.6));
}

TEST_CASE("Both optimisers find the bottom of a bowl", "[models]") {
  const VectorF bottom{{1, -2, 0.5f}};
  Adam adam(3);
  Momentum momentum(3, 0.9);
  for (Optimiser* optimiser : {static_cast<Optimiser*>(&adam), static_cast<Optimiser*>(&momentum)}) {
    VectorF p = VectorF::Zero(3);
    for (int i = 0; i < 2000; ++i) optimiser->step(p - bottom, 0.01, p);
    CHECK((p - bottom).norm() < 1e-3f);
  }
}

TEST_CASE("Learning-rate schedules", "[models]") {
  CHECK(schedule_at(Schedule::constant, 0.9) == 1);
  CHECK(schedule_at(Schedule::cosine, 0) == 1);
  CHECK(schedule_at(Schedule::cosine, 0.5) == Approx(0.5));
  CHECK(schedule_at(Schedule::cosine, 1) == Approx(0).margin(1e-15));
  CHECK(schedule_at(Schedule::step, 0.49) == 1);
  CHECK(schedule_at(Schedule::step, 0.5) == 0.1);
}

TEST_CASE("optimiser: factors scale the first parameters' steps and nothing else", "[models]") {
  VectorF factors(2);
  factors << 0.5f, 0.0f;
  const auto check = [&](Optimiser& plain, Optimiser& scaled) {
    VectorF a = VectorF::Constant(3, 1), b = a;
    for (int i = 1; i <= 5; ++i) {
      const VectorF gradient = VectorF::LinSpaced(3, 1, 3) * static_cast<float>(i % 3 - 1.5), before = a, other = b;
      plain.step(gradient, 0.1, a);
      scaled.step(gradient, 0.1, b, factors);
      CHECK(b(0) - other(0) == Approx(0.5 * (a(0) - before(0))).margin(1e-6));
      CHECK(b(1) == 1);
      CHECK(b(2) == Approx(a(2)).epsilon(1e-6));
    }
  };
  Adam adam(3), other_adam(3);
  check(adam, other_adam);
  Momentum momentum(3, 0.9), other_momentum(3, 0.9);
  check(momentum, other_momentum);
}

}  // namespace
}  // namespace predcorr::models
