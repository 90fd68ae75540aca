// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/int8/int8_state.hpp"

#include "core/base/error.hpp"

namespace predcorr::models {

template <class Body>
void Int8State::named(const char* tensor, const Body& body) const {
  try {
    body();
  } catch (const Error& e) {
    throw e.in(fmt::format("{} in 8 bits, {}, step {}", tensor, layer_, place_.step + 1));
  }
}

float Int8State::nearest(const float* x, Index n, std::vector<std::int8_t>& q, Sharpness& sharpness) const {
  const float clip = largest_magnitude(x, n);
  q.resize(static_cast<std::size_t>(n));
  quantise_nearest(x, n, clip, q.data());
  if (chooses_) sharpness = sharpness_of(x, n);
  return quantisation_step(clip);
}

void Int8State::begin(const Int8Options& options, const RoundingPlace& place, const std::string& layer) {
  options_ = options;
  place_ = place;
  layer_ = layer;
  chooses_ = !has_clip_ || place.step % static_cast<std::uint64_t>(options.period) == 0;
}

void Int8State::take_inputs(const float* x, Index n) {
  named("inputs", [&] { input_step_ = nearest(x, n, inputs_, report_.inputs); });
}

void Int8State::take_weights(const float* w, Index n) {
  named("weights", [&] { weight_step_ = nearest(w, n, weights_, report_.weights); });
}

void Int8State::take_gradient(const float* g, Index n) {
  named("gradient", [&] {
    if (chooses_) {
      const auto [clip, error] = choose_clip(g, n, {options_.clipping, Rounding::stochastic, options_.percentile});
      clip_ = clip;
      has_clip_ = true;
      report_.deviation = error.deviation;
      report_.clip = clip;
      report_.rate_factor = options_.rate_scaling ? rate_factor(error.deviation, options_.alpha, options_.beta) : 1;
      report_.clipped = error.clipped;
      report_.gradient = sharpness_of(g, n);
    }
    gradient_step_ = quantisation_step(clip_);
    gradient_.resize(static_cast<std::size_t>(n));
    quantise_stochastic(g, n, clip_, rounding_key(place_.stream, place_.step, place_.tensor), 0, gradient_.data());
  });
}

}  // namespace predcorr::models
