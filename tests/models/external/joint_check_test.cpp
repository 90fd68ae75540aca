// SPDX-License-Identifier: Apache-2.0
#include "models/external/joint_check.hpp"

#include <cmath>
#include <limits>

#include "core/base/files.hpp"
#include "core/base/stream.hpp"
#include "core/numpy/npz.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

using test::contains;
using test::error_of;

/// A prediction of 3 points, as a model would write it.
struct Written {
  test::TemporaryFolder folder;
  Vector mean = Vector::LinSpaced(3, 1, 3), noise = Vector::Constant(3, 0.25);
  Matrix latent = (Matrix(3, 3) << 2, 1, 0.5, 1, 2, 1, 0.5, 1, 2).finished();

  JointPrediction read(const NpzWriter& npz) const {
    npz.save(folder / "prediction.npz");
    return read_prediction(*npz_arrays(folder / "prediction.npz"), 3);
  }
  JointPrediction read() const {
    NpzWriter npz;
    npz.add("mean", mean);
    npz.add("latent_cov", latent);
    npz.add("noise_var", noise);
    return read(npz);
  }
  std::string error() const {
    return error_of([&] { read(); });
  }
};

TEST_CASE("external prediction: a dense covariance is taken as it is", "[models]") {
  Written w;
  JointPrediction p = w.read();
  CHECK(p.mean == w.mean);
  CHECK(p.latent.matrix() == w.latent);
  CHECK(p.noise_variance == w.noise);
  w.latent(0, 1) += 1e-9;  // rounding: both triangles count the same
  w.latent(2, 2) = -1e-12;
  w.latent.row(2).head(2).setZero();
  w.latent.col(2).head(2).setZero();
  p = w.read();
  CHECK(p.latent.matrix()(0, 1) == p.latent.matrix()(1, 0));
  CHECK(p.latent.matrix()(0, 1) == Approx(1 + 5e-10).epsilon(1e-14));
  CHECK(p.latent.matrix()(2, 2) == 0);
}

TEST_CASE("external prediction: factor and samples, in the precision they have", "[models]") {
  const Written w;
  const RowMatrix factor = (RowMatrix(3, 2) << 1, 0, 0.5, 1, 0, 2).finished();
  NpzWriter npz;
  const Index one = 1;  // np.int64(1): one number for all points
  npz.add("mean", w.mean);
  npz.add("factor", factor);
  npz.add("noise_var", one);
  const JointPrediction p = w.read(npz);
  CHECK(test::difference(p.latent.matrix(), factor * factor.transpose()) < 1e-15);
  CHECK(p.noise_variance == Vector::Ones(3));

  const RowMatrixF single = factor.cast<float>();
  NpzWriter float_npz;
  float_npz.add("mean", w.mean);
  float_npz.add("factor", single);
  float_npz.add("noise_var", w.noise);
  REQUIRE(w.read(float_npz).latent.stored_float_factor() != nullptr);

  const Matrix samples = (Matrix(2, 3) << 1, 2, 3, 3, 6, 1).finished();
  NpzWriter draws;
  draws.add("samples", samples);
  draws.add("noise_var", w.noise);
  const JointPrediction sampled = w.read(draws);
  CHECK(sampled.mean == Vector((Vector(3) << 2, 4, 2).finished()));
  const Vector half = (Vector(3) << 1, 2, -1).finished();  // of the difference of the two; divided by s - 1 = 1
  CHECK(test::difference(sampled.latent.matrix(), 2 * half * half.transpose()) < 1e-14);
  draws.add("mean", w.mean);
  CHECK(w.read(draws).mean == w.mean);
}

TEST_CASE("external prediction: what is wrong is named", "[models]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  Written w;
  w.mean = Vector::Zero(4);
  CHECK(w.error() ==
        "shape: prediction.npz: array 'mean': has shape 4 x 1; 3 numbers were expected, one for each row "
        "of the query");
  w.mean = Vector::Zero(3);
  w.latent(1, 2) = nan;
  CHECK(w.error() ==
        "numerical: prediction.npz: array 'latent_cov': has nan in row 1, column 2 (counted from 0); "
        "finite numbers were expected");
  w.latent(1, 2) = 0.7;
  CHECK_THAT(w.error(), contains("numerical: prediction.npz: array 'latent_cov': is not symmetric: 0.7 in row 1, "
                                 "column 2, but 1 in row 2, column 1"));
  w.latent(1, 2) = 1;
  w.latent(1, 1) = -0.5;
  CHECK_THAT(w.error(), contains("the variance of point 1 is -0.5; it must not be negative"));
  w.latent(1, 1) = 0.1;
  CHECK_THAT(w.error(), contains("the correlation of points 0 and 1 is 2.23"));
  // Every pair is fine, the three together are not: correlations 0.9, 0.9 and -0.9.
  w.latent << 1, 0.9, -0.9, 0.9, 1, 0.9, -0.9, 0.9, 1;
  CHECK_THAT(w.error(), contains("negative variance: its smallest eigenvalue is -0.8") && contains("its largest 1.9"));
  w.latent = Matrix::Identity(2, 2);
  CHECK_THAT(w.error(), contains("has shape 2 x 2; 3 x 3 was expected"));
  w.latent = Matrix::Identity(3, 3);
  w.noise(2) = -1e-3;
  CHECK_THAT(w.error(), contains("'noise_var': is -0.001 for point 2; it must not be negative"));
}

