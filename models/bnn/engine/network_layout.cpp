// SPDX-License-Identifier: Apache-2.0
// What a network is made of; its passes are in network.cpp.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "models/bnn/arithmetic/lane_products.hpp"
#include "models/bnn/engine/network.hpp"

namespace predcorr::models {

NetworkInputs network_inputs(const Matrix& rows) {
  NetworkInputs all{MatrixF::Zero(padded_rows(rows.cols() + 1), padded_columns(rows.rows())), rows.rows()};
  all.columns.topLeftCorner(rows.cols(), rows.rows()) = rows.transpose().cast<float>();
  all.columns.row(rows.cols()).head(rows.rows()).setOnes();
  return all;
}

void gather(const NetworkInputs& all, const Rows& rows, NetworkInputs& chosen) {
  chosen.count = std::ssize(rows);
  const Index columns = padded_columns(chosen.count);
  chosen.columns.resize(all.columns.rows(), columns);
  const Index height = all.columns.rows();
  for (Index i = 0; i < chosen.count; ++i)
    std::memcpy(chosen.columns.data() + i * height, all.columns.data() + rows[static_cast<std::size_t>(i)] * height,
                static_cast<std::size_t>(height) * sizeof(float));
  chosen.columns.rightCols(columns - chosen.count).setZero();
}

Network::Network(const Architecture& architecture) : architecture_(architecture) {
  const auto& images = architecture.images;
  std::vector<Index> sizes = {images ? images->output().size() : architecture.inputs};
  sizes.insert(sizes.end(), architecture.hidden.begin(), architecture.hidden.end());
  sizes.push_back(architecture.outputs);
  Index at = images ? images->statistic_count() + images->parameter_count() : 0;
  for (std::size_t l = 0; l + 1 < sizes.size(); ++l) {
    const bool last = l + 2 == sizes.size();
    const float scale = architecture.fan_in_scaling ? 1 / std::sqrt(static_cast<float>(sizes[l] + 1)) : 1.0f;
    const bool residual = architecture.residual && l > 0 && !last && sizes[l] == sizes[l + 1];
    layers_.push_back({sizes[l], sizes[l + 1], at, scale, residual});
    at += layers_.back().parameters();
  }
}

Network::Network(const Network& whole, Parts parts)
    : architecture_(whole.architecture_), columns_(whole.columns_), kept_(std::move(parts.kept)) {
  architecture_.images = std::move(parts.images);
  const auto& images = architecture_.images;
  Index inputs = images ? images->output().size() : whole.layers_.front().inputs;
  if (!images && std::ssize(parts.columns) < inputs) {
    inputs = std::ssize(parts.columns);
    for (Index& column : parts.columns) column = columns_.empty() ? column : columns_[static_cast<std::size_t>(column)];
    columns_ = std::move(parts.columns);
  }
  Index at = images ? images->statistic_count() + images->parameter_count() : 0;
  for (std::size_t l = 0; l < whole.layers_.size(); ++l) {
    layers_.push_back(whole.layers_[l]);
    Layer& layer = layers_.back();
    layer.inputs = inputs;
    layer.outputs = inputs = parts.units[l];
    layer.at = at;
    at += layer.parameters();
    if (l + 1 < whole.layers_.size()) architecture_.hidden[l] = static_cast<int>(layer.outputs);
  }
  if (std::ssize(kept_) == layout_count()) kept_.clear();
}

Network::Network(const Network& whole, std::shared_ptr<const ImageLayers> images, std::vector<Layer> layers)
    : architecture_(whole.architecture_), layers_(std::move(layers)), columns_(whole.columns_) {
  Index at = images ? images->statistic_count() + images->parameter_count() : 0;
  architecture_.images = std::move(images);
  architecture_.hidden.clear();
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    layers_[l].at = at;
    at += layers_[l].parameters();
    if (l + 1 < layers_.size()) architecture_.hidden.push_back(static_cast<int>(layers_[l].outputs));
  }
}

void Network::lay_out(const Eigen::Ref<const VectorF>& parameters, VectorF& layout) const {
  layout.setZero(layout_count());
  for (std::size_t i = 0; i < kept_.size(); ++i) layout(kept_[i]) = parameters(static_cast<Index>(i));
}

const VectorF& Network::laid_out(const VectorF& parameters, VectorF& storage) const {
  if (!is_masked()) return parameters;
  lay_out(parameters, storage);
  return storage;
}

VectorF Network::collected(const VectorF& layout) const { return is_masked() ? VectorF(layout(kept_)) : layout; }

NetworkInputs Network::inputs_of(const Matrix& rows) const {
  return network_inputs(columns_.empty() ? rows : Matrix(rows(Eigen::all, columns_)));
}

double Network::operations() const {
  double sum = 0;
  for (const WeightBlock& block : weight_blocks())
    sum += 2.0 * static_cast<double>(block.outputs * block.weight_columns() * block.pixels());
  return sum;
}

std::vector<WeightBlock> Network::weight_blocks() const {
  std::vector<WeightBlock> blocks;
  if (architecture_.images) architecture_.images->add_weights(statistic_count(), blocks);
  for (const Layer& layer : layers_) {
    blocks.push_back({layer.at, layer.outputs, layer.inputs + 1});
    blocks.back().scale = layer.scale;
    blocks.back().factor = layer.factor;
  }
  return blocks;
}

std::vector<LayerReport> Network::reports(const Workspace& work) const {
  std::vector<LayerReport> all;
  if (work.images) architecture_.images->add_reports(work.images->layers, statistic_count(), all);
  for (std::size_t l = 0; l < work.layers.size(); ++l)
    if (work.layers[l].int8)
      all.push_back({"fully connected layer", layers_[l].at, layers_[l].parameters(), work.layers[l].int8->report()});
  return all;
}

std::vector<ChannelMask> Network::channel_masks(Workspace& work) const {
  std::vector<ChannelMask> masks;
  if (!architecture_.images) return masks;
  if (!work.images) work.images.emplace().layers = architecture_.images->workspace();
  architecture_.images->add_masks(work.images->layers, masks);
  return masks;
}

VectorF Network::initial_parameters(Stream& stream) const {
  VectorF parameters = VectorF::Zero(layout_count());
  if (const auto& images = architecture_.images)
    images->initialise(stream, architecture_.fan_in_scaling, parameters.data() + statistic_count(), parameters.data());
  const bool half_dead = architecture_.activation == Activation::relu || architecture_.activation == Activation::silu;
  for (const Layer& layer : layers_) {
    const bool scaled = architecture_.fan_in_scaling;
    const double stddev = scaled ? 1.0 : std::sqrt((half_dead ? 2.0 : 1.0) / static_cast<double>(layer.inputs));
    const Index random = scaled ? layer.parameters() : layer.inputs * layer.outputs;
    for (Index i = layer.at; i < layer.at + random; ++i) parameters(i) = static_cast<float>(stddev * stream.normal());
  }
  return collected(parameters);
}

}  // namespace predcorr::models
