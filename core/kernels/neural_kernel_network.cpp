// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "core/base/stream.hpp"
#include "core/kernels/composite.hpp"
#include "core/kernels/learned_kernel.hpp"

namespace predcorr {
namespace {

using Values = std::vector<Matrix>;  // one matrix for each unit of a layer

/// The primitive kernels of a small network that has something of everything.
std::vector<Nested<Kernel>> default_primitives() {
  std::vector<Nested<Kernel>> all;
  for (const char* name : {"linear", "rbf", "rbf", "rational-quadratic", "matern", "periodic"})
    all.push_back(JsonType<Nested<Kernel>>::read(name));
  return all;
}

struct NeuralKernelNetworkParameters {
  std::vector<Nested<Kernel>> primitives = default_primitives();
  std::vector<int> units = {8, 4, 1};
  HyperParameter weight;
  static Fields<NeuralKernelNetworkParameters> fields() {
    using P = NeuralKernelNetworkParameters;
    return {field("primitives", &P::primitives, any_value(), "the kernels of the first layer"),
            field("units", &P::units, between(1, 1000),
                  "of each linear layer: even numbers, whose pairs are multiplied, and at last 1"),
            field("weight", &P::weight, above(0),
                  "all weights, layer by layer, unit by unit, each unit's bias behind its weights")};
  }
};

/// Shape of the linear layers: rows are units, columns the inputs and at last the bias.
std::vector<std::pair<Index, Index>> layer_shapes(Index primitives, const std::vector<int>& units) {
  std::vector<std::pair<Index, Index>> shapes;
  Index inputs = primitives;
  for (const int outputs : units) {
    shapes.emplace_back(outputs, inputs + 1);
    inputs = outputs / 2;
  }
  return shapes;
}

/// Sums and products of kernels are kernels; so is a network whose linear layers have positive weights and whose other
/// layers multiply pairs of units. Sun, Zhang, Wang, Zeng, Li & Grosse 2018, "Differentiable Compositional Kernel
/// Learning for Gaussian Processes". Its weights are learned by their logarithms; primitives have variance 1.
class NeuralKernelNetwork : public Composite {
 public:
  explicit NeuralKernelNetwork(const NeuralKernelNetworkParameters& p)
      : NeuralKernelNetwork(objects_of(p.primitives), p.units, p.weight) {}

  NeuralKernelNetwork(std::vector<KernelPtr> primitives, std::vector<int> units, HyperParameter weight)
      : Composite(std::move(primitives)), units_(std::move(units)), weight_(std::move(weight)) {
    require(count() > 0 && !units_.empty() && units_.back() == 1, ErrorKind::config,
            "'neural-kernel-network' needs primitives, and units that end with 1");
    for (std::size_t l = 0; l + 1 < units_.size(); ++l)
      require(units_[l] % 2 == 0, ErrorKind::config, "'units' must be even but for the last, got {}", units_[l]);
    Index needed = 0;
    for (const auto& [rows, cols] : layer_shapes(std::ssize(parts()), units_)) needed += rows * cols;
    open_ = weight_.start.empty();
    if (open_) weight_ = started_weights(needed);
    require(std::ssize(weight_.start) == needed, ErrorKind::config, "'weight' must have {} entries, got {}", needed,
            weight_.start.size());
    Index first = 0;
    const Vector values = weight_.values();
    for (const auto& [rows, cols] : layer_shapes(std::ssize(parts()), units_)) {
      layers_.push_back(values.segment(first, rows * cols).reshaped(cols, rows).transpose());
      first += rows * cols;
    }
  }

  std::vector<LogParameter> log_parameters() const override {
    std::vector<LogParameter> all;
    append_log_parameters("weight", weight_, all);
    for (LogParameter& p : Composite::log_parameters()) all.push_back(std::move(p));
    return all;
  }
  KernelPtr with_log_parameters(const Eigen::Ref<const Vector>& values) const override {
    std::vector<KernelPtr> primitives;
    const auto rest = values.tail(values.size() - own());
    for (std::size_t k = 0; k < count(); ++k)
      primitives.push_back(parts()[k]->with_log_parameters(segment_of(k, rest)));
    return std::make_shared<NeuralKernelNetwork>(std::move(primitives), units_,
                                                 own() > 0 ? moved(weight_, values.head(own())) : weight_);
  }
  KernelPtr started(const Matrix& inputs, double variance) const override {
    std::vector<KernelPtr> primitives;
    for (const auto& primitive : parts()) {
      require(primitive->white_noise(inputs.topRows(1))(0) == 0, ErrorKind::config,
              "neural-kernel-network: white noise belongs outside, as another term of a sum");
      primitives.push_back(primitive->started(inputs, 0));
    }
    HyperParameter weight = weight_;
    if (open_ && variance > 0) {  // the last layer's weights carry the variance
      Vector start = weight.values();
      start.tail(layers_.back().size()) *= variance;
      weight.start.clear();
      weight = predcorr::started(weight, start);
    }
    return std::make_shared<NeuralKernelNetwork>(std::move(primitives), units_, std::move(weight));
  }

  Matrix cross(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Matrix>& z) const override {
    return forward(crosses(x, z)).back().front();
  }
  Vector diagonal(const Eigen::Ref<const Matrix>& x) const override { return forward(diagonals(x)).back().front(); }

