// SPDX-License-Identifier: Apache-2.0
#include "results/frozen_pools/reference_file.hpp"

#include "core/numpy/prediction_arrays.hpp"
#include "metrics/points/neighbour_sets.hpp"

namespace predcorr {
namespace {

constexpr double kSmallest = 1e-30, kLargest = 1e30;  // variances whose products and roots a float can hold

bool fits_single(const Vector& variances) {
  return (variances.array() == 0 || (variances.array() >= kSmallest && variances.array() <= kLargest)).all();
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
  const PredictionArrays arrays(p, {.packed = true, .variances_alone = 0, .single = single});
  NpzWriter npz;  // in the order of the pools that are published: a pool that is made again has the same bytes
  arrays.add_mean_to(npz);
  arrays.add_noise_to(npz);
  arrays.add_covariance_to(npz);
  npz.save(file);
}

JointPrediction load_reference(const std::filesystem::path& file) {
  const NpzFile arrays(file);
  return read_prediction(arrays, predicted_points(arrays), 0, Writer::own).prediction;
}

}  // namespace predcorr
