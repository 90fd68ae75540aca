// SPDX-License-Identifier: Apache-2.0
#include "results/store/prediction_file.hpp"

#include <cstring>

#include "core/numpy/prediction_arrays.hpp"

namespace predcorr {
namespace {

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

void check_targets(const Vector& y, const std::string& subject) {
  require(y.allFinite(), ErrorKind::data, "{}: array 'y' has values that are not finite", subject);
}

void check_pool_size(Index n_pool, Index points, const std::string& subject) {
  require(n_pool >= 0 && n_pool < points, ErrorKind::data,
          "{}: n_pool must be one number below the {} predicted points", subject, points);
}

StoredPrediction load(const NpzFile& arrays, Index points, Vector y, Writer writer) {
  const NpzReader& npz = arrays.reader();
  StoredPrediction stored;
  stored.y = std::move(y);
  const Rows n_pool = npz.rows("n_pool");
  stored.n_pool = n_pool.size() == 1 ? n_pool[0] : -1;
  check_pool_size(stored.n_pool, points, arrays.name());
  FilePrediction read = read_prediction(arrays, points, stored.n_pool, writer);
  require(!read.noise_included, ErrorKind::data, "{}: has 'cov', covariances of y; expected those of f", arrays.name());
  stored.prediction = std::move(read.prediction);
  stored.whole = read.whole;
  stored.rows = {npz.rows("train_rows"), npz.rows("pool_rows"), npz.rows("test_rows")};
  return stored;
}

}  // namespace

Keep what_is_kept(const StoredPrediction& stored, Keep keep) {
  if (keep == Keep::scores) return Keep::scores;
  if (keep == Keep::test && stored.n_pool > 0) return Keep::test;
  const bool left_out = keep == Keep::predictions && stored.n_pool >= 2 && !stored.prediction.latent.is_factor();
  return left_out || !stored.whole ? Keep::predictions : Keep::all;
}

void save_prediction(const StoredPrediction& stored, Keep keep, const std::filesystem::path& file, Targets targets) {
  const char* subject = "the prediction";  // what could not be loaded again is not saved
  check_targets(stored.y, subject);
  check_pool_size(stored.n_pool, stored.y.size(), subject);
  check_known({stored.prediction, false, stored.whole}, stored.y.size(), stored.n_pool, subject);
  const Keep kept = what_is_kept(stored, keep);
  if (kept == Keep::test) {
    const Index n_test = stored.y.size() - stored.n_pool;
    const JointPrediction test = stored.prediction.subset(consecutive_rows(stored.n_pool, n_test));
    return save_prediction({test, stored.y.tail(n_test), 0, stored.rows}, keep, file, targets);
  }
  const PredictionArrays prediction(stored.prediction,
                                    {.packed = true, .variances_alone = kept == Keep::predictions ? stored.n_pool : 0});
  NpzWriter npz;
  prediction.add_to(npz);
  if (targets == Targets::kept) npz.add("y", stored.y);
  npz.add("n_pool", stored.n_pool);
  npz.add("train_rows", stored.rows.train);
  npz.add("pool_rows", stored.rows.pool);
  npz.add("test_rows", stored.rows.test);
  npz.save(file, NpzWriter::Compression::deflated);
}

StoredPrediction load_prediction(const std::filesystem::path& file) {
  const NpzFile arrays(file);
  Vector y = arrays.reader().vector("y");
  check_targets(y, file.string());
  const Index points = y.size();
  return load(arrays, points, std::move(y), Writer::own);
}

StoredPrediction load_prediction_without_targets(const std::filesystem::path& file) {
  const NpzFile arrays(file);
  require(!arrays.contains("y"), ErrorKind::data,
          "{}: has targets ('y'), which an entry must not hold; pack it by 'predcorr submit'", file.string());
  return load(arrays, predicted_points(arrays), {}, Writer::outside);
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
