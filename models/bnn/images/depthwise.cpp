// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include "models/bnn/arithmetic/lane_products.hpp"
#include "models/bnn/arithmetic/lanes.hpp"
#include "models/bnn/images/filter_bank.hpp"

namespace predcorr::models {
namespace {

/// Each channel is filtered by itself, so lanes are channels, and what an output pixel needs is a few pixels' products.
class DepthwiseConvolution : public ImageLayer {
 public:
  DepthwiseConvolution(const ImageShape& input, const ConvolutionOptions& options)
      : ImageLayer(input, options.window.output(input, options.channels, "convolution"), 0, 0),
        window_(options.window),
        has_bias_(options.bias),
        bank_(input.channels, options) {
    parameters_ = bank_.parameter_count();
  }

  std::string describe() const override { return bank_.describe(); }

  void initialise(Stream& stream, bool, float* parameters, float*) const override {
    bank_.initialise(stream, parameters);
  }

  void add_masks(Work&, MatrixF& mask, std::vector<ChannelMask>& masks) const override {
    masks.push_back({&mask, input_.channels});
  }

  void add_weights(Index at, std::vector<WeightBlock>& blocks) const override {
    blocks.push_back(bank_.block(at, this));
  }

  std::unique_ptr<Work> workspace() const override { return std::make_unique<DepthwiseWork>(); }

  void forward(const float* parameters, const float*, Pass, const ConstImageValues& x, Work& work,
               ImageValues& y) const override {
    auto& w = static_cast<DepthwiseWork&>(work);
    load_filters(parameters, w);
    for_lanes([&](Index c) {
      for_outputs(images_of(x), [&](Index output, Index image, Index top, Index left) {
        Lanes sum = load(&w.start(c));
        for_taps(image, top, left, [&](Index tap, Index pixel) {
          sum = multiply_add<Lanes>(load(&w.filters(c, tap)), load(x.data() + pixel * x.rows() + c), sum);
        });
        store(&y(c, output), sum);
      });
    });
  }

  void backward(const float*, const ConstImageValues& x, const ConstImageValues&, const ConstImageValues& by_output,
                Work& work, ImageValues* by_input, GradientSink gradient) const override {
    auto& w = static_cast<DepthwiseWork&>(work);
    if (by_input != nullptr) {
      by_input->setZero();
      for_lanes([&](Index c) {
        for_outputs(images_of(x), [&](Index output, Index image, Index top, Index left) {
          const Lanes delta = load(by_output.data() + output * by_output.rows() + c);
          for_taps(image, top, left, [&](Index tap, Index pixel) {
            float* to = &(*by_input)(c, pixel);
            store(to, multiply_add<Lanes>(load(&w.filters(c, tap)), delta, load(to)));
          });
        });
      });
    }
    const Index images = images_of(x);
    w.gradient.setZero(padded_rows(output_.channels), taps() + 1);
    for (Index i = 0; i < images; ++i) {
      add_gradient(x, by_output, i, w.gradient);
      if (gradient.per_image == 0) continue;
      write(w.gradient, gradient.at + i * gradient.per_image);
      w.gradient.setZero();
    }
    if (gradient.per_image == 0) write(w.gradient, gradient.at);
  }

 private:
  struct DepthwiseWork : Work {
    MatrixF filters;   // padded channels x taps, scaled
    VectorF start;     // biases, scaled
    MatrixF gradient;  // as filters, the biases' behind them
  };

  Index taps() const { return window_.height * window_.width; }

  void load_filters(const float* parameters, DepthwiseWork& w) const {
    w.filters.setZero(padded_rows(output_.channels), taps());
    w.start.setZero(padded_rows(output_.channels));
    for (Index tap = 0; tap < taps(); ++tap)
      for (Index c = 0; c < output_.channels; ++c)
        w.filters(c, tap) = bank_.scale() * parameters[tap * output_.channels + c];
    if (has_bias_)
      for (Index c = 0; c < output_.channels; ++c) w.start(c) = bank_.scale() * parameters[bank_.bias(c)];
  }

  void write(const MatrixF& from, float* gradient) const {
    for (Index tap = 0; tap < taps(); ++tap)
      for (Index c = 0; c < output_.channels; ++c) gradient[tap * output_.channels + c] = bank_.scale() * from(c, tap);
    if (has_bias_)
      for (Index c = 0; c < output_.channels; ++c) gradient[bank_.bias(c)] = bank_.scale() * from(c, taps());
  }

  void add_gradient(const ConstImageValues& x, const ConstImageValues& by_output, Index i, MatrixF& gradient) const {
    for_lanes([&](Index c) {
      for_outputs_of(i, [&](Index output, Index image, Index top, Index left) {
        const Lanes delta = load(by_output.data() + output * by_output.rows() + c);
        for_taps(image, top, left, [&](Index tap, Index pixel) {
          float* to = &gradient(c, tap);
          store(to, multiply_add<Lanes>(delta, load(x.data() + pixel * x.rows() + c), load(to)));
        });
        float* bias = &gradient(c, taps());
        store(bias, load(bias) + delta);
      });
    });
  }

  template <class Body>
  void for_lanes(const Body& body) const {
    for (Index c = 0; c < padded_rows(output_.channels); c += kLanes) body(c);
  }

  /// Calls body(output pixel, first pixel of the image, window's top row, its left column).
  template <class Body>
  void for_outputs_of(Index i, const Body& body) const {
    Index output = i * output_.height * output_.width;
    const Index image = i * input_.height * input_.width;
    for (Index y = 0; y < output_.height; ++y)
      for (Index x = 0; x < output_.width; ++x)
        body(output++, image, y * window_.stride - window_.padding_y, x * window_.stride - window_.padding_x);
  }

  template <class Body>
  void for_outputs(Index images, const Body& body) const {
    for (Index i = 0; i < images; ++i) for_outputs_of(i, body);
  }

  /// Calls body(tap, input pixel) for those taps of a window that lie in the image.
  template <class Body>
  void for_taps(Index image, Index top, Index left, const Body& body) const {
    for (Index i = std::max<Index>(0, -top); i < std::min(window_.height, input_.height - top); ++i)
      for (Index j = std::max<Index>(0, -left); j < std::min(window_.width, input_.width - left); ++j)
        body(i * window_.width + j, image + (top + i) * input_.width + left + j);
  }

  Window window_;
  bool has_bias_;
  FilterBank bank_;
};

}  // namespace

std::unique_ptr<ImageLayer> depthwise_convolution(const ImageShape& input, const ConvolutionOptions& options) {
  return std::make_unique<DepthwiseConvolution>(input, options);
}

}  // namespace predcorr::models
