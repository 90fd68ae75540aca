// SPDX-License-Identifier: Apache-2.0
#include "results/store/prediction_file.hpp"

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>

#include "core/base/stream.hpp"
#include "core/numpy/npz.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

namespace fs = std::filesystem;
using test::missing;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// Five points, of which the first two are pool.
StoredPrediction stored(Covariance latent) {
  Stream stream(3);
  return {
      {stream.normals(5), std::move(latent), Vector::Constant(5, 0.5)}, stream.normals(5), 2, {{0}, {1, 2}, {3, 4, 5}}};
}

Matrix wishart() {
  const Matrix f = Stream(4).normals(35).reshaped(5, 7);
  return f * f.transpose();
}

TEST_CASE("a dense covariance comes back to the last bit, but for what no score needs", "[results]") {
  const test::TemporaryFolder folder;
  const StoredPrediction p = stored(Covariance::dense(wishart()));
  const Matrix& c = *p.prediction.latent.stored_dense();
  save_prediction(p, Keep::all, folder / "all.npz");
  const StoredPrediction all = load_prediction(folder / "all.npz");
  CHECK(all.whole);
  CHECK(same_bits(all, p));
  CHECK(what_is_kept(p, Keep::all) == Keep::all);

  save_prediction(p, Keep::predictions, folder / "part.npz");
  const StoredPrediction part = load_prediction(folder / "part.npz");
  CHECK_FALSE(part.whole);
  CHECK(what_is_kept(p, Keep::predictions) == Keep::predictions);
  CHECK_FALSE(same_bits(part, p));
  CHECK(part.prediction.mean == p.prediction.mean);
  const Matrix back = part.prediction.latent.matrix();
  for (Index i = 0; i < 5; ++i)
    for (Index j = 0; j < 5; ++j) {
      INFO(i << ", " << j);
      if (i < 2 && j < 2 && i != j)
        CHECK(std::isnan(back(i, j)));
      else
        CHECK(back(i, j) == c(i, j));
    }
  CHECK(part.prediction.subset({2, 3, 4}).latent.matrix() == p.prediction.subset({2, 3, 4}).latent.matrix());
  // What is not known stays so, and can be kept again.
  CHECK(what_is_kept(part, Keep::all) == Keep::predictions);
  save_prediction(part, Keep::all, folder / "again.npz");
  CHECK(same_bits(load_prediction(folder / "again.npz"), part));
}

TEST_CASE("factors and predictions without a pool are kept whole", "[results]") {
  const test::TemporaryFolder folder;
  const RowMatrix f = Stream(5).normals(15).reshaped(5, 3);
  StoredPrediction no_pool = stored(Covariance::dense(wishart()));
  no_pool.n_pool = 0;
  StoredPrediction one = stored(Covariance::dense(wishart()));
  one.n_pool = 1;
  for (const StoredPrediction& p :
       {stored(Covariance::from_factor(f)), stored(Covariance::from_factor(f, Vector::Ones(5))),
        stored(Covariance::from_factor(RowMatrixF(f.cast<float>()))), no_pool, one}) {
    CHECK(what_is_kept(p, Keep::predictions) == Keep::all);
    save_prediction(p, Keep::predictions, folder / "p.npz");
    CHECK(same_bits(load_prediction(folder / "p.npz"), p));
  }
}

TEST_CASE("the file is what NumPy reads, the rows of the lower triangle one after the other", "[results]") {
  const test::TemporaryFolder folder;
  Matrix c = Matrix::Identity(5, 5);
  c(4, 0) = c(0, 4) = 0.25;
  c(3, 2) = c(2, 3) = 0.5;
  save_prediction(stored(Covariance::dense(c)), Keep::predictions, folder / "part.npz");
  const NpzReader npz(folder / "part.npz");
  CHECK(npz.vector("pool_variance") == Vector::Ones(2));
  const Vector lower = npz.vector("latent_lower");
  REQUIRE(lower.size() == 3 + 4 + 5);
  CHECK(lower == (Vector(12) << 0, 0, 1, /**/ 0, 0, 0.5, 1, /**/ 0.25, 0, 0, 0, 1).finished());
  // As docs/file-formats.md has it.
  const std::string script = R"(
import numpy as np, sys
p = np.load(sys.argv[1])
n, first = len(p["mean"]), len(p["pool_variance"]) if "pool_variance" in p else 0
C = np.full((n, n), np.nan)
C[np.tril(np.ones((n, n), bool)) & (np.arange(n) >= first)[:, None]] = p["latent_lower"]
C = np.where(np.isnan(C), C.T, C)
C[range(first), range(first)] = p["pool_variance"] if first else []
want = np.eye(5); want[4, 0] = want[0, 4] = .25; want[3, 2] = want[2, 3] = .5; want[0, 1] = want[1, 0] = np.nan
assert np.array_equal(C, want, equal_nan=True), C
)";
  test::written(folder, "read.py", script);
  CHECK(std::system(("python3 " + (folder / "read.py").string() + " " + (folder / "part.npz").string()).c_str()) == 0);
}

TEST_CASE("what repeats is deflated", "[results]") {
  const test::TemporaryFolder folder;
  const Index n = 200;
  const Covariance identity = Covariance::dense(Matrix::Identity(n, n));
  const StoredPrediction p{{Vector::Zero(n), identity, Vector::Ones(n)}, Vector::Zero(n), 0, {}};
  save_prediction(p, Keep::predictions, folder / "p.npz");
  CHECK(fs::file_size(folder / "p.npz") < 8 * n * n / 50);
  CHECK(same_bits(load_prediction(folder / "p.npz"), p));
}

