// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "models/bnn/images/image_layer.hpp"

namespace predcorr::models {

struct ConvolutionOptions {
  Index channels = 16;  ///< of the output
  Window window;
  Index groups = 1;  ///< each group of outputs sees its own group of inputs; as many as channels: depthwise
  bool bias = true;
  bool scaled = false;                                ///< pre-activations divided by sqrt(fan-in + 1)
  std::shared_ptr<const Int8Options> int8 = nullptr;  ///< training in 8 bits; null: in float
  ThinFactor factor = ThinFactor::whole;
  float scale = 0;  ///< of pre-activations, that from before channels went; 0: by what `scaled` says
};

/// A convolution, or correlation as others count it: output (o, y, x) = scale * (b_o + sum over c, i, j of
/// w_o(c, i, j) input(c, y * stride + i - padding, x * stride + j - padding)). Parameters: weights, output channels x
/// (window height * width * input channels of a group), column-major, columns by window row, window column, channel;
/// then the biases. With as many groups as channels each channel is filtered by itself. Other groups are multiplied as
/// one group with zeros between them, which costs `groups` times what is needed. Initial weights: normal, variance 2 /
/// fan-in (He et al. 2015); biases zero. Cost: forward 2 * weights * output pixels operations an image, backward twice
/// that.
/// @throws Error (config) where channels are no multiple of the groups, or the window does not fit
std::unique_ptr<ImageLayer> convolution(const ImageShape& input, const ConvolutionOptions& options);

}  // namespace predcorr::models
