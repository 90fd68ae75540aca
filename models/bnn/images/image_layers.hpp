// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "models/bnn/arithmetic/activation.hpp"
#include "models/bnn/images/image_layer.hpp"

namespace predcorr::models {

/// Layers on images one behind the other: all of an image network but for what is fully connected at its end.
class ImageLayers {
 public:
  struct Work {
    struct Step {
      ImageBuffer output;
      std::unique_ptr<ImageLayer::Work> layer;
      MatrixF mask = {};        ///< the caller's (ChannelMask)
      ImageBuffer masked = {};  ///< what the layer sees, where there is a mask
    };
    std::vector<Step> steps;
    ImageBuffer gradients[2];  // by what is between layers, in turn
    Index images = 0;
    RoundingPlace rounding;  ///< the caller's
  };

  explicit ImageLayers(const ImageShape& input) : input_(input), output_(input) {}

  /// Behind those that are there. The layer's input must be `output()`.
  void add(std::shared_ptr<const ImageLayer> layer);

  const ImageShape& input() const { return input_; }
  const ImageShape& output() const { return output_; }
  Index parameter_count() const { return parameters_; }
  Index statistic_count() const { return statistics_; }
  const std::vector<std::shared_ptr<const ImageLayer>>& layers() const { return layers_; }

  void add_reports(const Work& work, Index at, std::vector<LayerReport>& reports) const;

  /// Adds the places of all convolutions' masks, in the order of `add_weights`.
  void add_masks(Work& work, std::vector<ChannelMask>& masks) const;

  /// Adds the layers' matrices of weights.  @param at where the parameters begin
  void add_weights(Index at, std::vector<WeightBlock>& blocks) const;

  void initialise(Stream& stream, bool scaled, float* parameters, float* statistics) const;

  /// As ImageLayer's.
  std::size_t trace(std::size_t group, const char* left, ChannelGroups& groups) const;

  struct Narrowed {
    std::unique_ptr<ImageLayers> layers;
    std::vector<Index> parameters, statistics;  ///< places among those of this
  };
  Narrowed narrowed(const ImageShape& input, const ChannelGroups& groups) const;

  /// Adds the scales of batch normalisation.  @param at where the parameters begin
  void add_scales(Index at, std::vector<ChannelScales>& scales) const;

  struct Replaced {
    std::unique_ptr<ImageLayers> layers;
    std::vector<float> parameters;
  };
  /// The same with others in the places of some convolutions; statistics stay where they are.
  /// @param at where the parameters begin in the flat vector  @param flat that
  Replaced replaced(Index at, const float* flat, const LayerReplacements& others) const;

  Work workspace() const;

  /// @param x must live until `backward` is done  @return the last layer's output, in the workspace
  ConstImageValues forward(const float* parameters, const float* statistics, Pass pass, const ConstImageValues& x,
                           Work& work) const;

  /// @param by_output gradient by the output  @param by_input null where nobody asks
  /// @param gradient written
  void backward(const float* parameters, const ConstImageValues& x, const ConstImageValues& by_output, Work& work,
                ImageValues* by_input, GradientSink gradient) const;

  /// Of the derivatives of both passes along a direction of the parameters.
  struct Tangents {
    struct Step {
      ImageBuffer output;
      std::unique_ptr<ImageLayer::Work> layer;
    };
    std::vector<Step> steps;
    ImageBuffer gradients[2], gradient_tangents[2];
    VectorF gradient;  // of one layer, for nobody
  };

  Tangents tangents() const;

  /// The derivative of `forward`, after it, without masks, on the same x.  @param x_tangent null: x stays
  ConstImageValues forward_tangent(const float* parameters, const float* direction, const ConstImageValues& x,
                                   const ConstImageValues* x_tangent, Work& work, Tangents& tangents) const;

  /// Both `backward` and its derivative, after `forward_tangent`.  @param by_input_tangent null where nobody asks
  /// @param gradient, gradient_tangent written: parameter_count numbers; `gradient` null where nobody asks
  void backward_tangent(const float* parameters, const float* direction, const ConstImageValues& x,
                        const ConstImageValues* x_tangent, const ConstImageValues& by_output,
                        const ConstImageValues& by_output_tangent, Work& work, Tangents& tangents,
                        ImageValues* by_input_tangent, float* gradient, float* gradient_tangent) const;

  /// After a forward pass in training.
  void update_statistics(const Work& work, float momentum, float* statistics) const;

 private:
  struct Place {
    Index parameters, statistics;
  };
  ImageShape input_, output_;
  std::vector<std::shared_ptr<const ImageLayer>> layers_;
  std::vector<Place> places_;
  Index parameters_ = 0, statistics_ = 0;
};

/// The activation of every value.
std::unique_ptr<ImageLayer> activation_layer(const ImageShape& input, Activation activation);

/// The sum of two paths (He et al. 2016): what `body` makes of the input, and the input itself or what `shortcut` makes
/// of it.  @throws Error (config) if the two paths' shapes differ
std::unique_ptr<ImageLayer> residual_sum(std::unique_ptr<ImageLayers> body, std::unique_ptr<ImageLayers> shortcut);

}  // namespace predcorr::models
