// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/bnn/int8/int8_options.hpp"
#include "models/bnn/int8/sharpness.hpp"

namespace predcorr::models {

/// Which draws a layer's rounding takes: the training's stream, the step, and the layer.
struct RoundingPlace {
  std::uint64_t stream = 0, step = 0, tensor = 0;
};

/// What training in 8 bits did to a layer's gradient when its clipping value was last chosen, and what it saw.
struct Int8Report {
  double deviation = 0;    ///< 1 - cos(gradient, quantised gradient)
  double clip = 0;         ///< where gradients are clipped
  double rate_factor = 1;  ///< of the layer's learning rate
  double clipped = 0;      ///< share of entries beyond the clipping value
  Sharpness gradient, weights, inputs;
};

/// One layer's side of training in 8 bits (Zhu et al. 2020): its inputs and weights rounded to the nearest by their
/// largest magnitudes, its gradient at random, with a clipping value that is chosen anew every `period` steps.
class Int8State {
 public:
  /// Before the tensors of a step.  @param layer what errors call it
  void begin(const Int8Options& options, const RoundingPlace& place, const std::string& layer);

  /// @throws Error (numerical) with layer and step where an entry is not finite
  void take_inputs(const float* x, Index n);
  void take_weights(const float* w, Index n);
  void take_gradient(const float* g, Index n);

  const std::vector<std::int8_t>& inputs() const { return inputs_; }
  const std::vector<std::int8_t>& weights() const { return weights_; }
  const std::vector<std::int8_t>& gradient() const { return gradient_; }
  /// What one unit of the integers stands for.
  float input_step() const { return input_step_; }
  float weight_step() const { return weight_step_; }
  float gradient_step() const { return gradient_step_; }

  const Int8Report& report() const { return report_; }

 private:
  /// By the largest magnitude.  @return the step
  float nearest(const float* x, Index n, std::vector<std::int8_t>& q, Sharpness& sharpness) const;
  template <class Body>
  void named(const char* tensor, const Body& body) const;

  Int8Options options_;
  RoundingPlace place_;
  std::string layer_;
  std::vector<std::int8_t> inputs_, weights_, gradient_;
  float input_step_ = 0, weight_step_ = 0, gradient_step_ = 0, clip_ = 0;
  bool has_clip_ = false, chooses_ = false;  // whether this step chooses the clipping value
  Int8Report report_;
};

}  // namespace predcorr::models
