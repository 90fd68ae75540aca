// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>

#include "models/bnn/compression/surgery.hpp"
#include "models/bnn/images/filter_bank.hpp"

namespace predcorr::models {
namespace {

/// A layer's weights between its outer factors, in the eigenbases of its own Kronecker factors.
struct Core {
  std::size_t block = 0;  // of Network::weight_blocks
  bool is_thin = false;   // whether the blocks before and behind are its outer factors
  Index taps = 1;         // of a convolution's window, whose places share a basis of the channels
  KroneckerSpectrum spectrum;
  Matrix coordinates;  // U' W V: outputs x (taps * inputs); of fully connected layers the bias's one is an input

  Index rows() const { return spectrum.delta_basis.cols(); }
  Index columns() const { return spectrum.input_basis.cols(); }
};

/// Rows and columns of a core that are left.
struct Directions {
  Rows rows, columns;
};

/// The mean over a window's places of the factor of their channels.
Matrix of_channels(const Matrix& inputs, Index channels, Index taps) {
  Matrix mean = Matrix::Zero(channels, channels);
  for (Index tap = 0; tap < taps; ++tap)
    mean += inputs.block(tap * channels, tap * channels, channels, channels) / static_cast<double>(taps);
  return mean;
}

Eigen::Map<const MatrixF> matrix_of(const WeightBlock& block, const VectorF& weights) {
  return {weights.data() + block.at, block.outputs, block.columns};
}

class DirectionSurgery : public Surgery {
 public:
  DirectionSurgery(const FittedNetwork& trained, const FisherInformation& fisher)
      : trained_(trained), blocks_(trained.network.weight_blocks()) {
    for (std::size_t b = 0; b + 1 < blocks_.size(); ++b) {
      const WeightBlock& block = blocks_[b];
      const bool outer = block.factor == ThinFactor::inputs || block.factor == ThinFactor::outputs;
      if (outer || fisher.blocks[b].deltas.size() == 0 || is_residual(b)) continue;
      const Index taps = block.layer == nullptr ? 1 : block.weight_columns() / block.group_channels;
      const Matrix& a = fisher.blocks[b].inputs;
      Core core{b,
                block.factor == ThinFactor::core,
                taps,
                KroneckerSpectrum(
                    {block.layer == nullptr ? a : of_channels(a, block.group_channels, taps), fisher.blocks[b].deltas}),
                {}};
      const Matrix w = matrix_of(block, trained.weights).cast<double>();
      core.coordinates.resize(core.rows(), taps * core.columns());
      for (Index tap = 0; tap < taps; ++tap)
        core.coordinates.middleCols(tap * core.columns(), core.columns()) =
            core.spectrum.delta_basis.transpose() * w.middleCols(tap * core.columns(), core.columns()) *
            core.spectrum.input_basis;
      add_groups(core);
      cores_.push_back(std::move(core));
    }
  }

  Index size_without(std::span<const Part> gone) const override {
    Index size = trained_.network.parameter_count() - trained_.network.statistic_count();
    const std::vector<Directions> left = left_of(gone);
    for (std::size_t c = 0; c < cores_.size(); ++c)
      if (is_rewritten(cores_[c], left[c])) size += thin_size(cores_[c], left[c]) - size_of(cores_[c]);
    return size;
  }

  FittedNetwork without(std::span<const Part> gone) const override {
    const std::vector<Directions> left = left_of(gone);
    LayerReplacements convolutions;
    std::map<std::size_t, std::pair<std::vector<Network::Layer>, std::vector<MatrixF>>> dense;  // by first block
    for (std::size_t c = 0; c < cores_.size(); ++c) {
      const Core& core = cores_[c];
      if (!is_rewritten(core, left[c])) continue;
      if (blocks_[core.block].layer != nullptr)
        replace_convolution(core, left[c], convolutions);
      else
        dense[first_block(core)] = thin_layers(core, left[c]);
    }
    const Network& network = trained_.network;
    std::shared_ptr<const ImageLayers> images = network.architecture().images;
    std::vector<float> weights(trained_.weights.begin(), trained_.weights.begin() + network.statistic_count());
    if (images) {
      ImageLayers::Replaced replaced =
          images->replaced(network.statistic_count(), trained_.weights.data(), convolutions);
      weights.insert(weights.end(), replaced.parameters.begin(), replaced.parameters.end());
      images = std::move(replaced.layers);
    }
    std::vector<Network::Layer> layers;
    const std::size_t first = blocks_.size() - network.layers().size();
    for (std::size_t l = 0; l < network.layers().size();) {
      const auto thin = dense.find(first + l);
      if (thin == dense.end()) {
        const Network::Layer& layer = network.layers()[l++];
        layers.push_back(layer);
        weights.insert(weights.end(), trained_.weights.begin() + layer.at,
                       trained_.weights.begin() + layer.at + layer.parameters());
        continue;
      }
      const auto& [thin_layers, matrices] = thin->second;
      layers.insert(layers.end(), thin_layers.begin(), thin_layers.end());
      for (const MatrixF& matrix : matrices)
        weights.insert(weights.end(), matrix.data(), matrix.data() + matrix.size());
      l += network.layers()[l].factor == ThinFactor::inputs ? 3 : 1;
    }
    return {Network(network, std::move(images), std::move(layers)),
            Eigen::Map<const VectorF>(weights.data(), std::ssize(weights))};
  }

