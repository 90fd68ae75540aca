// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/variational/local_reparameterisation.hpp"

#include "models/bnn/arithmetic/lane_products.hpp"

namespace predcorr::models {
namespace {

using GivenWeights = Eigen::Map<const MatrixF>;
using WantedWeights = Eigen::Map<MatrixF>;

/// w = factor * given in padded rows, and its transpose.
template <class Given>
void load(const Given& given, float factor, MatrixF& w, MatrixF& transposed) {
  allocate(w, padded_rows(given.rows()), given.cols());
  w.topRows(given.rows()) = factor * given;
  allocate(transposed, padded_rows(given.cols()), given.rows());
  transposed.topRows(given.cols()) = factor * given.transpose();
}

/// y = w x.
void apply(const MatrixF& w, const MatrixF& transposed, const MatrixF& x, MatrixF& y) {
  if (transposed.cols() <= kFewOutputs)
    multiply_few(transposed, x, y);
  else
    multiply(w, x, w.cols(), y);
}

/// wanted = d x', outputs x (inputs + 1).
void outer(const MatrixF& d, const MatrixF& x, MatrixF& scratch, WantedWeights wanted) {
  if (wanted.rows() <= kFewOutputs) {
    allocate(scratch, x.rows(), wanted.rows());
    multiply_transposed(x, d, wanted.rows(), scratch);
    wanted = scratch.topRows(wanted.cols()).transpose();
  } else {
    allocate(scratch, d.rows(), wanted.cols());
    multiply_transposed(d, x, wanted.cols(), scratch);
    wanted = scratch.topRows(wanted.rows());
  }
}

}  // namespace

void LocalReparameterisation::draw_noise(Stream& stream, Index columns, Workspace& work) const {
  work.layers.resize(network_.layers().size());
  for (std::size_t l = 0; l < work.layers.size(); ++l) {
    MatrixF& noise = work.layers[l].noise;
    noise.resize(network_.layers()[l].outputs, columns);
    stream.fill_normals(Eigen::Map<VectorF>(noise.data(), noise.size()));
  }
}

const MatrixF& LocalReparameterisation::forward(const Eigen::Ref<const VectorF>& mean,
                                                const Eigen::Ref<const VectorF>& stddev, const NetworkInputs& inputs,
                                                Workspace& work) const {
  if (network_.is_masked()) {
    network_.lay_out(mean, work.mean_layout);
    network_.lay_out(stddev, work.stddev_layout);
  }
  const float* means = network_.is_masked() ? work.mean_layout.data() : mean.data();
  const float* stddevs = network_.is_masked() ? work.stddev_layout.data() : stddev.data();
  const auto& layers = network_.layers();
  work.inputs = &inputs;
  const Index columns = inputs.columns.cols();
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const Network::Layer& layer = layers[l];
    Workspace::LayerWork& w = work.layers[l];
    load(GivenWeights(means + layer.at, layer.outputs, layer.inputs + 1), layer.scale, w.mean, w.mean_transposed);
    load(GivenWeights(stddevs + layer.at, layer.outputs, layer.inputs + 1).cwiseAbs2(), layer.scale * layer.scale,
         w.variance, w.variance_transposed);
    const MatrixF& x = layer_inputs(work, l);
    w.squares = x.cwiseAbs2();
    const bool last = l + 1 == layers.size();
    MatrixF& z = last ? work.outputs : work.layers[l + 1].inputs;
    allocate(z, padded_rows(layer.outputs + (last ? 0 : 1)), columns);
    allocate(w.deviation, padded_rows(layer.outputs), columns);
    apply(w.mean, w.mean_transposed, x, z);
    apply(w.variance, w.variance_transposed, w.squares, w.deviation);
    w.deviation = w.deviation.cwiseSqrt();
    z.topRows(layer.outputs) += w.deviation.topRows(layer.outputs).cwiseProduct(w.noise);
    if (last) break;
    activate(network_.architecture().activation, z.topRows(padded_rows(layer.outputs)), w.slope);
    if (layer.residual) z.topRows(layer.outputs) += x.topRows(layer.inputs);
    z.row(layer.outputs).setOnes();
  }
  return work.outputs;
}

void LocalReparameterisation::backward(const MatrixF& output_gradient, Workspace& work, Eigen::Ref<VectorF> by_mean,
                                       Eigen::Ref<VectorF> by_log_stddev) const {
  if (network_.is_masked()) {
    work.by_mean.resize(network_.layout_count());
    work.by_log_stddev.resize(network_.layout_count());
  }
  float* means = network_.is_masked() ? work.by_mean.data() : by_mean.data();
  float* log_stddevs = network_.is_masked() ? work.by_log_stddev.data() : by_log_stddev.data();
  const auto& layers = network_.layers();
  work.layers.back().delta = output_gradient;
  for (std::size_t l = layers.size(); l-- > 0;) {
    const Network::Layer& layer = layers[l];
    Workspace::LayerWork& w = work.layers[l];
    const MatrixF& x = layer_inputs(work, l);
    // z = m + sqrt(v) e, so dz/dv = e / (2 sqrt(v)). Where v is 0, all inputs are, or deviations have vanished.
    allocate(w.by_variance, w.delta.rows(), w.delta.cols());
    const auto deviation = w.deviation.topRows(layer.outputs).array();
    const auto delta = w.delta.topRows(layer.outputs).array();
    w.by_variance.topRows(layer.outputs) = (deviation > 0).select(0.5f * delta * w.noise.array() / deviation, 0.0f);
    WantedWeights mean(means + layer.at, layer.outputs, layer.inputs + 1);
    outer(w.delta, x, w.gradient, mean);
    mean *= layer.scale;
    WantedWeights log_stddev(log_stddevs + layer.at, layer.outputs, layer.inputs + 1);
    outer(w.by_variance, w.squares, w.gradient, log_stddev);
    log_stddev.array() *= 2 * w.variance.topRows(layer.outputs).array();
    if (l == 0) break;

    Workspace::LayerWork& before = work.layers[l - 1];
    allocate(before.delta, padded_rows(layer.inputs), w.delta.cols());
    allocate(before.back, before.delta.rows(), w.delta.cols());
    const Index rows = before.delta.rows();
    multiply(w.mean_transposed.topRows(rows), w.delta, layer.outputs, before.delta);
    multiply(w.variance_transposed.topRows(rows), w.by_variance, layer.outputs, before.back);
    before.delta.array() += 2 * x.topRows(rows).array() * before.back.array();
    if (layer.residual) before.delta += w.after;
    if (layers[l - 1].residual) before.after = before.delta;
    before.delta.array() *= before.slope.array();
  }
  if (!network_.is_masked()) return;
  by_mean = network_.collected(work.by_mean);
  by_log_stddev = network_.collected(work.by_log_stddev);
}

}  // namespace predcorr::models
