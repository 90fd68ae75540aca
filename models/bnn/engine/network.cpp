// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/engine/network.hpp"

#include <algorithm>

#include "models/bnn/arithmetic/lane_products.hpp"

namespace predcorr::models {
namespace {

constexpr Index kImageBlock = 16;  // images whose values between layers stay in the caches

bool has_few(const Network::Layer& layer) { return layer.outputs <= kFewOutputs; }

}  // namespace

// Its outputs tell where its units were active, so its slopes need not be kept, nor its sums be passed over again.
bool Network::is_rectified(std::size_t l) const {
  return architecture_.activation == Activation::relu && l + 1 < layers_.size() && !layers_[l].residual &&
         !has_few(layers_[l]) && layers_[l].is_activated();
}

// Of networks on images the first layer with weights is a convolution.
bool Network::trains_in_int8(std::size_t l) const {
  if (!architecture_.int8) return false;
  const bool first = l == 0 && !architecture_.images, last = l + 1 == layers_.size();
  return !(first && architecture_.int8->keeps_float(LayerPlace::first)) &&
         !(last && architecture_.int8->keeps_float(LayerPlace::last));
}

void Network::load(const float* layout, Pass pass, Workspace& work) const {
  work.layers.resize(layers_.size());
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const Layer& layer = layers_[l];
    Workspace::LayerWork& w = work.layers[l];
    w.is_int8 = pass == Pass::training && trains_in_int8(l);
    if (w.is_int8) continue;  // quantises them itself
    const Eigen::Map<const MatrixF> given(layout + layer.at, layer.outputs, layer.inputs + 1);
    if (!has_few(layer)) {
      allocate(w.weights, padded_rows(layer.outputs), layer.inputs + 1);
      w.weights.topRows(layer.outputs) = layer.scale * given;
    }
    if (has_few(layer) || l > 0 || architecture_.images) {
      allocate(w.transposed, padded_rows(layer.inputs + 1), layer.outputs);
      w.transposed.topRows(layer.inputs + 1) = layer.scale * given.transpose();
    }
  }
}

const NetworkInputs& Network::see_images(const float* layout, const NetworkInputs& inputs, Workspace& work,
                                         Pass pass) const {
  const ImageLayers& layers = *architecture_.images;
  if (!work.images) work.images.emplace().layers = layers.workspace();
  Workspace::ImageWork& w = *work.images;
  w.parameters = Eigen::Map<const VectorF>(layout, layers_.front().at);
  w.layers.rounding = work.rounding;
  const ImageShape &shape = layers.input(), &end = layers.output();
  const Index pixels = shape.height * shape.width;
  const bool bare = layers.layers().front()->takes_bare_channels();
  allocate(w.features.columns, padded_rows(end.size() + 1), inputs.columns.cols());
  w.features.count = inputs.count;
  const Index block = pass == Pass::prediction ? std::min(kImageBlock, inputs.count) : inputs.count;
  for (Index first = 0; first < inputs.count; first += block) {
    const Index images = std::min(block, inputs.count - first);
    allocate(w.inputs, bare ? shape.channels : padded_rows(shape.channels), images * pixels);
    for (Index i = 0; i < images; ++i)
      unflatten(inputs.columns.col(first + i).data(), shape, i, {w.inputs.data(), w.inputs.rows(), w.inputs.cols()});
    const ConstImageValues values = layers.forward(w.parameters.data() + statistic_count(), w.parameters.data(), pass,
                                                   read_only(w.inputs), w.layers);
    for (Index i = 0; i < images; ++i) {
      float* column = w.features.columns.col(first + i).data();
      flatten(values, end, i, column);
      column[end.size()] = 1;
    }
  }
  return w.features;
}