 private:
  bool is_residual(std::size_t b) const {
    const std::size_t first = blocks_.size() - trained_.network.layers().size();
    return b >= first && trained_.network.layers()[b - first].residual;
  }

  /// Group 2 c of core c's rows, 2 c + 1 of its columns. Under the Kronecker form the loss is half the sum over entries
  /// of w'^2 l_S l_A, so each direction's share of it is what it costs.
  void add_groups(const Core& core) {
    Matrix share = Matrix::Zero(core.rows(), core.columns());
    for (Index tap = 0; tap < core.taps; ++tap)
      share += core.coordinates.middleCols(tap * core.columns(), core.columns()).cwiseAbs2();
    share.array() *= 0.5 * core.spectrum.eigenvalues().array();
    groups_.push_back({consecutive_rows(0, core.rows()), share.rowwise().sum()});
    groups_.push_back({consecutive_rows(0, core.columns()), share.colwise().sum().transpose()});
  }

  std::vector<Directions> left_of(std::span<const Part> gone) const {
    std::vector<std::vector<char>> is_gone;
    for (const PartGroup& group : groups_) is_gone.emplace_back(group.parts.size(), 0);
    for (const Part& part : gone) is_gone[part.group][static_cast<std::size_t>(part.part)] = 1;
    std::vector<Directions> left(cores_.size());
    for (std::size_t g = 0; g < groups_.size(); ++g)
      for (const Index part : groups_[g].parts)
        if (is_gone[g][static_cast<std::size_t>(part)] == 0)
          (g % 2 == 0 ? left[g / 2].rows : left[g / 2].columns).push_back(part);
    return left;
  }

  std::size_t first_block(const Core& core) const { return core.block - (core.is_thin ? 1 : 0); }

  /// What the core's layer, with outer factors, has now.
  Index size_of(const Core& core) const {
    Index size = 0;
    for (std::size_t b = first_block(core); b <= core.block + (core.is_thin ? 1 : 0); ++b) size += blocks_[b].size();
    return size;
  }

  Index thin_size(const Core& core, const Directions& left) const {
    const WeightBlock &before = blocks_[first_block(core)], &behind = blocks_[core.block + (core.is_thin ? 1 : 0)];
    const Index r = std::ssize(left.rows), c = std::ssize(left.columns);
    if (blocks_[core.block].layer == nullptr) return c * before.columns + r * (c + 1) + behind.outputs * (r + 1);
    return c * before.group_channels + r * core.taps * c + behind.outputs * (r + (behind.has_bias ? 1 : 0));
  }

  // What is thin already stays so; else only where that is smaller.
  bool is_rewritten(const Core& core, const Directions& left) const {
    const bool some_gone = std::ssize(left.rows) < core.rows() || std::ssize(left.columns) < core.columns();
    return some_gone && (core.is_thin || thin_size(core, left) <= size_of(core));
  }

  MatrixF core_of(const Core& core, const Directions& left) const {
    const Index c = std::ssize(left.columns);
    MatrixF w(std::ssize(left.rows), core.taps * c);
    for (Index tap = 0; tap < core.taps; ++tap)
      w.middleCols(tap * c, c) =
          core.coordinates.middleCols(tap * core.columns(), core.columns())(left.rows, left.columns).cast<float>();
    return w;
  }

