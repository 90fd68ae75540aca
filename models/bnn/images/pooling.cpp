// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/images/pooling.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <limits>

#include "core/base/error.hpp"
#include "models/bnn/arithmetic/lanes.hpp"

namespace predcorr::models {
namespace {

class Pool : public ImageLayer {
 protected:
  Pool(const ImageShape& input, const Window& window, const std::string& name)
      : ImageLayer(input, window.output(input, input.channels, name), 0, 0), window_(window), name_(name) {
    require(window.padding_y < window.height && window.padding_x < window.width, ErrorKind::config,
            "{}: padding of {} and {} leaves windows of {} x {} without a pixel", name, window.padding_y,
            window.padding_x, window.height, window.width);
  }

 public:
  std::string describe() const override { return fmt::format("{} {}", name_, window_.describe()); }

  // Given what was taken, linear.
  void backward_tangent(const float*, const float*, const ConstImageValues& x, const ConstImageValues*,
                        const ConstImageValues& y, const ConstImageValues&, const ConstImageValues& by_output_tangent,
                        Work& work, Work&, ImageValues* by_input_tangent, float*) const override {
    backward(nullptr, x, y, by_output_tangent, work, by_input_tangent, {});
  }

 protected:
  template <class Body>
  void for_windows(Index images, const Body& body) const {
    window_.for_each(input_, output_, 0, images,
                     [&](Index out, const auto& pixels) { pixels([&](Index tap, Index in) { body(out, tap, in); }); });
  }

  Window window_;
  std::string name_;
};

class MaxPool : public Pool {
 public:
  MaxPool(const ImageShape& input, const Window& window) : Pool(input, window, "max-pool") {}
  NarrowedLayer narrowed(const ImageShape& input, const ChannelGroups&) const override {
    return {std::make_unique<MaxPool>(input, window_)};
  }

  std::unique_ptr<Work> workspace() const override { return std::make_unique<MaxWork>(); }

  void forward(const float*, const float*, Pass, const ConstImageValues& x, Work& work, ImageValues& y) const override {
    auto& taken = static_cast<MaxWork&>(work).taken;
    taken.resize(static_cast<std::size_t>(y.size()));
    const Index height = x.rows();
    window_.for_each(input_, output_, 0, images_of(x), [&](Index out, const auto& pixels) {
      for (Index c = 0; c < height; c += kLanes) {
        Lanes best = broadcast(-std::numeric_limits<float>::infinity());
        Taps place = {};
        pixels([&](Index tap, Index in) {
          const Lanes value = load(x.data() + in * height + c);
          const auto greater = value > best;
          best = greater ? value : best;
          place = greater ? static_cast<std::int32_t>(tap) - Taps{} : place;
        });
        store(y.data() + out * height + c, best);
        *reinterpret_cast<Taps*>(taken.data() + out * height + c) = place;
      }
    });
  }

  void backward(const float*, const ConstImageValues& x, const ConstImageValues&, const ConstImageValues& by_output,
                Work& work, ImageValues* by_input, GradientSink) const override {
    if (by_input == nullptr) return;
    const auto& taken = static_cast<MaxWork&>(work).taken;
    by_input->setZero();
    const Index height = x.rows();
    for_windows(images_of(x), [&](Index out, Index tap, Index in) {
      const float* from = by_output.data() + out * height;
      const std::int32_t* place = taken.data() + out * height;
      float* to = by_input->data() + in * height;
      for (Index c = 0; c < height; ++c) to[c] += place[c] == static_cast<std::int32_t>(tap) ? from[c] : 0.0f;
    });
  }

  void forward_tangent(const float*, const float*, const ConstImageValues& x, const ConstImageValues* x_tangent,
                       const ConstImageValues&, Work& work, Work&, ImageValues& y_tangent) const override {
    y_tangent.setZero();
    if (x_tangent == nullptr) return;
    const auto& taken = static_cast<MaxWork&>(work).taken;
    const Index height = x.rows();
    for_windows(images_of(x), [&](Index out, Index tap, Index in) {
      const std::int32_t* place = taken.data() + out * height;
      for (Index c = 0; c < height; ++c)
        if (place[c] == static_cast<std::int32_t>(tap)) y_tangent(c, out) = (*x_tangent)(c, in);
    });
  }

 private:
  using Taps = LanesOf<std::int32_t, kLanes>::Type;
  struct MaxWork : Work {
    std::vector<std::int32_t> taken;  // taps, as the output
  };
};

class AveragePool : public Pool {
 public:
  AveragePool(const ImageShape& input, const Window& window, const std::string& name) : Pool(input, window, name) {}
  NarrowedLayer narrowed(const ImageShape& input, const ChannelGroups&) const override {
    return {std::make_unique<AveragePool>(input, window_, name_)};
  }

  std::unique_ptr<Work> workspace() const override { return std::make_unique<Work>(); }

  void forward(const float*, const float*, Pass, const ConstImageValues& x, Work&, ImageValues& y) const override {
    y.setZero();
    for_windows(images_of(x), [&](Index out, Index, Index in) { y.col(out) += x.col(in); });
    y *= share();
  }

  void backward(const float*, const ConstImageValues& x, const ConstImageValues&, const ConstImageValues& by_output,
                Work&, ImageValues* by_input, GradientSink) const override {
    if (by_input == nullptr) return;
    by_input->setZero();
    for_windows(images_of(x), [&](Index out, Index, Index in) { by_input->col(in) += share() * by_output.col(out); });
  }

  void forward_tangent(const float*, const float*, const ConstImageValues&, const ConstImageValues* x_tangent,
                       const ConstImageValues&, Work& work, Work&, ImageValues& y_tangent) const override {
    if (x_tangent == nullptr)
      y_tangent.setZero();
    else
      forward(nullptr, nullptr, Pass::evaluation, *x_tangent, work, y_tangent);
  }

 private:
  float share() const { return 1 / static_cast<float>(window_.height * window_.width); }
};

}  // namespace

std::unique_ptr<ImageLayer> max_pool(const ImageShape& input, const Window& window) {
  return std::make_unique<MaxPool>(input, window);
}

std::unique_ptr<ImageLayer> average_pool(const ImageShape& input, const Window& window) {
  return std::make_unique<AveragePool>(input, window, "average-pool");
}

std::unique_ptr<ImageLayer> global_average_pool(const ImageShape& input) {
  return std::make_unique<AveragePool>(input, Window{input.height, input.width, 1, 0, 0}, "global-average-pool");
}

}  // namespace predcorr::models
