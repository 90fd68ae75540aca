// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/pruning/gradient_flow.hpp"

#include <cmath>

#include "core/base/error.hpp"
#include "models/bnn/arithmetic/lane_products.hpp"
#include "models/bnn/engine/likelihood.hpp"

namespace predcorr::models {
namespace {

using Weights = Eigen::Map<const MatrixF>;

Weights weights_of(const Network::Layer& layer, const VectorF& parameters) {
  return {parameters.data() + layer.at, layer.outputs, layer.inputs + 1};
}

/// The derivative of a loss's gradient by the outputs: what `moved` outputs change `by_outputs` by. Rows are outputs.
MatrixF loss_tangent(const MatrixF& outputs, const MatrixF& moved, const VectorF& y, bool heteroscedastic) {
  const Index n = y.size();
  const auto share = 1 / static_cast<float>(n);
  if (!heteroscedastic) return share / static_cast<float>(outputs.rows()) * moved;
  MatrixF tangent = MatrixF::Zero(outputs.rows(), n);
  for (Index i = 0; i < n; ++i) {
    const float residual = outputs(0, i) - y(i), raw = outputs(1, i);
    const float v = softplus(raw) + kSmallestVariance, slope = softplus_slope(raw), curvature = slope * (1 - slope);
    const float square = residual * residual;
    const float by_both = -residual * slope / (v * v);
    const float by_raw_twice =
        0.5f * (curvature * (1 / v - square / (v * v)) + slope * slope * (2 * square / (v * v * v) - 1 / (v * v)));
    tangent(0, i) = share * (moved(0, i) / v + by_both * moved(1, i));
    tangent(1, i) = share * (by_both * moved(0, i) + by_raw_twice * moved(1, i));
  }
  return tangent;
}

constexpr const char* kFlowNotFinite = "pruning: the gradient flow at the first weights is not finite";

/// A forward pass in training, and the loss's gradient by its outputs.
struct LossPass {
  LossPass(const Network& network, const VectorF& parameters, const Batch& batch, const PruningLoss& loss,
           Network::Workspace& work)
      : per_unit(1 / loss.temperature),
        outputs(per_unit * network.forward(parameters, batch.inputs, work, Pass::training)) {
    if (loss.heteroscedastic) {
      heteroscedastic_loss(outputs, batch.targets, by_outputs);
    } else {
      const Index n = batch.inputs.count, count = network.outputs();
      by_outputs.setZero(outputs.rows(), outputs.cols());
      by_outputs.topLeftCorner(count, n) =
          (outputs.topLeftCorner(count, n).rowwise() - batch.targets.transpose()) / static_cast<float>(n * count);
    }
    by_outputs *= per_unit;
  }

  float per_unit;
  MatrixF outputs, by_outputs;  // scaled by the temperature; by those before
};

/// A fully connected layer on its way there and back; columns are rows of the batch.
struct DensePass {
  MatrixF inputs, inputs_tangent;   ///< with the one that biases multiply, whose tangent is zero
  MatrixF slope, curvature, moved;  ///< of the activation behind, and the tangent of what it sees
};

MatrixF with_row(const MatrixF& m, float value) {
  MatrixF extended = MatrixF::Constant(m.rows() + 1, m.cols(), value);
  extended.topRows(m.rows()) = m;
  return extended;
}

/// Features of images as columns.
MatrixF flattened(const ConstImageValues& values, const ImageShape& shape, Index images) {
  MatrixF columns(shape.size(), images);
  for (Index i = 0; i < images; ++i) flatten(values, shape, i, columns.col(i).data());
  return columns;
}

/// And back, padded.
MatrixF as_pixels(const MatrixF& columns, const ImageShape& shape) {
  MatrixF values = MatrixF::Zero(padded_rows(shape.channels), columns.cols() * shape.height * shape.width);
  for (Index i = 0; i < columns.cols(); ++i)
    unflatten(columns.col(i).data(), shape, i, {values.data(), values.rows(), values.cols()});
  return values;
}

/// Both passes and their derivatives along a direction.
class FlowPass {
 public:
  FlowPass(const Network& network, const VectorF& parameters, const VectorF& direction)
      : network_(network), parameters_(parameters), direction_(direction), passes_(network.layers().size()) {}

  /// The outputs' tangent; the outputs are in `work`.
  MatrixF forward(Network::Workspace& work, Index n) {
    if (const auto& images = network_.architecture().images) {
      Network::Workspace::ImageWork& w = *work.images;
      tangents_ = images->tangents();
      const ConstImageValues features = images->forward_tangent(parameters_.data() + network_.statistic_count(),
                                                                direction_.data() + network_.statistic_count(),
                                                                read_only(w.inputs), nullptr, w.layers, tangents_);
      passes_.front().inputs_tangent = with_row(flattened(features, images->output(), n), 0);
    } else {
      passes_.front().inputs_tangent = MatrixF::Zero(network_.layers().front().inputs + 1, n);
    }
    for (std::size_t l = 0;; ++l) {
      const Network::Layer& layer = network_.layers()[l];
      DensePass& pass = passes_[l];
      pass.inputs = network_.layer_inputs(work, l).topLeftCorner(layer.inputs + 1, n);
      const Weights w = weights_of(layer, parameters_), v = weights_of(layer, direction_);
      pass.moved = layer.scale * (v * pass.inputs + w * pass.inputs_tangent);
      if (l + 1 == passes_.size()) return pass.moved;
      MatrixF z = layer.scale * (w * pass.inputs);
      if (layer.is_activated()) {
        pass.curvature = curvature_of(network_.architecture().activation, z);
        activate(network_.architecture().activation, z, pass.slope);
      } else {
        pass.curvature = MatrixF::Zero(z.rows(), z.cols());
        pass.slope = MatrixF::Ones(z.rows(), z.cols());
      }
      MatrixF next = pass.slope.cwiseProduct(pass.moved);
      if (layer.residual) next += pass.inputs_tangent.topRows(layer.inputs);
      passes_[l + 1].inputs_tangent = with_row(next, 0);
    }
  }

