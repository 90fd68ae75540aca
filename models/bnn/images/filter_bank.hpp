// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "models/bnn/images/convolution.hpp"

namespace predcorr::models {

/// A convolution's weights and biases in the flat vector.
class FilterBank {
 public:
  /// @throws Error (config) where channels are no multiple of the groups
  FilterBank(Index input_channels, const ConvolutionOptions& options);

  Index outputs() const { return options_.channels; }
  Index fan_in() const { return options_.window.height * options_.window.width * group_inputs_; }
  Index weight_count() const { return outputs() * fan_in(); }
  Index parameter_count() const { return weight_count() + (options_.bias ? outputs() : 0); }
  Index bias(Index output) const { return weight_count() + output; }
  float scale() const { return scale_; }
  /// @param at where they begin
  WeightBlock block(Index at, const ImageLayer* layer) const {
    return {at,
            outputs(),
            fan_in() + (options_.bias ? 1 : 0),
            options_.bias,
            layer,
            input_channels_,
            group_inputs_,
            scale_,
            options_.factor};
  }

  void initialise(Stream& stream, float* parameters) const;
  std::string describe() const;

  /// Calls body(output channel, tap, input channel, place in the flat vector) for all weights. Taps are the window's
  /// places, row by row.
  template <class Body>
  void for_each_weight(const Body& body) const {
    const Index taps = options_.window.height * options_.window.width;
    for (Index tap = 0; tap < taps; ++tap)
      for (Index c = 0; c < group_inputs_; ++c)
        for (Index o = 0; o < outputs(); ++o)
          body(o, tap, (options_.groups == 1 ? 0 : o / group_outputs_ * group_inputs_) + c,
               (tap * group_inputs_ + c) * outputs() + o);
  }

 private:
  ConvolutionOptions options_;
  Index input_channels_, group_inputs_, group_outputs_;
  float scale_;
};

/// What all convolutions have in common.
class ConvolutionLayer : public ImageLayer {
 public:
  ConvolutionLayer(const ImageShape& input, const ConvolutionOptions& options)
      : ImageLayer(input, options.window.output(input, options.channels, "convolution"), 0, 0),
        options_(options),
        bank_(input.channels, options) {
    parameters_ = bank_.parameter_count();
  }

  const ConvolutionOptions& options() const { return options_; }
  std::string describe() const override { return bank_.describe(); }
  void initialise(Stream& stream, bool, float* parameters, float*) const override {
    bank_.initialise(stream, parameters);
  }
  std::size_t trace(std::size_t group, const char* left, ChannelGroups& groups) const override;
  NarrowedLayer narrowed(const ImageShape& input, const ChannelGroups& groups) const override;
  void forward_tangent(const float* parameters, const float* direction, const ConstImageValues& x,
                       const ConstImageValues* x_tangent, const ConstImageValues& y, Work& work, Work& along,
                       ImageValues& y_tangent) const override;
  void backward_tangent(const float* parameters, const float* direction, const ConstImageValues& x,
                        const ConstImageValues* x_tangent, const ConstImageValues& y, const ConstImageValues& by_output,
                        const ConstImageValues& by_output_tangent, Work& work, Work& along,
                        ImageValues* by_input_tangent, float* gradient_tangent) const override;
  void add_masks(Work&, MatrixF& mask, std::vector<ChannelMask>& masks) const override {
    masks.push_back({&mask, input_.channels});
  }
  void add_weights(Index at, std::vector<WeightBlock>& blocks) const override {
    blocks.push_back(bank_.block(at, this));
  }

 protected:
  Index taps() const { return options_.window.height * options_.window.width; }
  Index fan_in_channels() const { return input_.channels / options_.groups; }
  bool is_depthwise() const {
    return options_.groups > 1 && options_.groups == input_.channels && options_.channels == input_.channels;
  }

  ConvolutionOptions options_;
  FilterBank bank_;
};

/// The same in 8 bits while it is trained, in float else.  @param in_float what it is in float, of the same options
std::unique_ptr<ImageLayer> int8_convolution(std::unique_ptr<ImageLayer> in_float, const ConvolutionOptions& options);
std::unique_ptr<ImageLayer> int8_depthwise(std::unique_ptr<ImageLayer> in_float, const ConvolutionOptions& options);

/// A convolution with one channel in each group.
std::unique_ptr<ImageLayer> depthwise_convolution(const ImageShape& input, const ConvolutionOptions& options);

}  // namespace predcorr::models
