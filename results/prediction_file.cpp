// SPDX-License-Identifier: Apache-2.0
#include "results/prediction_file.hpp"

#include "core/error.hpp"
#include "results/problem_file.hpp"

namespace predcorr {

void save_prediction(const StoredPrediction& stored, const std::filesystem::path& file) {
  const Vector diagonal = stored.prediction.latent.extra_diagonal();
  NpzWriter npz;
  add_prediction(npz, stored.prediction, diagonal);
  npz.add("y", stored.y);
  npz.add("n_pool", stored.n_pool);
  npz.add("train_rows", stored.rows.train);
  npz.add("pool_rows", stored.rows.pool);
  npz.add("test_rows", stored.rows.test);
  npz.save(file);
}

namespace {

Covariance load_covariance(const NpzReader& npz) {
  if (!npz.contains("factor")) return Covariance::dense(npz.matrix("latent_cov"));
  const Matrix factor = npz.matrix("factor");
  Vector diagonal = npz.contains("diagonal") ? npz.vector("diagonal") : Vector();
  return npz.is_float32("factor") ? Covariance::from_factor(RowMatrixF(factor.cast<float>()), std::move(diagonal))
                                  : Covariance::from_factor(RowMatrix(factor), std::move(diagonal));
}

}  // namespace

StoredPrediction load_prediction(const std::filesystem::path& file) {
  const NpzReader npz(file);
  StoredPrediction stored;
  stored.prediction.mean = npz.vector("mean");
  stored.prediction.noise_variance = npz.vector("noise_var");
  stored.prediction.latent = load_covariance(npz);
  stored.y = npz.vector("y");
  require(stored.y.allFinite(), ErrorKind::data, "{}: array 'y' has values that are not finite", file.string());
  const Rows n_pool = npz.rows("n_pool");
  require(n_pool.size() == 1 && n_pool[0] >= 0 && n_pool[0] < stored.y.size(), ErrorKind::data,
          "{}: n_pool must be one number below the {} predicted points", file.string(), stored.y.size());
  stored.n_pool = n_pool[0];
  stored.rows = {npz.rows("train_rows"), npz.rows("pool_rows"), npz.rows("test_rows")};
  check_prediction(stored.prediction, stored.y.size(), file.string());
  return stored;
}

}  // namespace predcorr
