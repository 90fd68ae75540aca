// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/images/convolution.hpp"

#include "models/bnn/arithmetic/lane_products.hpp"
#include "models/bnn/arithmetic/strip_products.hpp"
#include "models/bnn/images/convolution_geometry.hpp"
#include "models/bnn/images/filter_bank.hpp"

namespace predcorr::models {
namespace {

class Convolution : public ConvolutionLayer {
 public:
  Convolution(const ImageShape& input, const ConvolutionOptions& options)
      : ConvolutionLayer(input, options), geometry_(input_, output_, options.window) {}

  bool takes_bare_channels() const override { return true; }

  std::unique_ptr<Work> workspace() const override { return std::make_unique<ConvolutionWork>(); }

  void forward(const float* parameters, const float*, Pass, const ConstImageValues& x, Work& work,
               ImageValues& y) const override {
    auto& w = static_cast<ConvolutionWork&>(work);
    w.weights.resize(output_.channels, std::ssize(geometry_.offsets) * geometry_.depth);
    bank_.for_each_weight([&](Index o, Index tap, Index c, Index at) {
      w.weights.at(o, geometry_.column(tap, c)) = bank_.scale() * parameters[at];
    });
    w.start.setZero(padded_rows(output_.channels));
    if (options_.bias)
      for (Index o = 0; o < output_.channels; ++o) w.start(o) = bank_.scale() * parameters[bank_.bias(o)];
    for (Index i = 0; i < images_of(x); ++i) {
      const Strip patches = strip(framed(x, i, w.image));
      float* to = y.data() + i * output_.height * output_.width * y.rows();
      for (Index p = 0; p < w.weights.count(); ++p)
        multiply_strip(w.weights, p, patches, w.start.data(), to, geometry_.places);
    }
  }

  void backward(const float* parameters, const ConstImageValues& x, const ConstImageValues&,
                const ConstImageValues& by_output, Work& work, ImageValues* by_input,
                GradientSink gradient) const override {
    auto& w = static_cast<ConvolutionWork&>(work);
    if (by_input != nullptr) {
      pack_reversed(parameters, w);
      if (!geometry_.sees_all_inputs) by_input->setZero();
    }
    const Index height = by_output.rows(), pixels = output_.height * output_.width;
    for (Index i = 0; i < images_of(x); ++i) {
      const float* delta = by_output.data() + i * pixels * height;
      if (i == 0 || gradient.per_image > 0) w.gradient.setZero(height, std::ssize(geometry_.offsets) * geometry_.depth);
      const Strip patches = strip(framed(x, i, w.image));
      add_strip_gradient(delta, height, output_.channels, patches, w.gradient.data());
      if (i == 0 || gradient.per_image > 0) w.by_bias.setZero(height);
      if (options_.bias) w.by_bias += ConstImageValues(delta, height, pixels).rowwise().sum();
      if (gradient.per_image > 0) write(w, gradient.at + i * gradient.per_image);
      if (gradient.sums != nullptr && options_.groups == 1)
        add_sums(patches, {delta, height, pixels}, (*gradient.sums)[this]);
      if (by_input != nullptr) send_back(delta, height, i, w, *by_input);
    }
    if (gradient.per_image == 0) write(w, gradient.at);
  }

 private:
  struct ConvolutionWork : Work {
    Panels weights;
    VectorF start;                // what sums begin with: the biases
    std::vector<Panels> reverse;  // of each pair of phases
    VectorF image, delta;         // framed
    MatrixF gradient;             // padded output channels x window * input channels
    VectorF by_bias;
  };

  /// An image as strips see it: where it is, if there is nothing around it, else a copy.
  const float* framed(const ConstImageValues& x, Index i, VectorF& copy) const {
    const float* image = x.data() + i * input_.height * input_.width * x.rows();
    const Window& window = options_.window;
    if (window.padding_y == 0 && window.padding_x == 0 && x.rows() == input_.channels) return image;
    const Index size = geometry_.frame.size(input_);
    if (copy.size() != size) copy.setZero(size);
    geometry_.frame.fill(input_, image, x.rows(), copy.data());
    return copy.data();
  }

