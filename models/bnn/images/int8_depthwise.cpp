// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "models/bnn/images/int8_layer.hpp"

namespace predcorr::models {
namespace {

/// A filter for each channel: sums over a window's few places, in 32 bits, channel by channel side by side.
class Int8Depthwise : public Int8Layer {
 public:
  using Int8Layer::Int8Layer;

  std::unique_ptr<Work> workspace() const override { return std::make_unique<DepthwiseWork>(); }

 private:
  struct DepthwiseWork : Int8Work {
    std::vector<std::int8_t> filters;  // tap by tap, padded channels
    std::vector<std::int32_t> sums;    // of one pixel; of one image's gradients; of an input
    std::vector<std::int64_t> totals;
  };

  Index taps() const { return options_.window.height * options_.window.width; }

  void multiply(const ConstImageValues& x, Int8Work& work, ImageValues& y) const override {
    auto& w = static_cast<DepthwiseWork&>(work);
    const Index height = x.rows();
    w.filters.assign(static_cast<std::size_t>(taps() * height), 0);
    for (Index tap = 0; tap < taps(); ++tap)
      std::copy_n(w.state.weights().begin() + tap * output_.channels, output_.channels,
                  w.filters.begin() + tap * height);
    const float scale = w.state.input_step() * w.state.weight_step();
    w.sums.resize(static_cast<std::size_t>(height));
    for_outputs(images_of(x), [&](Index output, Index image, Index top, Index left) {
      std::fill(w.sums.begin(), w.sums.end(), 0);
      for_taps(image, top, left, [&](Index tap, Index pixel) {
        const std::int8_t* filter = w.filters.data() + tap * height;
        const std::int8_t* value = w.state.inputs().data() + pixel * height;
        for (Index c = 0; c < height; ++c) w.sums[static_cast<std::size_t>(c)] += filter[c] * value[c];
      });
      for (Index c = 0; c < height; ++c)
        y(c, output) = scale * static_cast<float>(w.sums[static_cast<std::size_t>(c)]) + w.start(c);
    });
  }

  void multiply_back(const ConstImageValues& x, Int8Work& work, ImageValues* by_input, float* gradient) const override {
    auto& w = static_cast<DepthwiseWork&>(work);
    const Index height = x.rows(), images = images_of(x);
    const auto all = static_cast<std::size_t>(taps() * height);
    w.totals.assign(all, 0);
    for (Index i = 0; i < images; ++i) {  // one image's sums have room in 32 bits
      w.sums.assign(all, 0);
      for_outputs_of(i, [&](Index output, Index image, Index top, Index left) {
        const std::int8_t* delta = w.state.gradient().data() + output * height;
        for_taps(image, top, left, [&](Index tap, Index pixel) {
          const std::int8_t* value = w.state.inputs().data() + pixel * height;
          std::int32_t* sum = w.sums.data() + tap * height;
          for (Index c = 0; c < height; ++c) sum[c] += delta[c] * value[c];
        });
      });
      for (std::size_t k = 0; k < all; ++k) w.totals[k] += w.sums[k];
    }
    const float scale = bank_.scale() * (w.state.gradient_step() * w.state.input_step());
    for (Index tap = 0; tap < taps(); ++tap)
      for (Index c = 0; c < output_.channels; ++c)
        gradient[tap * output_.channels + c] =
            scale * static_cast<float>(w.totals[static_cast<std::size_t>(tap * height + c)]);
    if (by_input != nullptr) send_back(images, w, *by_input);
  }

  void send_back(Index images, DepthwiseWork& w, ImageValues& by_input) const {
    const Index height = by_input.rows(), pixels = input_.height * input_.width;
    const float scale = w.state.gradient_step() * w.state.weight_step();
    for (Index i = 0; i < images; ++i) {
      w.sums.assign(static_cast<std::size_t>(pixels * height), 0);
      for_outputs_of(i, [&](Index output, Index image, Index top, Index left) {
        const std::int8_t* delta = w.state.gradient().data() + output * height;
        for_taps(image, top, left, [&](Index tap, Index pixel) {
          const std::int8_t* filter = w.filters.data() + tap * height;
          std::int32_t* sum = w.sums.data() + (pixel - image) * height;
          for (Index c = 0; c < height; ++c) sum[c] += filter[c] * delta[c];
        });
      });
      for (Index j = 0; j < pixels; ++j)
        for (Index c = 0; c < height; ++c)
          by_input(c, i * pixels + j) = scale * static_cast<float>(w.sums[static_cast<std::size_t>(j * height + c)]);
    }
  }

  /// Calls body(output pixel, first pixel of the image, window's top row, its left column).
  template <class Body>
  void for_outputs_of(Index i, const Body& body) const {
    const Window& window = options_.window;
    Index output = i * output_.height * output_.width;
    for (Index y = 0; y < output_.height; ++y)
      for (Index x = 0; x < output_.width; ++x)
        body(output++, i * input_.height * input_.width, y * window.stride - window.padding_y,
             x * window.stride - window.padding_x);
  }

  template <class Body>
  void for_outputs(Index images, const Body& body) const {
    for (Index i = 0; i < images; ++i) for_outputs_of(i, body);
  }

  /// Calls body(tap, input pixel) for those taps of a window that lie in the image.
  template <class Body>
  void for_taps(Index image, Index top, Index left, const Body& body) const {
    const Window& window = options_.window;
    for (Index i = std::max<Index>(0, -top); i < std::min(window.height, input_.height - top); ++i)
      for (Index j = std::max<Index>(0, -left); j < std::min(window.width, input_.width - left); ++j)
        body(i * window.width + j, image + (top + i) * input_.width + left + j);
  }
};

}  // namespace

std::unique_ptr<ImageLayer> int8_depthwise(std::unique_ptr<ImageLayer> in_float, const ConvolutionOptions& options) {
  return std::make_unique<Int8Depthwise>(std::move(in_float), options);
}

}  // namespace predcorr::models