const MatrixF& Network::forward(const Eigen::Ref<const VectorF>& parameters, const NetworkInputs& inputs,
                                Workspace& work, Pass pass) const {
  if (is_masked()) lay_out(parameters, work.layout);
  const float* layout = is_masked() ? work.layout.data() : parameters.data();
  load(layout, pass, work);
  work.inputs = architecture_.images ? &see_images(layout, inputs, work, pass) : &inputs;
  const Index columns = inputs.columns.cols();
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const Layer& layer = layers_[l];
    Workspace::LayerWork& w = work.layers[l];
    if (w.mask.size() > 0) w.masked = unmasked_inputs(work, l).cwiseProduct(w.mask);
    const MatrixF& x = layer_inputs(work, l);
    const bool last = l + 1 == layers_.size();
    MatrixF& z = last ? work.outputs : work.layers[l + 1].inputs;
    allocate(z, padded_rows(layer.outputs + (last ? 0 : 1)), columns);
    const bool rectified = is_rectified(l);
    if (w.is_int8) {
      if (!w.int8) w.int8.emplace();
      RoundingPlace place = work.rounding;
      place.tensor = l + 1;
      w.int8->begin(*architecture_.int8, place);
      const Eigen::Map<const MatrixF> given(layout + layer.at, layer.outputs, layer.inputs + 1);
      w.int8->multiply(given, layer.scale, x, work.inputs->count, z);
      if (rectified) z = z.cwiseMax(0.0f);
    } else if (rectified) {
      multiply_rectified(w.weights, x, layer.inputs + 1, z);
    } else if (has_few(layer)) {
      multiply_few(w.transposed, x, z);
    } else {
      multiply(w.weights, x, layer.inputs + 1, z);
    }
    if (last) break;
    if (!rectified && layer.is_activated()) {
      activate(architecture_.activation, z.topRows(padded_rows(layer.outputs)), w.slope);
      if (layer.residual) z.topRows(layer.outputs) += unmasked_inputs(work, l).topRows(layer.inputs);
    }
    z.row(layer.outputs).setOnes();
  }
  return work.outputs;
}

void Network::send_back(std::size_t l, Workspace& work, MatrixF& by_inputs) const {
  Workspace::LayerWork& w = work.layers[l];
  if (!w.is_int8) {
    multiply(w.transposed.topRows(by_inputs.rows()), w.delta, layers_[l].outputs, by_inputs);
    return;
  }
  w.int8->take_gradient(w.delta);
  w.int8->multiply_back(by_inputs);
}

void Network::backward_deltas(const MatrixF& output_gradient, Workspace& work) const {
  work.layers.back().delta = output_gradient;
  for (std::size_t l = layers_.size() - 1; l > 0; --l) {
    Workspace::LayerWork& after = work.layers[l];
    Workspace::LayerWork& before = work.layers[l - 1];
    allocate(before.delta, padded_rows(layers_[l - 1].outputs), output_gradient.cols());
    if (is_rectified(l - 1) && !layers_[l].residual && after.mask.size() == 0 && !after.is_int8) {
      multiply_where_positive(after.transposed.topRows(before.delta.rows()), after.delta, layers_[l].outputs,
                              after.inputs, before.delta);
      continue;
    }
    send_back(l, work, before.delta);
    if (after.mask.size() > 0) before.delta.array() *= after.mask.topRows(before.delta.rows()).array();
    if (layers_[l].residual) before.delta += after.after;
    if (layers_[l - 1].residual) before.after = before.delta;
    if (is_rectified(l - 1))
      before.delta = (after.inputs.topRows(before.delta.rows()).array() > 0).select(before.delta, 0.0f);
    else if (layers_[l - 1].is_activated())
      before.delta.array() *= before.slope.array();
  }
}

void Network::tell_images(Workspace& work, GradientSink gradient) const {
  const ImageLayers& layers = *architecture_.images;
  Workspace::ImageWork& w = *work.images;
  const Workspace::LayerWork& after = work.layers.front();
  allocate(w.by_features, padded_rows(layers_.front().inputs + 1), after.delta.cols());
  send_back(0, work, w.by_features);
  if (after.mask.size() > 0) w.by_features.array() *= after.mask.topRows(w.by_features.rows()).array();
  const ImageShape& end = layers.output();
  const Index images = w.features.count;
  ImageValues by_output = w.by_output.take(end, images);
  by_output.setZero();
  for (Index i = 0; i < images; ++i) unflatten(w.by_features.col(i).data(), end, i, by_output);
  layers.backward(w.parameters.data() + statistic_count(), read_only(w.inputs), read_only(by_output), w.layers, nullptr,
                  gradient);
}

