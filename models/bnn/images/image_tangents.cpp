// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/images/image_layers.hpp"

namespace predcorr::models {

ImageLayers::Tangents ImageLayers::tangents() const {
  Tangents all;
  for (const auto& layer : layers_) all.steps.push_back({{}, layer->workspace()});
  return all;
}

ConstImageValues ImageLayers::forward_tangent(const float* parameters, const float* direction,
                                              const ConstImageValues& x, const ConstImageValues* x_tangent, Work& work,
                                              Tangents& tangents) const {
  const float *values = x.data(), *moved = x_tangent == nullptr ? nullptr : x_tangent->data();
  Index rows = x.rows(), columns = x.cols();
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const ImageValues y = work.steps[l].output.take(layers_[l]->output(), work.images);
    ImageValues y_tangent = tangents.steps[l].output.take(layers_[l]->output(), work.images);
    const ConstImageValues before(values, rows, columns), before_tangent(moved, rows, columns);
    layers_[l]->forward_tangent(parameters + places_[l].parameters, direction + places_[l].parameters, before,
                                moved == nullptr ? nullptr : &before_tangent, read_only(y), *work.steps[l].layer,
                                *tangents.steps[l].layer, y_tangent);
    values = y.data();
    moved = y_tangent.data();
    rows = y.rows();
    columns = y.cols();
  }
  return {moved, rows, columns};
}

void ImageLayers::backward_tangent(const float* parameters, const float* direction, const ConstImageValues& x,
                                   const ConstImageValues* x_tangent, const ConstImageValues& by_output,
                                   const ConstImageValues& by_output_tangent, Work& work, Tangents& tangents,
                                   ImageValues* by_input_tangent, float* gradient, float* gradient_tangent) const {
  const float *after = by_output.data(), *after_tangent = by_output_tangent.data();
  for (std::size_t l = layers_.size(); l-- > 0;) {
    const ImageLayer& layer = *layers_[l];
    const Index at = places_[l].parameters;
    const ConstImageValues y = read_only(work.steps[l].output.take(layer.output(), work.images));
    const ConstImageValues by_y(after, y.rows(), y.cols()), by_y_tangent(after_tangent, y.rows(), y.cols());
    const auto of_layer_before = [&](auto& steps) {
      return read_only(steps[l - 1].output.take(layers_[l - 1]->output(), work.images));
    };
    const ConstImageValues before = l == 0 ? read_only(x) : of_layer_before(work.steps);
    const ConstImageValues before_tangent =
        l > 0 ? of_layer_before(tangents.steps)
              : ConstImageValues(x_tangent == nullptr ? nullptr : x_tangent->data(), x.rows(), x.cols());
    tangents.gradient.resize(layer.parameter_count());
    ImageLayer::Work &own = *work.steps[l].layer, &along = *tangents.steps[l].layer;
    ImageValues by_x = tangents.gradients[l % 2].take(before.rows(), before.cols());
    ImageValues by_x_tangent = tangents.gradient_tangents[l % 2].take(before.rows(), before.cols());
    ImageValues* wanted = l > 0 ? &by_x_tangent : by_input_tangent;
    layer.backward(parameters + at, before, y, by_y, own, l > 0 ? &by_x : nullptr,
                   {gradient == nullptr ? tangents.gradient.data() : gradient + at});
    layer.backward_tangent(parameters + at, direction + at, before,
                           l == 0 && x_tangent == nullptr ? nullptr : &before_tangent, y, by_y, by_y_tangent, own,
                           along, wanted, gradient_tangent + at);
    after = by_x.data();
    after_tangent = by_x_tangent.data();
  }
}

}  // namespace predcorr::models
