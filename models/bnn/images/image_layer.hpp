// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/base/stream.hpp"
#include "datasets/image_shape.hpp"
#include "models/bnn/int8/int8_state.hpp"

namespace predcorr::models {

/// A batch of images between layers: column (i * height + y) * width + x has the channels of pixel (y, x) of image i,
/// padded to padded_rows; what stands in the padding is zero.
using ImageValues = Eigen::Map<MatrixF>;
using ConstImageValues = Eigen::Map<const MatrixF>;

/// Of a matrix, or of values that may be written.
template <class Values>
ConstImageValues read_only(const Values& values) {
  return {values.data(), values.rows(), values.cols()};
}

/// Image i as one column, pixel after pixel, without the padding; and back, which leaves the padding alone.
void flatten(const ConstImageValues& values, const ImageShape& shape, Index i, float* column);
void unflatten(const float* column, const ImageShape& shape, Index i, ImageValues values);

/// Storage that grows and never shrinks: a smaller batch at an epoch's end costs no allocation.
class ImageBuffer {
 public:
  ImageValues take(const ImageShape& shape, Index images);
  ImageValues take(Index rows, Index columns);

 private:
  VectorF values_;
};

/// What a forward pass is for. Batch normalisation sees the batch in training, its running statistics else.
enum class Pass {
  training,    ///< a backward pass may follow
  evaluation,  ///< a backward pass may follow
  prediction   ///< nothing follows: of layers on images no more than a few images' values are kept
};

class ChannelGroups;
class ImageLayer;

/// Whether a layer is one by itself, or which of the three thin ones that stand for one (models/bnn/compression): there
/// is no activation between them.
enum class ThinFactor { whole, inputs, core, outputs };

/// Whether what a layer multiplies are the values of units or channels, and no directions of a thin layer.
inline bool sees_units(ThinFactor factor) { return factor == ThinFactor::whole || factor == ThinFactor::inputs; }
struct NarrowedLayer;
struct LayerReplacement;
struct ReplacedLayer;
using LayerReplacements = std::map<Index, LayerReplacement>;  ///< by where a layer's parameters begin

/// Of a convolution what Kronecker factors are made of (Grosse & Martens 2016), summed over images: patches a_t and
/// deltas d_t at the T pixels of the output, the layer's scale included in deltas.
struct ConvolutionSums {
  Matrix inputs;  ///< sum of a_t a_t', columns square (WeightBlock)
  Matrix deltas;  ///< sum of d_t d_t' / T, outputs square
};

/// Where a layer's gradient goes: one sum over the batch, or each image's by itself.
struct GradientSink {
  float* at = nullptr;
  Index per_image = 0;  ///< numbers from an image's gradient to the next one's; 0: one sum
  std::map<const ImageLayer*, ConvolutionSums>* sums = nullptr;  ///< added to, where somebody asks

  GradientSink from(Index first) const { return {at + first, per_image, sums}; }
};

/// A matrix of weights in a flat vector: outputs x columns, column-major; the last column are biases, where there are.
/// The columns before go through the places of a window, at each through the input channels of a group.
struct WeightBlock {
  Index at = 0, outputs = 0, columns = 0;
  bool has_bias = true;
  const ImageLayer* layer = nullptr;  ///< the convolution whose it is; null: a fully connected layer's
  Index input_channels = 0;           ///< of a convolution: those of all groups
  Index group_channels = 0;           ///< and those of one
  float scale = 1;                    ///< that it is multiplied by
  ThinFactor factor = ThinFactor::whole;

  /// Of the output, each a product of the whole matrix.
  Index pixels() const;
  bool is_grouped() const { return group_channels < input_channels; }  ///< outputs see different input channels
  Index weight_columns() const { return columns - (has_bias ? 1 : 0); }
  Index size() const { return outputs * columns; }
};

/// The scales of a batch normalisation in the flat vector, and the convolution whose channels they are of.
struct ChannelScales {
  Index at, channels;
  Index convolution;  ///< where its weights begin; -1: there is none right before
};

/// Of a layer that trains in 8 bits.
struct LayerReport {
  std::string layer;
  Index at, parameters;  ///< its parameters in the flat vector
  Int8Report report;
};

/// Factors of what a convolution multiplies, one for each channel of each image: padded channels x images or more.
/// Empty: none.
struct ChannelMask {
  MatrixF* factors;
  Index channels;
};

/// A layer on images. Its parameters (which are trained) and its statistics (which training leaves behind) are parts of
/// a network's flat vector, so a layer has none of its own, and const functions may be called from several threads,
/// each with a workspace of its own. One thread.
class ImageLayer {
 public:
  /// What a forward pass leaves for the backward pass, and storage that is used again.
  struct Work {
    virtual ~Work() = default;
    RoundingPlace rounding;  ///< the caller's, of layers that train in 8 bits
  };

  virtual ~ImageLayer() = default;

  const ImageShape& input() const { return input_; }
  const ImageShape& output() const { return output_; }
  Index parameter_count() const { return parameters_; }
  Index statistic_count() const { return statistics_; }

  /// "convolution 3x3, stride 2".
  virtual std::string describe() const = 0;

  /// @param scaled unit variance for weights and biases alike, where pre-activations are divided by sqrt(fan-in + 1)
  virtual void initialise(Stream& /*stream*/, bool /*scaled*/, float* /*parameters*/, float* /*statistics*/) const {}

  virtual std::unique_ptr<Work> workspace() const = 0;

  /// @param y written
  virtual void forward(const float* parameters, const float* statistics, Pass pass, const ConstImageValues& x,
                       Work& work, ImageValues& y) const = 0;

