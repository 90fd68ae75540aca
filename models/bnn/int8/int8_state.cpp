// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/int8/int8_state.hpp"

#include "core/base/error.hpp"

namespace predcorr::models {
namespace {

/// By the largest magnitude.  @return the step
float nearest(const float* x, Index n, std::vector<std::int8_t>& q) {
  const float clip = largest_magnitude(x, n);
  q.resize(static_cast<std::size_t>(n));
  quantise_nearest(x, n, clip, q.data());
  return quantisation_step(clip);
}

template <class Body>
void in_layer(const std::string& layer, const char* what, const Body& body) {
  try {
    body();
  } catch (const Error& e) {
    throw e.in(fmt::format("{} in 8 bits, {}", what, layer));
  }
}

}  // namespace

void Int8State::take_inputs(const float* x, Index n, const std::string& layer) {
  in_layer(layer, "inputs", [&] { input_step_ = nearest(x, n, inputs_); });
}

void Int8State::take_weights(const float* w, Index n, const std::string& layer) {
  in_layer(layer, "weights", [&] { weight_step_ = nearest(w, n, weights_); });
}

void Int8State::take_gradient(const float* g, Index n, const Int8Options& options, const RoundingPlace& place,
                              const std::string& layer) {
  in_layer(layer, "gradient", [&] {
    if (!has_clip_ || place.step % static_cast<std::uint64_t>(options.period) == 0) {
      const ClippingChoice choice = choose_clip(g, n, {options.clipping, Rounding::stochastic, options.percentile});
      clip_ = choice.clip;
      has_clip_ = true;
      const double factor = options.rate_scaling ? rate_factor(choice.error.deviation, options.alpha, options.beta) : 1;
      report_ = {choice.error.deviation, static_cast<double>(choice.clip), factor, choice.error.clipped};
    }
    gradient_step_ = quantisation_step(clip_);
    gradient_.resize(static_cast<std::size_t>(n));
    quantise_stochastic(g, n, clip_, rounding_key(place.stream, place.step, place.tensor), 0, gradient_.data());
  });
}

}  // namespace predcorr::models
