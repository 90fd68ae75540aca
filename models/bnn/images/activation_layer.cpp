// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/images/image_layers.hpp"

namespace predcorr::models {
namespace {

class ActivationLayer : public ImageLayer {
 public:
  ActivationLayer(const ImageShape& input, Activation activation)
      : ImageLayer(input, input, 0, 0), activation_(activation) {}

  std::string describe() const override { return "activation"; }
  NarrowedLayer narrowed(const ImageShape& input, const ChannelGroups&) const override {
    return {std::make_unique<ActivationLayer>(input, activation_)};
  }
  std::unique_ptr<Work> workspace() const override { return std::make_unique<SlopeWork>(); }

  void forward(const float*, const float*, Pass, const ConstImageValues& x, Work& work, ImageValues& y) const override {
    if (activation_ == Activation::relu) {
      y = x.cwiseMax(0.0f);
      return;
    }
    y = x;
    activate(activation_, y, static_cast<SlopeWork&>(work).slope);
  }

  void backward(const float*, const ConstImageValues&, const ConstImageValues& y, const ConstImageValues& by_output,
                Work& work, ImageValues* by_input, GradientSink) const override {
    if (by_input == nullptr) return;
    if (activation_ == Activation::relu)
      *by_input = (y.array() > 0).select(by_output, 0.0f);
    else
      *by_input = by_output.cwiseProduct(static_cast<SlopeWork&>(work).slope);
  }

  void forward_tangent(const float*, const float*, const ConstImageValues& x, const ConstImageValues* x_tangent,
                       const ConstImageValues& y, Work& work, Work&, ImageValues& y_tangent) const override {
    if (x_tangent == nullptr)
      y_tangent.setZero();
    else
      backward(nullptr, x, y, *x_tangent, work, &y_tangent, {});  // the same factor both ways
  }

  void backward_tangent(const float*, const float*, const ConstImageValues& x, const ConstImageValues* x_tangent,
                        const ConstImageValues& y, const ConstImageValues& by_output,
                        const ConstImageValues& by_output_tangent, Work& work, Work&, ImageValues* by_input_tangent,
                        float*) const override {
    if (by_input_tangent == nullptr) return;
    backward(nullptr, x, y, by_output_tangent, work, by_input_tangent, {});
    if (activation_ != Activation::relu && x_tangent != nullptr)
      by_input_tangent->array() += by_output.array() * curvature_of(activation_, x).array() * x_tangent->array();
  }

 private:
  struct SlopeWork : Work {
    MatrixF slope;  // where it does not follow from the sign of y
  };
  Activation activation_;
};

}  // namespace

std::unique_ptr<ImageLayer> activation_layer(const ImageShape& input, Activation activation) {
  return std::make_unique<ActivationLayer>(input, activation);
}

}  // namespace predcorr::models
