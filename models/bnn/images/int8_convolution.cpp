// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/images/convolution_geometry.hpp"
#include "models/bnn/images/int8_layer.hpp"
#include "models/bnn/int8/int8_products.hpp"

namespace predcorr::models {
namespace {

class Int8Convolution : public Int8Layer {
 public:
  Int8Convolution(std::unique_ptr<ImageLayer> in_float, const ConvolutionOptions& options)
      : Int8Layer(std::move(in_float), options),
        geometry_(input_, output_, options.window, 4),
        patches_(geometry_.starts, geometry_.offsets, geometry_.depth) {
    for (const ConvolutionGeometry::Return& back : geometry_.returns)
      back_patches_.emplace_back(back.starts, back.offsets, back.depth);
  }

  std::unique_ptr<Work> workspace() const override { return std::make_unique<ConvolutionWork>(); }

 private:
  struct ConvolutionWork : Int8Work {
    Int8Panels weights;
    std::vector<Int8Panels> reverse;
    std::vector<std::int8_t> frames, back_frame;  // of all images, of one
    Int8Sums sums;
    models::Int8Work room;
  };

  Index pixels() const { return output_.height * output_.width; }

  void multiply(const ConstImageValues& x, Int8Work& work, ImageValues& y) const override {
    auto& w = static_cast<ConvolutionWork&>(work);
    w.weights.resize(output_.channels, patches_.numbers());
    bank_.for_each_weight([&](Index o, Index tap, Index c, Index at) {
      w.weights.set(o, geometry_.column(tap, c), w.state.weights()[static_cast<std::size_t>(at)]);
    });
    const Index images = images_of(x), size = geometry_.frame.size(input_);
    const auto all = static_cast<std::size_t>(images * size);
    if (w.frames.size() != all) w.frames.assign(all, 0);
    const float scale = w.state.input_step() * w.state.weight_step();
    for (Index i = 0; i < images; ++i) {
      std::int8_t* frame = w.frames.data() + i * size;
      geometry_.frame.fill(input_, w.state.inputs().data() + i * input_.height * input_.width * x.rows(), x.rows(),
                           frame);
      multiply_strip(w.weights, patches_, frame, scale, w.start.data(), y.data() + i * pixels() * y.rows(),
                     geometry_.places, w.room);
    }
  }

  void multiply_back(const ConstImageValues& x, Int8Work& work, ImageValues* by_input, float* gradient) const override {
    auto& w = static_cast<ConvolutionWork&>(work);
    const Index images = images_of(x), size = geometry_.frame.size(input_);
    const Index height = std::ssize(w.state.gradient()) / (images * pixels());
    w.sums.resize(output_.channels, patches_.numbers());
    for (Index i = 0; i < images; ++i)
      add_strip_gradient(w.state.gradient().data() + i * pixels() * height, height, patches_,
                         w.frames.data() + i * size, w.sums, w.room);
    const float scale = bank_.scale() * (w.state.gradient_step() * w.state.input_step());
    bank_.for_each_weight([&](Index o, Index tap, Index c, Index at) {
      gradient[at] = scale * static_cast<float>(w.sums.at(o, geometry_.column(tap, c)));
    });
    if (by_input == nullptr) return;
    pack_reversed(w);
    if (!geometry_.sees_all_inputs) by_input->setZero();
    const auto back_size = static_cast<std::size_t>(geometry_.back_frame.size(output_));
    if (w.back_frame.size() != back_size) w.back_frame.assign(back_size, 0);
    const float back_scale = w.state.gradient_step() * w.state.weight_step();
    for (Index i = 0; i < images; ++i) {
      geometry_.back_frame.fill(output_, w.state.gradient().data() + i * pixels() * height, height,
                                w.back_frame.data());
      float* to = by_input->data() + i * input_.height * input_.width * by_input->rows();
      for (std::size_t r = 0; r < back_patches_.size(); ++r)
        multiply_strip(w.reverse[r], back_patches_[r], w.back_frame.data(), back_scale, nullptr, to,
                       geometry_.returns[r].places, w.room);
    }
  }

  void pack_reversed(ConvolutionWork& w) const {
    w.reverse.resize(back_patches_.size());
    for (std::size_t r = 0; r < w.reverse.size(); ++r) w.reverse[r].resize(input_.channels, back_patches_[r].numbers());
    bank_.for_each_weight([&](Index o, Index tap, Index c, Index at) {
      if (const ConvolutionGeometry::TapPlace* place = geometry_.place_of(tap))
        w.reverse[place->in].set(c, geometry_.return_column(*place, o),
                                 w.state.weights()[static_cast<std::size_t>(at)]);
    });
  }

  ConvolutionGeometry geometry_;
  Int8Strip patches_;
  std::vector<Int8Strip> back_patches_;
};

}  // namespace

std::unique_ptr<ImageLayer> int8_convolution(std::unique_ptr<ImageLayer> in_float, const ConvolutionOptions& options) {
  return std::make_unique<Int8Convolution>(std::move(in_float), options);
}

}  // namespace predcorr::models