  /// Where layers see outer factors these are multiplied by the new bases, so that there are never more than three.
  std::pair<std::vector<Network::Layer>, std::vector<MatrixF>> thin_layers(const Core& core,
                                                                           const Directions& left) const {
    const std::vector<Network::Layer>& layers = trained_.network.layers();
    const std::size_t l = core.block + layers.size() - blocks_.size();
    Network::Layer before = layers[l - (core.is_thin ? 1 : 0)], inner = layers[l],
                   behind = layers[l + (core.is_thin ? 1 : 0)];
    Matrix inputs = Matrix::Identity(inner.inputs + 1, before.inputs + 1);
    Matrix outputs = Matrix::Identity(behind.outputs, inner.outputs + 1);
    outputs.rightCols(1).setZero();
    if (core.is_thin) {
      inputs.setZero();
      inputs.topRows(inner.inputs) = matrix_of(blocks_[core.block - 1], trained_.weights).cast<double>();
      inputs(inner.inputs, before.inputs) = 1;
      outputs = matrix_of(blocks_[core.block + 1], trained_.weights).cast<double>();
    }
    const Matrix row_basis = core.spectrum.delta_basis(Eigen::all, left.rows);
    const Matrix column_basis = core.spectrum.input_basis(Eigen::all, left.columns);
    const Index r = row_basis.cols(), c = column_basis.cols();
    MatrixF middle = MatrixF::Zero(r, c + 1), last(behind.outputs, r + 1);
    middle.leftCols(c) = core_of(core, left);
    last.leftCols(r) = (outputs.leftCols(inner.outputs) * row_basis).cast<float>();
    last.rightCols(1) = outputs.rightCols(1).cast<float>();
    before.outputs = inner.inputs = c;
    inner.outputs = behind.inputs = r;
    before.scale = behind.scale = 1;
    before.factor = ThinFactor::inputs;
    inner.factor = ThinFactor::core;
    behind.factor = ThinFactor::outputs;
    return {{before, inner, behind}, {(column_basis.transpose() * inputs).cast<float>(), middle, last}};
  }

  void replace_convolution(const Core& core, const Directions& left, LayerReplacements& all) const {
    const auto layer_of = [&](std::size_t b) { return static_cast<const ConvolutionLayer*>(blocks_[b].layer); };
    const WeightBlock &block = blocks_[core.block], &behind = blocks_[core.block + (core.is_thin ? 1 : 0)];
    const Index r = std::ssize(left.rows), c = std::ssize(left.columns);
    ConvolutionOptions outer = layer_of(core.block)->options(), inner = outer;
    inner.factor = ThinFactor::core;
    inner.scale = block.scale;
    inner.channels = r;
    inner.bias = false;
    outer.window = {1, 1, 1, 0, 0};
    outer.scale = 1;
    outer.bias = false;
    outer.channels = c;
    outer.factor = ThinFactor::inputs;
    LayerReplacement thin;
    thin.layers.push_back(convolution(layer_of(first_block(core))->input(), outer));
    thin.layers.push_back(convolution(thin.layers.back()->output(), inner));
    outer.channels = behind.outputs;
    outer.bias = behind.has_bias;
    outer.factor = ThinFactor::outputs;
    thin.layers.push_back(convolution(thin.layers.back()->output(), outer));
    Matrix inputs = core.spectrum.input_basis(Eigen::all, left.columns).transpose();
    Matrix outputs = core.spectrum.delta_basis(Eigen::all, left.rows);
    if (core.is_thin) {
      inputs = inputs * matrix_of(blocks_[core.block - 1], trained_.weights).cast<double>();
      outputs = matrix_of(behind, trained_.weights).cast<double>().leftCols(behind.weight_columns()) * outputs;
    }
    for (const MatrixF& matrix : {MatrixF(inputs.cast<float>()), core_of(core, left), MatrixF(outputs.cast<float>())})
      thin.parameters.insert(thin.parameters.end(), matrix.data(), matrix.data() + matrix.size());
    if (behind.has_bias) {
      const float scale = core.is_thin ? 1 : block.scale;
      const VectorF bias = scale * matrix_of(behind, trained_.weights).rightCols(1);
      thin.parameters.insert(thin.parameters.end(), bias.begin(), bias.end());
    }
    all[blocks_[first_block(core)].at] = std::move(thin);
    for (std::size_t b = first_block(core) + 1; b <= core.block + (core.is_thin ? 1 : 0); ++b) all[blocks_[b].at] = {};
  }

  const FittedNetwork& trained_;
  std::vector<WeightBlock> blocks_;
  std::vector<Core> cores_;
};

}  // namespace

std::unique_ptr<Surgery> direction_surgery(const FittedNetwork& trained, const FisherInformation& fisher) {
  return std::make_unique<DirectionSurgery>(trained, fisher);
}

}  // namespace predcorr::models
