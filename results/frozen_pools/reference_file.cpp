// SPDX-License-Identifier: Apache-2.0
#include "results/frozen_pools/reference_file.hpp"

#include "core/base/error.hpp"
#include "core/numpy/npz.hpp"
#include "metrics/joint/neighbour_sets.hpp"

namespace predcorr {
namespace {

constexpr double kSmallest = 1e-30, kLargest = 1e30;  // variances whose products and roots a float can hold

bool fits_single(const Vector& variances) {
  return (variances.array() == 0 || (variances.array() >= kSmallest && variances.array() <= kLargest)).all();
}

Vector lower_triangle(const Matrix& matrix) {
  const Index n = matrix.rows();
  Vector packed(n * (n + 1) / 2);
  Index next = 0;
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j <= i; ++j) packed(next++) = matrix(i, j);
  return packed;
}

/// Only the lower triangle is filled: Covariance::dense mirrors it.
Matrix from_lower_triangle(const Vector& packed, Index n) {
  Matrix matrix = Matrix::Zero(n, n);
  Index next = 0;
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j <= i; ++j) matrix(i, j) = packed(next++);
  return matrix;
}

struct Frozen {
  JointPrediction prediction;
  bool single;
};

bool names_neighbours(const JointPrediction& p) {
  return !(p.observed_variance().array() > 0).all() || metrics::neighbour_sets(p, 2).named;
}

Frozen frozen(const JointPrediction& p, Precision precision) {
  const bool single = precision == Precision::single && fits_single(p.latent.diagonal());
  Frozen kept{p, single};
  if (!p.latent.is_factor() || 2 * p.latent.width() > p.size()) {
    Matrix dense = p.latent.matrix();
    if (single) dense = dense.cast<float>().cast<double>().eval();
    kept.prediction.latent = Covariance::dense(std::move(dense));
  } else if (const RowMatrix* factor = p.latent.stored_factor(); factor != nullptr && single) {
    kept.prediction.latent = Covariance::from_factor(RowMatrixF(factor->cast<float>()), p.latent.extra_diagonal());
  }
  // Equal correlations of unequal variances would differ in single precision, and rounding name a point's neighbours.
  if (single && names_neighbours(kept.prediction) && !names_neighbours(p)) return frozen(p, Precision::full);
  return kept;
}

}  // namespace

JointPrediction as_reference(const JointPrediction& prediction, Precision precision) {
  return frozen(prediction, precision).prediction;
}

void save_reference(const JointPrediction& prediction, Precision precision, const std::filesystem::path& file) {
  const auto [p, single] = frozen(prediction, precision);
  Vector lower, diagonal = p.latent.extra_diagonal();  // the arrays must outlive `save`
  VectorF float_lower;
  NpzWriter npz;
  npz.add("mean", p.mean);
  npz.add("noise_var", p.noise_variance);
  if (const Matrix* dense = p.latent.stored_dense()) {
    lower = lower_triangle(*dense);
    float_lower = lower.cast<float>();
    if (single)
      npz.add("latent_lower", float_lower);
    else
      npz.add("latent_lower", lower);
  }
  if (const RowMatrix* factor = p.latent.stored_factor()) npz.add("factor", *factor);
  if (const RowMatrixF* factor = p.latent.stored_float_factor()) npz.add("factor", *factor);
  if (diagonal.size() > 0) npz.add("diagonal", diagonal);
  npz.save(file);
}

JointPrediction load_reference(const std::filesystem::path& file) {
  const NpzReader npz(file);
  JointPrediction p;
  p.mean = npz.vector("mean");
  p.noise_variance = npz.vector("noise_var");
  const Index n = p.size();
  if (npz.contains("factor")) {
    const Matrix factor = npz.matrix("factor");
    Vector diagonal = npz.contains("diagonal") ? npz.vector("diagonal") : Vector();
    require(factor.rows() == n && (diagonal.size() == 0 || diagonal.size() == n), ErrorKind::data,
            "{}: factor has {} rows and diagonal {} entries for {} points", file.string(), factor.rows(),
            diagonal.size(), n);
    p.latent = npz.is_float32("factor") ? Covariance::from_factor(RowMatrixF(factor.cast<float>()), std::move(diagonal))
                                        : Covariance::from_factor(RowMatrix(factor), std::move(diagonal));
  } else {
    const Vector lower = npz.vector("latent_lower", n * (n + 1) / 2);
    require(lower.size() == n * (n + 1) / 2, ErrorKind::data,
            "{}: array 'latent_lower' has {} entries; {} points have {}", file.string(), lower.size(), n,
            n * (n + 1) / 2);
    p.latent = Covariance::dense(from_lower_triangle(lower, n));
  }
  check_prediction(p, n, file.string());
  return p;
}

}  // namespace predcorr