TEST_CASE("a prediction that would be refused on reading is not written", "[results]") {
  const test::TemporaryFolder folder;
  const auto refused = [&](const StoredPrediction& p, const std::string& reason) {
    for (const Keep keep : {Keep::predictions, Keep::all})
      CHECK(missing(test::error_of([&] { save_prediction(p, keep, folder / "p.npz"); }), {reason}) == "");
  };
  for (const double bad : {kNan, std::numeric_limits<double>::infinity()}) {
    StoredPrediction p = stored(Covariance::dense(wishart()));
    p.prediction.mean(0) = bad;
    refused(p, "mean is not finite");
    p = stored(Covariance::dense(wishart()));
    p.y(1) = bad;
    refused(p, "'y' has values that are not finite");
    Matrix c = wishart();
    c(1, 0) = bad;  // between pool points, where NaN is no licence
    refused(stored(Covariance::dense(c)), "covariance is not finite");
    c = wishart();
    c(4, 0) = bad;
    refused(stored(Covariance::dense(c)), "covariance is not finite");
  }
  refused(stored(Covariance::from_factor(RowMatrix(RowMatrix::Constant(5, 2, 1e200)))), "variance is not finite");
  StoredPrediction p = stored(Covariance::dense(wishart()));
  p.n_pool = 5;
  refused(p, "n_pool must be");
  CHECK_FALSE(fs::exists(folder / "p.npz"));
}

TEST_CASE("arrays that do not fit each other are refused", "[results]") {
  const test::TemporaryFolder folder;
  const Vector five = Vector::Ones(5), two = Vector::Ones(2), twelve = Vector::Ones(12);
  const Rows rows = {1};
  const auto error = [&](const Vector& lower, const Vector& pool, Index n_pool) {
    NpzWriter npz;
    for (const char* name : {"mean", "noise_var", "y"}) npz.add(name, five);
    npz.add("n_pool", n_pool);
    for (const char* name : {"train_rows", "pool_rows", "test_rows"}) npz.add(name, rows);
    npz.add("latent_lower", lower);
    if (pool.size() > 0) npz.add("pool_variance", pool);
    npz.save(folder / "p.npz");
    return test::error_of([&] { load_prediction(folder / "p.npz"); });
  };
  CHECK(missing(error(twelve, {}, 2), {"p.npz", "'latent_lower': has shape 12", "has 15 numbers"}) == "");
  CHECK(missing(error(twelve, two, 3), {"p.npz", "'pool_variance': has shape 2; 3 numbers were expected"}) == "");
  CHECK(missing(error(twelve, -two, 2), {"p.npz", "variance is negative"}) == "");
  CHECK(missing(error(kNan * twelve, two, 2), {"p.npz", "'latent_lower': has nan in row 0"}) == "");
  CHECK(missing(error(twelve, two, 7), {"p.npz", "n_pool"}) == "");
}

TEST_CASE("of the test points alone nothing of the pool is kept", "[results]") {
  const test::TemporaryFolder folder;
  const RowMatrix f = Stream(5).normals(15).reshaped(5, 3);
  for (const StoredPrediction& p : {stored(Covariance::dense(wishart())), stored(Covariance::from_factor(f))}) {
    CHECK(what_is_kept(p, Keep::test) == Keep::test);
    save_prediction(p, Keep::test, folder / "p.npz");
    const StoredPrediction back = load_prediction(folder / "p.npz");
    const JointPrediction test = p.prediction.subset({2, 3, 4});
    CHECK(same_bits(back, {test, p.y.tail(3), 0, p.rows}));
    CHECK(what_is_kept(back, Keep::test) == Keep::all);  // there is no pool to leave out
  }
}

TEST_CASE("how much to keep is named", "[results]") {
  for (const Keep keep : {Keep::scores, Keep::test, Keep::predictions, Keep::all})
    CHECK(read_keep(to_string(keep), "--keep") == keep);
  CHECK(missing(test::error_of([] { read_keep("everything", "--keep"); }),
                {"config: --keep", "scores, test, predictions or all", "'everything'"}) == "");
}

TEST_CASE("without targets a prediction is the same but for them, and no other file passes for one", "[results]") {
  const test::TemporaryFolder folder;
  const RowMatrix factor = Stream(6).normals(10).reshaped(5, 2);
  for (const Covariance& latent : {Covariance::dense(wishart()), Covariance::from_factor(factor, Vector::Ones(5))}) {
    const StoredPrediction p = stored(latent);
    save_prediction(p, Keep::all, folder / "bare.npz", Targets::left_out);
    StoredPrediction bare = load_prediction_without_targets(folder / "bare.npz");
    CHECK(bare.y.size() == 0);
    bare.y = p.y;
    CHECK(same_bits(bare, p));
    save_prediction(p, Keep::test, folder / "test.npz", Targets::left_out);
    CHECK(load_prediction_without_targets(folder / "test.npz").prediction.size() == 3);
  }
  CHECK_THAT(test::error_of([&] { load_prediction(folder / "bare.npz"); }), test::contains("'y'"));
  save_prediction(stored(Covariance::dense(wishart())), Keep::all, folder / "full.npz");
  CHECK_THAT(test::error_of([&] { load_prediction_without_targets(folder / "full.npz"); }),
             test::contains("has targets"));
}

TEST_CASE("without targets a covariance that is none is refused: it comes from outside", "[results]") {
  const test::TemporaryFolder folder;
  Matrix indefinite = Matrix::Identity(5, 5);
  indefinite(0, 1) = indefinite(1, 0) = 3;
  StoredPrediction p = stored(Covariance::dense(indefinite));
  p.prediction.noise_variance.setZero();
  save_prediction(p, Keep::all, folder / "bare.npz", Targets::left_out);
  CHECK_THAT(test::error_of([&] { load_prediction_without_targets(folder / "bare.npz"); }), test::contains("bare.npz"));
}

}  // namespace
}  // namespace predcorr
