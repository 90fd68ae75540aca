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

  void multiply(const ConstImageValues& x, Int8Work& work, ImageValues& y) const override {
    auto& w = static_cast<DepthwiseWork&>(work);
    const Index height = x.rows();
    w.filters.assign(static_cast<std::size_t>(taps() * height), 0);
    for (Index tap = 0; tap < taps(); ++tap)
      std::copy_n(w.state.weights().begin() + tap * output_.channels, output_.channels,
                  w.filters.begin() + tap * height);
    const float scale = w.state.input_step() * w.state.weight_step();
    w.sums.resize(static_cast<std::size_t>(height));
    options_.window.for_each(input_, output_, 0, images_of(x), [&](Index output, const auto& each) {
      std::fill(w.sums.begin(), w.sums.end(), 0);
      each([&](Index tap, Index pixel) {
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
      options_.window.for_each(input_, output_, i, i + 1, [&](Index output, const auto& each) {
        const std::int8_t* delta = w.state.gradient().data() + output * height;
        each([&](Index tap, Index pixel) {
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
      options_.window.for_each(input_, output_, i, i + 1, [&](Index output, const auto& each) {
        const std::int8_t* delta = w.state.gradient().data() + output * height;
        each([&](Index tap, Index pixel) {
          const std::int8_t* filter = w.filters.data() + tap * height;
          std::int32_t* sum = w.sums.data() + (pixel - i * pixels) * height;
          for (Index c = 0; c < height; ++c) sum[c] += filter[c] * delta[c];
        });
      });
      for (Index j = 0; j < pixels; ++j)
        for (Index c = 0; c < height; ++c)
          by_input(c, i * pixels + j) = scale * static_cast<float>(w.sums[static_cast<std::size_t>(j * height + c)]);
    }
  }
};

}  // namespace

std::unique_ptr<ImageLayer> int8_depthwise(std::unique_ptr<ImageLayer> in_float, const ConvolutionOptions& options) {
  return std::make_unique<Int8Depthwise>(std::move(in_float), options);
}

}  // namespace predcorr::models