  /// The patches of an image.
  Strip strip(const float* image) const { return {image, geometry_.starts, geometry_.offsets, geometry_.depth}; }

  void write(const ConvolutionWork& w, float* gradient) const {
    bank_.for_each_weight([&](Index o, Index tap, Index c, Index at) {
      gradient[at] = bank_.scale() * w.gradient(o, geometry_.column(tap, c));
    });
    if (options_.bias)
      for (Index o = 0; o < output_.channels; ++o) gradient[bank_.bias(o)] = bank_.scale() * w.by_bias(o);
  }

  void add_sums(const Strip& strip, const ConstImageValues& delta, ConvolutionSums& sums) const {
    const Index fan_in = bank_.fan_in(), pixels = delta.cols(), columns = fan_in + (options_.bias ? 1 : 0);
    Matrix patches = Matrix::Ones(columns, pixels);
    for (Index t = 0; t < pixels; ++t)
      for (Index i = 0; i < std::ssize(strip.offsets); ++i) {
        const float* run =
            strip.x + strip.starts[static_cast<std::size_t>(t)] + strip.offsets[static_cast<std::size_t>(i)];
        patches.col(t).segment(i * strip.depth, strip.depth) =
            Eigen::Map<const VectorF>(run, strip.depth).cast<double>();
      }
    const Matrix deltas = static_cast<double>(bank_.scale()) * delta.topRows(output_.channels).cast<double>();
    if (sums.inputs.size() == 0) sums = {Matrix::Zero(columns, columns), Matrix::Zero(deltas.rows(), deltas.rows())};
    sums.inputs.noalias() += patches * patches.transpose();
    sums.deltas.noalias() += deltas * deltas.transpose() / static_cast<double>(pixels);
  }

  void pack_reversed(const float* parameters, ConvolutionWork& w) const {
    w.reverse.resize(geometry_.returns.size());
    for (std::size_t r = 0; r < w.reverse.size(); ++r)
      w.reverse[r].resize(input_.channels, geometry_.returns[r].numbers());
    bank_.for_each_weight([&](Index o, Index tap, Index c, Index at) {
      if (const ConvolutionGeometry::TapPlace* place = geometry_.place_of(tap))
        w.reverse[place->in].at(c, geometry_.return_column(*place, o)) = bank_.scale() * parameters[at];
    });
  }

  /// The gradient by image i of the input.
  void send_back(const float* delta, Index stride, Index i, ConvolutionWork& w, ImageValues& by_input) const {
    const Index size = geometry_.back_frame.size(output_);
    if (w.delta.size() != size) w.delta.setZero(size);
    geometry_.back_frame.fill(output_, delta, stride, w.delta.data());
    float* to = by_input.data() + i * input_.height * input_.width * by_input.rows();
    for (std::size_t r = 0; r < w.reverse.size(); ++r) {
      const ConvolutionGeometry::Return& back = geometry_.returns[r];
      for (Index p = 0; p < w.reverse[r].count(); ++p)
        multiply_strip(w.reverse[r], p, {w.delta.data(), back.starts, back.offsets, back.depth}, nullptr, to,
                       back.places);
    }
  }

  ConvolutionGeometry geometry_;
};

}  // namespace

std::unique_ptr<ImageLayer> convolution(const ImageShape& input, const ConvolutionOptions& options) {
  if (options.groups > 1 && options.groups == input.channels && options.channels == input.channels) {
    auto in_float = depthwise_convolution(input, options);
    return options.int8 ? int8_depthwise(std::move(in_float), options) : std::move(in_float);
  }
  auto in_float = std::make_unique<Convolution>(input, options);
  return options.int8 ? int8_convolution(std::move(in_float), options) : std::move(in_float);
}

}  // namespace predcorr::models
