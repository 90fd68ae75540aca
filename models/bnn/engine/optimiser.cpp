// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/engine/optimiser.hpp"

#include <cmath>
#include <numbers>

namespace predcorr::models {

void Adam::step(const VectorF& gradient, double learning_rate, VectorF& parameters, const VectorF& factors) {
  constexpr float kDecay1 = 0.9f, kDecay2 = 0.999f, kEpsilon = 1e-8f;
  ++steps_;
  // Both bias corrections folded into the rate.
  const double correction = std::sqrt(1 - std::pow(kDecay2, steps_)) / (1 - std::pow(kDecay1, steps_));
  const auto rate = static_cast<float>(learning_rate * correction);
  first_.array() += (1 - kDecay1) * (gradient.array() - first_.array());
  second_.array() += (1 - kDecay2) * (gradient.array().square() - second_.array());
  if (factors.size() == 0) {
    parameters.array() -= rate * first_.array() / (second_.array().sqrt() + kEpsilon);
    return;
  }
  VectorF step = rate * first_.array() / (second_.array().sqrt() + kEpsilon);
  step.head(factors.size()).array() *= factors.array();
  parameters -= step;
}

void Momentum::step(const VectorF& gradient, double learning_rate, VectorF& parameters, const VectorF& factors) {
  velocity_ = momentum_ * velocity_ + gradient;
  if (factors.size() == 0) {
    parameters -= static_cast<float>(learning_rate) * velocity_;
    return;
  }
  VectorF step = static_cast<float>(learning_rate) * velocity_;
  step.head(factors.size()).array() *= factors.array();
  parameters -= step;
}

EnumWords<OptimiserKind> words_of(OptimiserKind) {
  return {{"adam", OptimiserKind::adam}, {"sgd", OptimiserKind::sgd}};
}

EnumWords<Schedule> words_of(Schedule) {
  return {{"constant", Schedule::constant}, {"cosine", Schedule::cosine}, {"step", Schedule::step}};
}

double schedule_at(Schedule schedule, double progress) {
  switch (schedule) {
    case Schedule::constant: break;
    case Schedule::cosine: return 0.5 * (1 + std::cos(std::numbers::pi * progress));
    case Schedule::step: return progress < 0.5 ? 1.0 : 0.1;
  }
  return 1;
}

}  // namespace predcorr::models
