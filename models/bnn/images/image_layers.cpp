// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/images/image_layers.hpp"

#include "core/base/hash.hpp"

namespace predcorr::models {
namespace {

/// Every pixel of image i by column i of the mask, as far as there are channels.
void multiply_channels(const MatrixF& mask, Index images, ImageValues& values) {
  const Index pixels = values.cols() / images;
  for (Index i = 0; i < images; ++i)
    for (Index j = i * pixels; j < (i + 1) * pixels; ++j)
      values.col(j).array() *= mask.col(i).head(values.rows()).array();
}

}  // namespace

void ImageLayers::add(std::shared_ptr<const ImageLayer> layer) {
  places_.push_back({parameters_, statistics_});
  parameters_ += layer->parameter_count();
  statistics_ += layer->statistic_count();
  output_ = layer->output();
  layers_.push_back(std::move(layer));
}

void ImageLayers::add_reports(const Work& work, Index at, std::vector<LayerReport>& reports) const {
  for (std::size_t l = 0; l < layers_.size(); ++l)
    layers_[l]->add_reports(*work.steps[l].layer, at + places_[l].parameters, reports);
}

void ImageLayers::add_masks(Work& work, std::vector<ChannelMask>& masks) const {
  for (std::size_t l = 0; l < layers_.size(); ++l)
    layers_[l]->add_masks(*work.steps[l].layer, work.steps[l].mask, masks);
}

void ImageLayers::add_weights(Index at, std::vector<WeightBlock>& blocks) const {
  for (std::size_t l = 0; l < layers_.size(); ++l) layers_[l]->add_weights(at + places_[l].parameters, blocks);
}

void ImageLayers::initialise(Stream& stream, bool scaled, float* parameters, float* statistics) const {
  for (std::size_t l = 0; l < layers_.size(); ++l)
    layers_[l]->initialise(stream, scaled, parameters + places_[l].parameters, statistics + places_[l].statistics);
}

std::size_t ImageLayers::trace(std::size_t group, const char* left, ChannelGroups& groups) const {
  for (std::size_t l = 0; l < layers_.size(); ++l)
    group = layers_[l]->trace(group, left + places_[l].parameters, groups);
  return group;
}

ImageLayers::Narrowed ImageLayers::narrowed(const ImageShape& input, const ChannelGroups& groups) const {
  Narrowed result{std::make_unique<ImageLayers>(input), {}, {}};
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    NarrowedLayer layer = layers_[l]->narrowed(result.layers->output(), groups);
    for (const Index i : layer.parameters) result.parameters.push_back(places_[l].parameters + i);
    for (const Index i : layer.statistics) result.statistics.push_back(places_[l].statistics + i);
    result.layers->add(std::move(layer.layer));
  }
  return result;
}

void ImageLayers::add_scales(Index at, std::vector<ChannelScales>& scales) const {
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const std::size_t before = scales.size();
    layers_[l]->add_scales(at + places_[l].parameters, scales);
    std::vector<WeightBlock> weights;
    if (l > 0) layers_[l - 1]->add_weights(at + places_[l - 1].parameters, weights);
    const bool is_norm = scales.size() == before + 1 && scales.back().at == at + places_[l].parameters;
    if (is_norm && weights.size() == 1) scales.back().convolution = weights.front().at;
  }
}

ImageLayers::Replaced ImageLayers::replaced(Index at, const float* flat, const LayerReplacements& others) const {
  Replaced result{std::make_unique<ImageLayers>(input_), {}};
  const auto append = [&](const std::vector<float>& parameters) {
    result.parameters.insert(result.parameters.end(), parameters.begin(), parameters.end());
  };
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const Index here = at + places_[l].parameters;
    const float* first = flat + here;
    if (const auto within = layers_[l]->replaced_within(here, flat, others)) {
      result.layers->add(within->layer);
      append(within->parameters);
    } else if (const auto other = others.find(here); other != others.end() && layers_[l]->parameter_count() > 0) {
      for (const auto& layer : other->second.layers) result.layers->add(layer);
      append(other->second.parameters);
    } else {
      result.layers->add(layers_[l]);
      append({first, first + layers_[l]->parameter_count()});
    }
  }
  return result;
}

ImageLayers::Work ImageLayers::workspace() const {
  Work work;
  for (const auto& layer : layers_) work.steps.push_back({{}, layer->workspace(), {}, {}});
  return work;
}

ConstImageValues ImageLayers::forward(const float* parameters, const float* statistics, Pass pass,
                                      const ConstImageValues& x, Work& work) const {
  work.images = x.cols() / (input_.height * input_.width);
  const float* values = x.data();
  Index rows = x.rows(), columns = x.cols();
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    Work::Step& step = work.steps[l];
    ImageValues y = step.output.take(layers_[l]->output(), work.images);
    step.layer->rounding = work.rounding;
    step.layer->rounding.tensor = mix_bits(work.rounding.tensor + l + 1);
    if (step.mask.size() > 0) {
      ImageValues masked = step.masked.take(rows, columns);
      masked = ConstImageValues(values, rows, columns);
      multiply_channels(step.mask, work.images, masked);
      values = masked.data();
    }
    layers_[l]->forward(parameters + places_[l].parameters, statistics + places_[l].statistics, pass,
                        {values, rows, columns}, *step.layer, y);
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
    const MatrixF& mask = work.steps[l].mask;
    const ConstImageValues unmasked =
        l == 0 ? ConstImageValues(x.data(), x.rows(), x.cols())
               : read_only(work.steps[l - 1].output.take(layers_[l - 1]->output(), work.images));
    const ConstImageValues before =
        mask.size() == 0 ? unmasked : read_only(work.steps[l].masked.take(unmasked.rows(), unmasked.cols()));
    const ConstImageValues by_y(after, y.rows(), y.cols());
    const GradientSink own = gradient.from(places_[l].parameters);
    const float* own_parameters = parameters + places_[l].parameters;
    if (l > 0) {
      ImageValues by_x = work.gradients[l % 2].take(layer.input(), work.images);
      layer.backward(own_parameters, before, read_only(y), by_y, *work.steps[l].layer, &by_x, own);
      if (mask.size() > 0) multiply_channels(mask, work.images, by_x);
      after = by_x.data();
    } else {
      layer.backward(own_parameters, before, read_only(y), by_y, *work.steps[l].layer, by_input, own);
      if (mask.size() > 0 && by_input != nullptr) multiply_channels(mask, work.images, *by_input);
    }
  }
}

void ImageLayers::update_statistics(const Work& work, float momentum, float* statistics) const {
  for (std::size_t l = 0; l < layers_.size(); ++l)
    layers_[l]->update_statistics(*work.steps[l].layer, momentum, statistics + places_[l].statistics);
}

}  // namespace predcorr::models