  /// After `forward` on the same x, y.
  /// @param by_output gradient of a loss by y
  /// @param by_input written: the gradient by x; null where nobody asks, as of the first layer
  /// @param gradient written: parameter_count numbers, or as many for each image
  virtual void backward(const float* parameters, const ConstImageValues& x, const ConstImageValues& y,
                        const ConstImageValues& by_output, Work& work, ImageValues* by_input,
                        GradientSink gradient) const = 0;

  /// The derivative of `forward` along a direction of the parameters and of x, after it on the same x, y.
  /// @param x_tangent null: x stays  @param along a workspace of its own, for `backward_tangent`
  /// @param y_tangent written
  virtual void forward_tangent(const float* parameters, const float* direction, const ConstImageValues& x,
                               const ConstImageValues* x_tangent, const ConstImageValues& y, Work& work, Work& along,
                               ImageValues& y_tangent) const = 0;

  /// The derivative of `backward`, after it and `forward_tangent`.
  /// @param by_output_tangent that of by_output  @param by_input_tangent written, null where nobody asks
  /// @param gradient_tangent written: parameter_count numbers
  virtual void backward_tangent(const float* parameters, const float* direction, const ConstImageValues& x,
                                const ConstImageValues* x_tangent, const ConstImageValues& y,
                                const ConstImageValues& by_output, const ConstImageValues& by_output_tangent,
                                Work& work, Work& along, ImageValues* by_input_tangent,
                                float* gradient_tangent) const = 0;

  /// After a forward pass in training: statistics += momentum * (the batch's - statistics).
  virtual void update_statistics(const Work& /*work*/, float /*momentum*/, float* /*statistics*/) const {}

  /// Adds what training in 8 bits did to the layer, or to those within, in its last backward pass.
  /// @param at where its parameters begin
  virtual void add_reports(const Work& /*work*/, Index /*at*/, std::vector<LayerReport>& /*reports*/) const {}

  /// Adds where a convolution's mask is, or those of layers within, in the order of `add_weights`.
  /// @param mask of the layer's input
  virtual void add_masks(Work& /*work*/, MatrixF& /*mask*/, std::vector<ChannelMask>& /*masks*/) const {}

  /// Adds the layer's matrices of weights, those of layers within it included.  @param at where its parameters begin
  virtual void add_weights(Index /*at*/, std::vector<WeightBlock>& /*blocks*/) const {}

  /// Tells what the layer does to channels.  @param left of the layer's parameters, whether each is left
  /// @return the group behind it
  virtual std::size_t trace(std::size_t group, const char* left, ChannelGroups& groups) const;

  /// The same layer with the channels that are left.  @param input with those before it
  virtual NarrowedLayer narrowed(const ImageShape& input, const ChannelGroups& groups) const = 0;

  /// Adds the scales of batch normalisation, those of layers within it included.  @param at where parameters begin
  virtual void add_scales(Index /*at*/, std::vector<ChannelScales>& /*scales*/) const {}

  /// Of a layer with layers within it, the same with others in the places of some (ImageLayers::replaced); null: of one
  /// without.
  virtual std::unique_ptr<ReplacedLayer> replaced_within(Index /*at*/, const float* /*parameters*/,
                                                         const LayerReplacements& /*others*/) const {
    return nullptr;
  }

  /// Whether x may have as many rows as the image has channels, without padding.
  virtual bool takes_bare_channels() const { return false; }

 protected:
  ImageLayer(const ImageShape& input, const ImageShape& output, Index parameters, Index statistics)
      : input_(input), output_(output), parameters_(parameters), statistics_(statistics) {}

  Index images_of(const ConstImageValues& x) const { return x.cols() / (input_.height * input_.width); }

  ImageShape input_, output_;
  Index parameters_, statistics_;
};

/// A layer with fewer channels, and the places of its parameters and statistics among those it was made from.
struct NarrowedLayer {
  std::unique_ptr<ImageLayer> layer;
  std::vector<Index> parameters = {}, statistics = {};
};

/// Layers that stand for one, perhaps none.
struct LayerReplacement {
  std::vector<std::shared_ptr<const ImageLayer>> layers = {};
  std::vector<float> parameters = {};
};

/// A layer with others within it, and its parameters.
struct ReplacedLayer {
  std::shared_ptr<const ImageLayer> layer;
  std::vector<float> parameters;
};

/// What a layer looks at for one pixel of its output.
struct Window {
  Index height = 3, width = 3, stride = 1;
  Index padding_y = 1, padding_x = 1;  ///< zeros around the image, each side

  Index output_height(Index input) const { return (input + 2 * padding_y - height) / stride + 1; }
  Index output_width(Index input) const { return (input + 2 * padding_x - width) / stride + 1; }
  /// @throws Error (config) if the window does not fit into the padded image
  ImageShape output(const ImageShape& input, Index channels, const std::string& layer) const;
  std::string describe() const;  ///< "3x3, stride 2"

  /// Calls body(output pixel, pixels) for the windows of images first to last - 1, in the order of output pixels;
  /// pixels(f) calls f(tap, input pixel) for a window's places that lie in the image. Pixels are those of a batch.
  template <class Body>
  void for_each(const ImageShape& input, const ImageShape& output, Index first, Index last, const Body& body) const {
    Index out = first * output.height * output.width;
    for (Index i = first; i < last; ++i)
      for (Index y = 0; y < output.height; ++y)
        for (Index x = 0; x < output.width; ++x, ++out) {
          const Index top = y * stride - padding_y, left = x * stride - padding_x;
          body(out, [&](const auto& pixel) {
            for (Index r = std::max<Index>(0, -top); r < std::min(height, input.height - top); ++r)
              for (Index c = std::max<Index>(0, -left); c < std::min(width, input.width - left); ++c)
                pixel(r * width + c, (i * input.height + top + r) * input.width + left + c);
          });
        }
  }
};

}  // namespace predcorr::models
