// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/images/filter_bank.hpp"

#include <fmt/format.h>

#include <cmath>

#include "core/base/error.hpp"

namespace predcorr::models {

FilterBank::FilterBank(Index input_channels, const ConvolutionOptions& options)
    : options_(options), input_channels_(input_channels) {
  require(input_channels % options.groups == 0 && options.channels % options.groups == 0, ErrorKind::config,
          "convolution: {} groups divide neither {} input channels nor {} output channels without rest", options.groups,
          input_channels, options.channels);
  group_inputs_ = input_channels / options.groups;
  group_outputs_ = options.channels / options.groups;
  scale_ = options.scaled ? 1 / std::sqrt(static_cast<float>(fan_in() + 1)) : 1.0f;
}

void FilterBank::initialise(Stream& stream, float* parameters) const {
  const double stddev = options_.scaled ? 1 : std::sqrt(2 / static_cast<double>(fan_in()));
  for (Index i = 0; i < weight_count(); ++i) parameters[i] = static_cast<float>(stddev * stream.normal());
  for (Index i = weight_count(); i < parameter_count(); ++i)
    parameters[i] = options_.scaled ? static_cast<float>(stream.normal()) : 0.0f;
}

std::string FilterBank::describe() const {
  const std::string groups = options_.groups == 1                 ? ""
                             : options_.groups == input_channels_ ? ", depthwise"
                                                                  : fmt::format(", {} groups", options_.groups);
  return fmt::format("convolution {}{}", options_.window.describe(), groups);
}

}  // namespace predcorr::models
