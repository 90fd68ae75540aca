// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/images/filter_bank.hpp"

#include <fmt/format.h>

#include <cmath>

#include "core/base/error.hpp"
#include "models/bnn/images/channel_groups.hpp"

namespace predcorr::models {

FilterBank::FilterBank(Index input_channels, const ConvolutionOptions& options)
    : options_(options), input_channels_(input_channels) {
  require(input_channels % options.groups == 0 && options.channels % options.groups == 0, ErrorKind::config,
          "convolution: {} groups divide neither {} input channels nor {} output channels without rest", options.groups,
          input_channels, options.channels);
  group_inputs_ = input_channels / options.groups;
  group_outputs_ = options.channels / options.groups;
  scale_ = options.scaled ? 1 / std::sqrt(static_cast<float>(fan_in() + 1)) : 1.0f;
  if (options.scale > 0) scale_ = options.scale;
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

// Channels of other groups than one or all go through as they are.
std::size_t ConvolutionLayer::trace(std::size_t group, const char* left, ChannelGroups& groups) const {
  Eigen::Array<char, Eigen::Dynamic, Eigen::Dynamic> seen(output_.channels, input_.channels);
  seen.setZero();
  bank_.for_each_weight([&](Index o, Index, Index c, Index at) { seen(o, c) |= left[at]; });
  std::size_t to = group;
  if (!is_depthwise()) {
    to = groups.add(describe(), output_.channels, options_.groups > 1);
    if (options_.groups > 1) groups.at(group).fixed = true;
  }
  groups.link(describe(), group, to, std::move(seen));
  groups.place(this, group, to);
  return to;
}

NarrowedLayer ConvolutionLayer::narrowed(const ImageShape& input, const ChannelGroups& groups) const {
  const Rows before = groups.before(this), behind = groups.behind(this);
  ConvolutionOptions options = options_;
  options.channels = std::ssize(behind);
  options.scale = bank_.scale();
  if (is_depthwise()) options.groups = options.channels;
  NarrowedLayer result{convolution(input, options)};
  const Index group_inputs = fan_in_channels();
  Rows columns = before;
  if (options_.groups > 1) columns = consecutive_rows(0, group_inputs);
  for (Index tap = 0; tap < taps(); ++tap)
    for (const Index c : columns)
      for (const Index o : behind) result.parameters.push_back((tap * group_inputs + c) * output_.channels + o);
  if (options_.bias)
    for (const Index o : behind) result.parameters.push_back(bank_.bias(o));
  return result;
}

// Weights and inputs are multiplied, so a derivative is the same product twice, one factor being its direction.

void ConvolutionLayer::forward_tangent(const float* parameters, const float* direction, const ConstImageValues& x,
                                       const ConstImageValues* x_tangent, const ConstImageValues& y, Work& work,
                                       Work& along, ImageValues& y_tangent) const {
  forward(direction, nullptr, Pass::evaluation, x, along, y_tangent);
  if (x_tangent == nullptr) return;
  VectorF weights = Eigen::Map<const VectorF>(parameters, parameters_);
  weights.tail(parameters_ - bank_.weight_count()).setZero();  // biases do not multiply
  MatrixF other(y.rows(), y.cols());
  ImageValues by_x(other.data(), y.rows(), y.cols());
  forward(weights.data(), nullptr, Pass::evaluation, *x_tangent, work, by_x);
  y_tangent += by_x;
}

void ConvolutionLayer::backward_tangent(const float* parameters, const float* direction, const ConstImageValues& x,
                                        const ConstImageValues* x_tangent, const ConstImageValues& y,
                                        const ConstImageValues& by_output, const ConstImageValues& by_output_tangent,
                                        Work& work, Work& along, ImageValues* by_input_tangent,
                                        float* gradient_tangent) const {
  backward(parameters, x, y, by_output_tangent, work, by_input_tangent, {gradient_tangent});
  if (x_tangent == nullptr && by_input_tangent == nullptr) return;
  const MatrixF none = x_tangent == nullptr ? MatrixF::Zero(x.rows(), x.cols()) : MatrixF();
  const ConstImageValues moved(x_tangent == nullptr ? none.data() : x_tangent->data(), x.rows(), x.cols());
  MatrixF other(by_input_tangent == nullptr ? 0 : x.rows(), x.cols());
  ImageValues by_weights(other.data(), other.rows(), other.cols());
  VectorF gradient(parameters_);
  backward(direction, moved, y, by_output, along, by_input_tangent == nullptr ? nullptr : &by_weights,
           {gradient.data()});
  if (by_input_tangent != nullptr) *by_input_tangent += by_weights;
  Eigen::Map<VectorF>(gradient_tangent, bank_.weight_count()) += gradient.head(bank_.weight_count());
}

}  // namespace predcorr::models