void Network::update_statistics(const Workspace& work, Eigen::Ref<VectorF> parameters, float momentum) const {
  if (architecture_.images) architecture_.images->update_statistics(work.images->layers, momentum, parameters.data());
}

void Network::add_decay(float decay, const Eigen::Ref<const VectorF>& parameters, Eigen::Ref<VectorF> gradient) const {
  const Index trained = parameter_count() - statistic_count();
  gradient.segment(statistic_count(), trained) += decay * parameters.segment(statistic_count(), trained);
}

void Network::backward(const MatrixF& output_gradient, Workspace& work, Eigen::Ref<VectorF> gradient) const {
  backward_deltas(output_gradient, work);
  if (is_masked()) work.layout_gradient.resize(layout_count());
  float* layout = is_masked() ? work.layout_gradient.data() : gradient.data();
  if (architecture_.images) {
    std::fill_n(layout, statistic_count(), 0.0f);
    tell_images(work, {layout + statistic_count()});
  } else if (work.layers.front().is_int8) {
    work.layers.front().int8->take_gradient(work.layers.front().delta);
  }
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const Layer& layer = layers_[l];
    Workspace::LayerWork& w = work.layers[l];
    const MatrixF& x = layer_inputs(work, l);
    Eigen::Map<MatrixF> wanted(layout + layer.at, layer.outputs, layer.inputs + 1);
    if (w.is_int8) {
      w.int8->by_weights(wanted.leftCols(layer.inputs));
      wanted.col(layer.inputs) = layer.scale * w.delta.rowwise().sum().head(layer.outputs);
    } else if (has_few(layer)) {
      allocate(w.gradient, x.rows(), layer.outputs);
      multiply_transposed(x, w.delta, layer.outputs, w.gradient);
      wanted = layer.scale * w.gradient.topRows(layer.inputs + 1).transpose();
    } else {
      allocate(w.gradient, w.delta.rows(), layer.inputs + 1);
      multiply_transposed(w.delta, x, layer.inputs + 1, w.gradient);
      wanted = layer.scale * w.gradient.topRows(layer.outputs);
    }
  }
  if (is_masked()) gradient = work.layout_gradient(kept_);
  ++work.rounding.step;
}

MatrixF Network::output_unit(const Workspace& work, Index o) {
  MatrixF unit = MatrixF::Zero(work.outputs.rows(), work.outputs.cols());
  unit.row(o).head(work.inputs->count).setOnes();
  return unit;
}

void Network::jacobian(Index o, Workspace& work, MatrixF& jacobian,
                       std::map<const ImageLayer*, ConvolutionSums>* sums) const {
  row_gradients(output_unit(work, o), work, jacobian, sums);
}

void Network::row_gradients(const MatrixF& output_gradient, Workspace& work, MatrixF& gradients,
                            std::map<const ImageLayer*, ConvolutionSums>* sums) const {
  backward_deltas(output_gradient, work);
  gradients.resize(layout_count(), work.inputs->count);
  if (architecture_.images) {
    gradients.topRows(statistic_count()).setZero();
    tell_images(work, {gradients.data() + statistic_count(), gradients.rows(), sums});
  }
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const Layer& layer = layers_[l];
    const MatrixF& x = layer_inputs(work, l);
    for (Index i = 0; i < gradients.cols(); ++i) {
      Eigen::Map<MatrixF> wanted(&gradients(layer.at, i), layer.outputs, layer.inputs + 1);
      wanted.noalias() =
          layer.scale * work.layers[l].delta.col(i).head(layer.outputs) * x.col(i).head(layer.inputs + 1).transpose();
    }
  }
  if (is_masked()) gradients = MatrixF(gradients(kept_, Eigen::all));
}

}  // namespace predcorr::models
