// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/images/image_layers.hpp"

namespace predcorr::models {
namespace {

class ActivationLayer : public ImageLayer {
 public:
  ActivationLayer(const ImageShape& input, Activation activation)
      : ImageLayer(input, input, 0, 0), activation_(activation) {}

  std::string describe() const override { return "activation"; }
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