  void add_cross_gradient(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Matrix>& z,
                          const Eigen::Ref<const Matrix>& weight, Eigen::Ref<Vector> gradient,
                          Matrix* by_z) const override {
    const Values shares = backward(forward(crosses(x, z)), weight, gradient);
    auto rest = gradient.tail(gradient.size() - own());
    for (std::size_t k = 0; k < count(); ++k)
      parts()[k]->add_cross_gradient(x, z, shares[k], segment_of(k, rest), by_z);
  }
  void add_diagonal_gradient(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Vector>& weight,
                             Eigen::Ref<Vector> gradient) const override {
    const Values shares = backward(forward(diagonals(x)), weight, gradient);
    auto rest = gradient.tail(gradient.size() - own());
    for (std::size_t k = 0; k < count(); ++k)
      parts()[k]->add_diagonal_gradient(x, shares[k].col(0), segment_of(k, rest));
  }

 private:
  Index own() const { return weight_.learned() ? std::ssize(weight_.start) : 0; }

  /// Near averages, and different for every unit: equal units would stay equal for ever. The same for every network of
  /// this shape; restarts of the learner vary them.
  HyperParameter started_weights(Index needed) const {
    Vector start(needed);
    Stream stream = Stream(0).fork("neural-kernel-network");
    Index at = 0;
    for (const auto& [rows, cols] : layer_shapes(std::ssize(parts()), units_))
      for (Index i = 0; i < rows * cols; ++i) start(at++) = std::exp(0.5 * stream.normal()) / static_cast<double>(cols);
    return predcorr::started(weight_, start);
  }

  Values crosses(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Matrix>& z) const {
    Values all;
    for (const auto& primitive : parts()) all.push_back(primitive->cross(x, z));
    return all;
  }
  Values diagonals(const Eigen::Ref<const Matrix>& x) const {
    Values all;
    for (const auto& primitive : parts()) all.push_back(primitive->diagonal(x));
    return all;
  }

  /// What goes into each linear layer, and at last what comes out of the network.
  std::vector<Values> forward(Values inputs) const {
    std::vector<Values> all = {std::move(inputs)};
    for (std::size_t l = 0; l < layers_.size(); ++l) {
      const Values sums = linear(l, all[l]);
      if (l + 1 == layers_.size()) {
        all.push_back(sums);
        break;
      }
      Values products;
      for (std::size_t u = 0; u + 1 < sums.size(); u += 2) products.push_back(sums[u].cwiseProduct(sums[u + 1]));
      all.push_back(std::move(products));
    }
    return all;
  }

  Values linear(std::size_t l, const Values& inputs) const {
    const Matrix& w = layers_[l];
    Values sums;
    for (Index u = 0; u < w.rows(); ++u) {
      Matrix sum = Matrix::Constant(inputs[0].rows(), inputs[0].cols(), w(u, w.cols() - 1));
      for (Index k = 0; k + 1 < w.cols(); ++k) sum += w(u, k) * inputs[static_cast<std::size_t>(k)];
      sums.push_back(std::move(sum));
    }
    return sums;
  }

  /// Weights on the primitives' values; adds the gradient of the network's own weights.
  Values backward(const std::vector<Values>& inputs, const Matrix& weight, Eigen::Ref<Vector> gradient) const {
    Values shares = {weight};
    Index first = std::ssize(weight_.start);
    for (std::size_t l = layers_.size(); l-- > 0;) {
      const Matrix& w = layers_[l];
      const Values& in = inputs[l];
      first -= w.size();
      if (l + 1 < layers_.size()) {  // through the products above this layer
        const Values sums = linear(l, in);
        Values by_sums;
        for (std::size_t u = 0; u + 1 < sums.size(); u += 2) {
          by_sums.push_back(shares[u / 2].cwiseProduct(sums[u + 1]));
          by_sums.push_back(shares[u / 2].cwiseProduct(sums[u]));
        }
        shares = std::move(by_sums);
      }
      Values below(in.size(), Matrix::Zero(weight.rows(), weight.cols()));
      for (Index u = 0; u < w.rows(); ++u) {
        const Matrix& share = shares[static_cast<std::size_t>(u)];
        for (Index k = 0; k < w.cols(); ++k) {
          const bool bias = k + 1 == w.cols();
          const auto unit = static_cast<std::size_t>(k);
          if (own() > 0)
            gradient(first + u * w.cols() + k) += w(u, k) * (bias ? share.sum() : share.cwiseProduct(in[unit]).sum());
          if (!bias) below[unit] += w(u, k) * share;
        }
      }
      shares = std::move(below);
    }
    return shares;
  }

  KernelPtr with_parts(std::vector<KernelPtr> parts) const override {
    return std::make_shared<NeuralKernelNetwork>(std::move(parts), units_, weight_);
  }

  std::vector<int> units_;
  HyperParameter weight_;
  bool open_ = false;  // whether the weights' start was this kernel's choice
  std::vector<Matrix> layers_;
};

PREDCORR_REGISTER(Kernel, "neural-kernel-network", NeuralKernelNetwork, NeuralKernelNetworkParameters,
                  "a network of sums and products of kernels", "Sun et al. 2018");

}  // namespace
}  // namespace predcorr
