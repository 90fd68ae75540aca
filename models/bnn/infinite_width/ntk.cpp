// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/infinite_width/ntk.hpp"

#include "core/base/parallel.hpp"
#include "core/kernels/network_kernel.hpp"
#include "core/linalg/tiles.hpp"

namespace predcorr::models {
namespace {

/// E[phi'(u) phi'(v)]. That of ReLU depends on the angle itself between u and v, which ab - k^2 has lost below 1e-7:
/// such angles count as 0, so that equal points get equal values.
double slope_moment(const ReluMoment& m, double k, double a, double b) {
  return k > 0 && a * b - k * k < 1e-14 * a * b ? 0.5 : m.by_k;
}
double slope_moment(const ErfMoment& m, double, double, double) { return m.by_k; }

}  // namespace

EnumWords<KernelActivation> words_of(KernelActivation) {
  return {{"relu", KernelActivation::relu}, {"erf", KernelActivation::erf}};
}

NeuralTangent::NeuralTangent(KernelActivation activation, Vector weight_variance, Vector bias_variance)
    : activation_(activation), w_(std::move(weight_variance)), b_(std::move(bias_variance)) {
  require(w_.size() >= 2 && w_.size() == b_.size(), ErrorKind::shape,
          "tangent kernel: needs a weight and a bias variance for each of two layers or more, got {} and {}", w_.size(),
          b_.size());
}

template <class Moment>
void NeuralTangent::tile(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Matrix>& z,
                         Eigen::Ref<Matrix> function, Eigen::Ref<Matrix> tangent) const {
  const double d = static_cast<double>(x.cols());
  function = (x * z.transpose() * (w_(0) / d)).array() + b_(0);
  tangent = function;
  Vector a = (x.rowwise().squaredNorm() * (w_(0) / d)).array() + b_(0);
  Vector b = (z.rowwise().squaredNorm() * (w_(0) / d)).array() + b_(0);
  for (Index l = 1; l < w_.size(); ++l) {
    for (Index j = 0; j < z.rows(); ++j)
      for (Index i = 0; i < x.rows(); ++i) {
        const double k = function(i, j);
        const Moment m(k, a(i), b(j));
        function(i, j) = b_(l) + w_(l) * m.value;
        tangent(i, j) = function(i, j) + w_(l) * slope_moment(m, k, a(i), b(j)) * tangent(i, j);
      }
    for (Vector* v : {&a, &b}) *v = v->unaryExpr([&](double u) { return b_(l) + w_(l) * Moment(u, u, u).value; });
  }
}

void NeuralTangent::any_tile(const Eigen::Ref<const Matrix>& x, const Eigen::Ref<const Matrix>& z,
                             Eigen::Ref<Matrix> function, Eigen::Ref<Matrix> tangent) const {
  if (activation_ == KernelActivation::relu)
    tile<ReluMoment>(x, z, function, tangent);
  else
    tile<ErfMoment>(x, z, function, tangent);
}

NeuralTangent::Covariances NeuralTangent::cross(const Matrix& x, const Matrix& z) const {
  require(x.cols() == z.cols(), ErrorKind::shape, "tangent kernel: points have {} and {} inputs", x.cols(), z.cols());
  Covariances k{Matrix(x.rows(), z.rows()), Matrix(x.rows(), z.rows())};
  const Index across = tile_count(z.rows());
  parallel_for(tile_count(x.rows()) * across, [&](Index t) {
    const auto [row, height] = tile_range(t / across, x.rows());
    const auto [col, width] = tile_range(t % across, z.rows());
    any_tile(x.middleRows(row, height), z.middleRows(col, width), k.function.block(row, col, height, width),
             k.tangent.block(row, col, height, width));
  });
  return k;
}

NeuralTangent::Covariances NeuralTangent::gram(const Matrix& x) const {
  const Index n = x.rows();
  Covariances k{Matrix(n, n), Matrix(n, n)};
  for_lower_tiles(n, [&](Index i, Index j, Index) {
    const auto [row, height] = tile_range(i, n);
    const auto [col, width] = tile_range(j, n);
    any_tile(x.middleRows(row, height), x.middleRows(col, width), k.function.block(row, col, height, width),
             k.tangent.block(row, col, height, width));
  });
  mirror_lower(k.function);
  mirror_lower(k.tangent);
  return k;
}

}  // namespace predcorr::models
