// SPDX-License-Identifier: Apache-2.0
#include "results/store/prediction_file.hpp"

#include <cstring>
#include <limits>

#include "core/numpy/npz.hpp"

namespace predcorr {
namespace {

/// Rows `first` to the last of the lower triangle, one after the other. The matrix is symmetric: row i up to its
/// diagonal is column i, which lies together.
Vector packed_rows(const Matrix& m, Index first) {
  const Index n = m.rows();
  Vector packed((n * (n + 1) - first * (first + 1)) / 2);
  Index at = 0;
  for (Index i = first; i < n; at += ++i) packed.segment(at, i + 1) = m.col(i).head(i + 1);
  return packed;
}

/// The whole matrix of them, with NaN for what they leave open.
Matrix unpacked_rows(const Vector& packed, const Vector& first_variances, Index n) {
  const Index first = first_variances.size();
  Matrix m(n, n);
  m.topLeftCorner(first, first).setConstant(std::numeric_limits<double>::quiet_NaN());
  m.diagonal().head(first) = first_variances;
  Index at = 0;
  for (Index i = first; i < n; at += ++i) {
    m.col(i).head(i + 1) = packed.segment(at, i + 1);
    m.row(i).head(i) = packed.segment(at, i).transpose();
  }
  return m;
}

Covariance load_covariance(const NpzReader& npz, Index n, Index n_pool, bool& whole, const std::string& file) {
  if (npz.contains("factor")) {
    Vector diagonal = npz.contains("diagonal") ? npz.vector("diagonal") : Vector();
    return npz.is_float32("factor")
               ? Covariance::from_factor(RowMatrixF(npz.array("factor").floats()), std::move(diagonal))
               : Covariance::from_factor(RowMatrix(npz.matrix("factor")), std::move(diagonal));
  }
  const Vector pool = npz.contains("pool_variance") ? npz.vector("pool_variance") : Vector();
  whole = pool.size() == 0;
  const Index first = pool.size(), expected = (n * (n + 1) - first * (first + 1)) / 2;
  const Index numbers = npz.header("latent_lower").rows;
  require(whole || first == n_pool, ErrorKind::data, "{}: array 'pool_variance' has {} numbers for {} pool points",
          file, first, n_pool);
  require(numbers == expected, ErrorKind::data,
          "{}: array 'latent_lower' has {} numbers; the triangle of {} points without the first {} has {}", file,
          numbers, n, first, expected);
  return Covariance::dense(unpacked_rows(npz.vector("latent_lower", expected), pool, n));
}

/// The matrix with 0 for what is not known, so that the rest can be checked.
JointPrediction without_unknown(const StoredPrediction& stored, const std::string& subject) {
  const Matrix* dense = stored.prediction.latent.stored_dense();
  require(dense != nullptr && stored.n_pool <= dense->rows(), ErrorKind::data,
          "{}: a part is said to be unknown of a covariance that cannot lack it", subject);
  Matrix known = *dense;
  const Vector variance = known.diagonal();
  known.topLeftCorner(stored.n_pool, stored.n_pool).setZero();
  known.diagonal() = variance;
  return {stored.prediction.mean, Covariance::dense(std::move(known)), stored.prediction.noise_variance};
}

template <class Numbers>
bool same(const Numbers& a, const Numbers& b) {
  return a.rows() == b.rows() && a.cols() == b.cols() &&
         (a.size() == 0 ||
          std::memcmp(a.data(), b.data(), sizeof(typename Numbers::Scalar) * static_cast<std::size_t>(a.size())) == 0);
}
template <class Numbers>
bool same(const Numbers* a, const Numbers* b) {
  return (a == nullptr) == (b == nullptr) && (a == nullptr || same(*a, *b));
}

}  // namespace

Keep what_is_kept(const StoredPrediction& stored, Keep keep) {
  if (keep == Keep::scores) return Keep::scores;
  if (keep == Keep::test && stored.n_pool > 0) return Keep::test;
  const bool left_out = keep == Keep::predictions && stored.n_pool >= 2 && !stored.prediction.latent.is_factor();
  return left_out || !stored.whole ? Keep::predictions : Keep::all;
}

void check_stored(const StoredPrediction& stored, const std::string& subject) {
  require(stored.y.allFinite(), ErrorKind::data, "{}: array 'y' has values that are not finite", subject);
  require(stored.n_pool >= 0 && stored.n_pool < stored.y.size(), ErrorKind::data,
          "{}: n_pool must be one number below the {} predicted points", subject, stored.y.size());
  check_prediction(stored.whole ? stored.prediction : without_unknown(stored, subject), stored.y.size(), subject);
}

void save_prediction(const StoredPrediction& stored, Keep keep, const std::filesystem::path& file) {
  check_stored(stored, "the prediction");
  const Keep kept = what_is_kept(stored, keep);
  if (kept == Keep::test) {
    const Index n_test = stored.y.size() - stored.n_pool;
    const JointPrediction test = stored.prediction.subset(consecutive_rows(stored.n_pool, n_test));
    return save_prediction({test, stored.y.tail(n_test), 0, stored.rows}, keep, file);
  }
  const Covariance& latent = stored.prediction.latent;
  NpzWriter npz;
  npz.add("mean", stored.prediction.mean);
  const Vector diagonal = latent.extra_diagonal();
  Vector lower, pool_variance;
  if (const Matrix* dense = latent.stored_dense()) {
    if (kept == Keep::predictions) pool_variance = dense->diagonal().head(stored.n_pool);
    lower = packed_rows(*dense, pool_variance.size());
    npz.add("latent_lower", lower);
    if (pool_variance.size() > 0) npz.add("pool_variance", pool_variance);
  }
  if (const RowMatrix* factor = latent.stored_factor()) npz.add("factor", *factor);
  if (const RowMatrixF* factor = latent.stored_float_factor()) npz.add("factor", *factor);
  if (diagonal.size() > 0) npz.add("diagonal", diagonal);
  npz.add("noise_var", stored.prediction.noise_variance);
  npz.add("y", stored.y);
  npz.add("n_pool", stored.n_pool);
  npz.add("train_rows", stored.rows.train);
  npz.add("pool_rows", stored.rows.pool);
  npz.add("test_rows", stored.rows.test);
  npz.save(file, NpzWriter::Compression::deflated);
}

StoredPrediction load_prediction(const std::filesystem::path& file) {
  const NpzReader npz(file);
  StoredPrediction stored;
  stored.prediction.mean = npz.vector("mean");
  stored.prediction.noise_variance = npz.vector("noise_var");
  stored.y = npz.vector("y");
  const Rows n_pool = npz.rows("n_pool");
  require(n_pool.size() == 1 && n_pool[0] >= 0 && n_pool[0] < stored.y.size(), ErrorKind::data,
          "{}: n_pool must be one number below the {} predicted points", file.string(), stored.y.size());
  stored.n_pool = n_pool[0];
  stored.prediction.latent = load_covariance(npz, stored.y.size(), stored.n_pool, stored.whole, file.string());
  stored.rows = {npz.rows("train_rows"), npz.rows("pool_rows"), npz.rows("test_rows")};
  check_stored(stored, file.string());
  return stored;
}

bool same_bits(const StoredPrediction& a, const StoredPrediction& b) {
  const Covariance &c = a.prediction.latent, &d = b.prediction.latent;
  return a.n_pool == b.n_pool && a.whole == b.whole && a.rows.train == b.rows.train && a.rows.pool == b.rows.pool &&
         a.rows.test == b.rows.test && same(a.y, b.y) && same(a.prediction.mean, b.prediction.mean) &&
         same(a.prediction.noise_variance, b.prediction.noise_variance) &&
         same(c.extra_diagonal(), d.extra_diagonal()) && same(c.stored_dense(), d.stored_dense()) &&
         same(c.stored_factor(), d.stored_factor()) && same(c.stored_float_factor(), d.stored_float_factor());
}

}  // namespace predcorr
