// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/images/image_layers.hpp"

namespace predcorr::models {
namespace {

ConstImageValues fixed(const ImageValues& values) { return {values.data(), values.rows(), values.cols()}; }

}  // namespace

void ImageLayers::add(std::unique_ptr<ImageLayer> layer) {
  places_.push_back({parameters_, statistics_});
  parameters_ += layer->parameter_count();
  statistics_ += layer->statistic_count();
  output_ = layer->output();
  layers_.push_back(std::move(layer));
}

void ImageLayers::add_weights(Index at, std::vector<WeightBlock>& blocks) const {
  for (std::size_t l = 0; l < layers_.size(); ++l) layers_[l]->add_weights(at + places_[l].parameters, blocks);
}

void ImageLayers::initialise(Stream& stream, bool scaled, float* parameters, float* statistics) const {
  for (std::size_t l = 0; l < layers_.size(); ++l)
    layers_[l]->initialise(stream, scaled, parameters + places_[l].parameters, statistics + places_[l].statistics);
}

ImageLayers::Work ImageLayers::workspace() const {
  Work work;
  for (const auto& layer : layers_) work.steps.push_back({{}, layer->workspace()});
  return work;
}

ConstImageValues ImageLayers::forward(const float* parameters, const float* statistics, Pass pass,
                                      const ConstImageValues& x, Work& work) const {
  work.images = x.cols() / (input_.height * input_.width);
  const float* values = x.data();
  Index rows = x.rows(), columns = x.cols();
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    ImageValues y = work.steps[l].output.take(layers_[l]->output(), work.images);
    layers_[l]->forward(parameters + places_[l].parameters, statistics + places_[l].statistics, pass,
                        {values, rows, columns}, *work.steps[l].layer, y);
    values = y.data();
    rows = y.rows();
    columns = y.cols();
  }
  return {values, rows, columns};
}

void ImageLayers::backward(const float* parameters, const ConstImageValues& x, const ConstImageValues& by_output,
                           Work& work, ImageValues* by_input, GradientSink gradient) const {
  const float* after = by_output.data();
  for (std::size_t l = layers_.size(); l-- > 0;) {
    const ImageLayer& layer = *layers_[l];
    const ImageValues y = work.steps[l].output.take(layer.output(), work.images);
    const ConstImageValues before = l == 0
                                        ? ConstImageValues(x.data(), x.rows(), x.cols())
                                        : fixed(work.steps[l - 1].output.take(layers_[l - 1]->output(), work.images));
    const ConstImageValues by_y(after, y.rows(), y.cols());
    const GradientSink own = gradient.from(places_[l].parameters);
    const float* own_parameters = parameters + places_[l].parameters;
    if (l > 0) {
      ImageValues by_x = work.gradients[l % 2].take(layer.input(), work.images);
      layer.backward(own_parameters, before, fixed(y), by_y, *work.steps[l].layer, &by_x, own);
      after = by_x.data();
    } else {
      layer.backward(own_parameters, before, fixed(y), by_y, *work.steps[l].layer, by_input, own);
    }
  }
}

void ImageLayers::update_statistics(const Work& work, float momentum, float* statistics) const {
  for (std::size_t l = 0; l < layers_.size(); ++l)
    layers_[l]->update_statistics(*work.steps[l].layer, momentum, statistics + places_[l].statistics);
}

}  // namespace predcorr::models