  /// @param by_z, by_z_tangent by the outputs, outputs x n
  GradientFlow backward(MatrixF by_z, MatrixF by_z_tangent, Network::Workspace& work) {
    GradientFlow flow{VectorF::Zero(network_.parameter_count()), VectorF::Zero(network_.parameter_count())};
    for (std::size_t l = passes_.size(); l-- > 0;) {
      const Network::Layer& layer = network_.layers()[l];
      const DensePass& pass = passes_[l];
      Eigen::Map<MatrixF>(flow.gradient.data() + layer.at, layer.outputs, layer.inputs + 1) =
          layer.scale * by_z * pass.inputs.transpose();
      Eigen::Map<MatrixF>(flow.hessian_product.data() + layer.at, layer.outputs, layer.inputs + 1) =
          layer.scale * (by_z_tangent * pass.inputs.transpose() + by_z * pass.inputs_tangent.transpose());
      if (l == 0 && !network_.architecture().images) break;
      const auto w = weights_of(layer, parameters_).leftCols(layer.inputs);
      const auto v = weights_of(layer, direction_).leftCols(layer.inputs);
      MatrixF by_x = layer.scale * w.transpose() * by_z;
      MatrixF by_x_tangent = layer.scale * (w.transpose() * by_z_tangent + v.transpose() * by_z);
      if (layer.residual) {
        by_x += by_sum_;
        by_x_tangent += by_sum_tangent_;
      }
      if (l == 0) {
        send_to_images(by_x, by_x_tangent, work, flow);
        break;
      }
      const DensePass& before = passes_[l - 1];
      by_z_tangent =
          before.slope.cwiseProduct(by_x_tangent) + by_x.cwiseProduct(before.curvature).cwiseProduct(before.moved);
      by_z = before.slope.cwiseProduct(by_x);
      by_sum_ = std::move(by_x);
      by_sum_tangent_ = std::move(by_x_tangent);
    }
    return flow;
  }

 private:
  void send_to_images(const MatrixF& by_x, const MatrixF& by_x_tangent, Network::Workspace& work, GradientFlow& flow) {
    const ImageLayers& images = *network_.architecture().images;
    Network::Workspace::ImageWork& w = *work.images;
    const Index at = network_.statistic_count();
    const MatrixF by_output = as_pixels(by_x, images.output());
    const MatrixF by_output_tangent = as_pixels(by_x_tangent, images.output());
    images.backward_tangent(parameters_.data() + at, direction_.data() + at, read_only(w.inputs), nullptr,
                            read_only(by_output), read_only(by_output_tangent), w.layers, tangents_, nullptr,
                            flow.gradient.data() + at, flow.hessian_product.data() + at);
  }

  const Network& network_;
  const VectorF &parameters_, &direction_;
  std::vector<DensePass> passes_;
  ImageLayers::Tangents tangents_;
  MatrixF by_sum_, by_sum_tangent_;  // by what a residual layer's sum is, of the layer behind
};

}  // namespace

VectorF pruning_gradient(const Network& network, const VectorF& parameters, const Batch& batch,
                         const PruningLoss& loss) {
  Network::Workspace work;
  const LossPass pass(network, parameters, batch, loss, work);
  VectorF gradient(parameters.size());
  network.backward(pass.by_outputs, work, gradient);
  require(gradient.allFinite(), ErrorKind::numerical, kFlowNotFinite);
  return gradient;
}

GradientFlow gradient_flow(const Network& network, const VectorF& parameters, const Batch& batch,
                           const PruningLoss& loss, const VectorF& direction) {
  const Index n = batch.inputs.count;
  Network::Workspace work;
  const LossPass loss_pass(network, parameters, batch, loss, work);
  VectorF along = direction;
  if (along.size() == 0) {
    along.resize(parameters.size());
    network.backward(loss_pass.by_outputs, work, along);
  }
  FlowPass pass(network, parameters, along);
  const MatrixF moved = loss_pass.per_unit * pass.forward(work, n);
  const MatrixF tangent = loss_pass.per_unit * loss_tangent(loss_pass.outputs.topLeftCorner(network.outputs(), n),
                                                            moved, batch.targets, loss.heteroscedastic);
  GradientFlow flow = pass.backward(loss_pass.by_outputs.topLeftCorner(network.outputs(), n), tangent, work);
  require(flow.gradient.allFinite() && flow.hessian_product.allFinite(), ErrorKind::numerical, kFlowNotFinite);
  return flow;
}

}  // namespace predcorr::models
