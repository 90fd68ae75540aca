// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include "models/bnn/arithmetic/lane_products.hpp"
#include "models/bnn/arithmetic/lanes.hpp"
#include "models/bnn/images/filter_bank.hpp"

namespace predcorr::models {
namespace {

/// Each channel is filtered by itself, so lanes are channels, and what an output pixel needs is a few pixels' products.
class DepthwiseConvolution : public ConvolutionLayer {
 public:
  using ConvolutionLayer::ConvolutionLayer;

  std::unique_ptr<Work> workspace() const override { return std::make_unique<DepthwiseWork>(); }

  void forward(const float* parameters, const float*, Pass, const ConstImageValues& x, Work& work,
               ImageValues& y) const override {
    auto& w = static_cast<DepthwiseWork&>(work);
    load_filters(parameters, w);
    for_lanes([&](Index c) {
      options_.window.for_each(input_, output_, 0, images_of(x), [&](Index output, const auto& pixels) {
        Lanes sum = load(&w.start(c));
        pixels([&](Index tap, Index pixel) {
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
        options_.window.for_each(input_, output_, 0, images_of(x), [&](Index output, const auto& pixels) {
          const Lanes delta = load(by_output.data() + output * by_output.rows() + c);
          pixels([&](Index tap, Index pixel) {
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

  void load_filters(const float* parameters, DepthwiseWork& w) const {
    w.filters.setZero(padded_rows(output_.channels), taps());
    w.start.setZero(padded_rows(output_.channels));
    for (Index tap = 0; tap < taps(); ++tap)
      for (Index c = 0; c < output_.channels; ++c)
        w.filters(c, tap) = bank_.scale() * parameters[tap * output_.channels + c];
    if (options_.bias)
      for (Index c = 0; c < output_.channels; ++c) w.start(c) = bank_.scale() * parameters[bank_.bias(c)];
  }

  void write(const MatrixF& from, float* gradient) const {
    for (Index tap = 0; tap < taps(); ++tap)
      for (Index c = 0; c < output_.channels; ++c) gradient[tap * output_.channels + c] = bank_.scale() * from(c, tap);
    if (options_.bias)
      for (Index c = 0; c < output_.channels; ++c) gradient[bank_.bias(c)] = bank_.scale() * from(c, taps());
  }

  void add_gradient(const ConstImageValues& x, const ConstImageValues& by_output, Index i, MatrixF& gradient) const {
    for_lanes([&](Index c) {
      options_.window.for_each(input_, output_, i, i + 1, [&](Index output, const auto& pixels) {
        const Lanes delta = load(by_output.data() + output * by_output.rows() + c);
        pixels([&](Index tap, Index pixel) {
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
};

}  // namespace

std::unique_ptr<ImageLayer> depthwise_convolution(const ImageShape& input, const ConvolutionOptions& options) {
  return std::make_unique<DepthwiseConvolution>(input, options);
}

}  // namespace predcorr::models