TEST_CASE("external prediction: arrays that are missing, or too many, or shaped wrongly", "[models]") {
  const Written w;
  const RowMatrix f = RowMatrix::Ones(3, 2);
  const auto error = [&](const std::vector<std::pair<std::string, RowMatrix>>& arrays) {
    NpzWriter npz;
    for (const auto& [name, values] : arrays) npz.add(name, values);
    return error_of([&] { w.read(npz); });
  };
  const RowMatrix mean = RowMatrix::Zero(3, 1), noise = RowMatrix::Ones(3, 1);
  CHECK_THAT(error({{"mean", mean}, {"noise_var", noise}}),
             contains("data: prediction.npz: has no covariance; one of"));
  CHECK_THAT(error({{"mean", mean}, {"factor", f}, {"samples", f}, {"noise_var", noise}}),
             contains("data: prediction.npz: has both 'factor' and 'samples'"));
  CHECK_THAT(error({{"mean", mean}, {"factor", f}}), contains("array 'noise_var' is missing"));
  CHECK_THAT(error({{"factor", f}, {"noise_var", noise}}), contains("array 'mean' is missing"));
  CHECK_THAT(error({{"mean", mean}, {"factor", f.transpose()}, {"noise_var", noise}}),
             contains("'factor': has shape 2 x 3; 3 x s was expected"));
  CHECK_THAT(error({{"samples", f}, {"noise_var", noise}}), contains("'samples': has shape 3 x 2; s x 3 was expected"));
  CHECK_THAT(error({{"samples", f.row(0).replicate(1, 2).leftCols(3)}, {"noise_var", noise}}),
             contains("has 1 rows; at least 2 draws"));
  CHECK_THAT(error_of([&] { npz_arrays(w.folder / "nothing.npz"); }),
             contains("io: nothing.npz: is missing; a model writes it before it answers"));
  test::written(w.folder, "partial.npz", "PK\x03\x04 and then it died");
  CHECK_THAT(error_of([&] { npz_arrays(w.folder / "partial.npz"); }),
             contains("io: partial.npz: is cut short or damaged"));
}

TEST_CASE("external prediction: shapes are held against what is due before the numbers are read", "[models]") {
  // Numbers that cannot be read, since their check sum is wrong: the shape is told of, so nobody tried.
  const Written w;
  const auto error = [&](const std::string& name, const RowMatrix& wrong) {
    const RowMatrix latent = w.latent;
    NpzWriter npz;
    if (name != "mean") npz.add("mean", w.mean);
    if (name != "noise_var") npz.add("noise_var", w.noise);
    if (name != "latent_cov" && name != "factor" && name != "samples") npz.add("latent_cov", latent);
    npz.add(name, wrong);
    npz.save(w.folder / "prediction.npz");
    std::string bytes = read_text_file(w.folder / "prediction.npz");
    const std::string value(reinterpret_cast<const char*>(wrong.data()), sizeof(double));
    const auto at = bytes.find(value);
    REQUIRE(at != std::string::npos);
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
    const auto file = test::written(w.folder, "prediction.npz", bytes);
    return error_of([&] { read_prediction(*npz_arrays(file), 3); });
  };
  const double mark = 0.123456789;
  CHECK_THAT(error("mean", RowMatrix::Constant(4, 1, mark)), contains("'mean': has shape 4 x 1; 3 numbers"));
  CHECK_THAT(error("noise_var", RowMatrix::Constant(1, 9, mark)), contains("'noise_var': has shape 1 x 9; 3 numbers"));
  CHECK_THAT(error("latent_cov", RowMatrix::Constant(3, 4, mark)), contains("has shape 3 x 4; 3 x 3 was expected"));
  CHECK_THAT(error("factor", RowMatrix::Constant(4, 3, mark)), contains("has shape 4 x 3; 3 x s was expected"));
  CHECK_THAT(error("samples", RowMatrix::Constant(3, 4, mark)), contains("has shape 3 x 4; s x 3 was expected"));
  CHECK_THAT(error("mean", RowMatrix::Constant(3, 1, mark)), contains("is damaged"));
}

TEST_CASE("external prediction: a table far longer than is due is not read", "[models]") {
  const test::TemporaryFolder folder;
  std::string much;
  for (int i = 0; i < 1000; ++i) much += "0.25\n";
  test::written(folder, "mean.csv", much);
  test::written(folder, "noise_var.csv", "0.1");
  test::written(folder, "factor.csv", "1\n2\n3\n");
  CHECK_THAT(error_of([&] { read_prediction(*csv_arrays(folder.path()), 3); }),
             contains("data: mean.csv: has 5000 bytes; 3 numbers were expected, which need fewer"));
  test::written(folder, "mean.csv", "1.0000000000000000000000000\n2,\n3");
  CHECK_THAT(error_of([&] { read_prediction(*csv_arrays(folder.path()), 3); }), contains("mean.csv:2: column 2"));
}

TEST_CASE("external prediction: a covariance of many points is looked at in parts", "[models]") {
  Stream stream(5);
  const Index n = kMostFactorised + 300;
  const Matrix f = stream.normals(3 * n).reshaped(n, 3);
  Matrix c = f * f.transpose();
  const double scale = c.diagonal().maxCoeff();
  CHECK_NOTHROW(check_covariance(c, scale, kDoubleRounding, "c"));  // of rank 3
  Matrix pair = c;
  pair(n - 1, 7) = pair(7, n - 1) = 2 * std::sqrt(c(7, 7) * c(n - 1, n - 1));
  CHECK_THAT(error_of([&] { check_covariance(pair, scale, kDoubleRounding, "c"); }), contains("correlation of points"));
  c = Matrix::Constant(n, n, -0.5);  // correlations that any two points may have, but not all
  c.diagonal().setOnes();
  CHECK_THAT(error_of([&] { check_covariance(c, 1, kDoubleRounding, "c"); }), contains("is no covariance, since"));
}

}  // namespace
}  // namespace predcorr::models
