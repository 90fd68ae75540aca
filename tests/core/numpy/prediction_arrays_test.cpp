// SPDX-License-Identifier: Apache-2.0
#include "core/numpy/prediction_arrays.hpp"

#include <set>

#include "core/base/files.hpp"
#include "core/base/stream.hpp"
#include "tests/core/numpy/prediction_cases.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

using test::contains;
using test::Dtype;
using test::error_of;
using test::WrittenArray;
using test::WrittenArrays;

struct Place {
  test::TemporaryFolder folder;
  FilePrediction read(const WrittenArrays& arrays, Index points = 3, Index n_pool = 0,
                      Writer writer = Writer::outside) const {
    test::write_arrays(arrays, folder / "p.npz");
    return read_prediction(NpzFile(folder / "p.npz", "p.npz"), points, n_pool, writer);
  }
};

TEST_CASE("every combination of arrays is read, and says the same as its numbers", "[core]") {
  const Place place;
  for (const test::PredictionCase& c : test::accepted_predictions()) {
    INFO(c.name);
    const FilePrediction read = place.read(c.arrays);
    const JointPrediction& p = read.prediction;
    CHECK(predicted_points(NpzFile(place.folder / "p.npz")) == 3);
    CHECK(read.whole);
    const bool with_noise = c.arrays.count("cov") > 0;
    CHECK(read.noise_included == with_noise);
    const auto array = [&](const char* name) { return c.arrays.at(name).values; };
    const auto all = [](const Matrix& m) -> Vector {
      if (m.size() == 1) return Vector::Constant(3, m(0));
      return m.reshaped();
    };
    CHECK(p.mean == (c.arrays.count("mean") > 0 ? all(array("mean")) : Vector{{2, 4, 2}}));
    CHECK(p.noise_variance == (with_noise ? Vector(Vector::Zero(3)) : all(array("noise_var"))));
    Matrix expected = Matrix::Zero(3, 3);
    if (c.arrays.count("latent_cov") + c.arrays.count("cov") > 0) expected = array(with_noise ? "cov" : "latent_cov");
    if (c.arrays.count("factor") > 0) expected = array("factor") * array("factor").transpose();
    if (c.arrays.count("diagonal") > 0) expected.diagonal() += all(array("diagonal"));
    if (c.arrays.count("samples") > 0) {
      const Vector half{{1, 2, -1}};  // of the difference of the two draws, which is divided by s - 1 = 1
      expected = 2 * half * half.transpose();
    }
    if (c.arrays.count("latent_lower") > 0) expected = Matrix{{2, 1, 0.5}, {1, 2, 1}, {0.5, 1, 2}};
    CHECK(test::difference(p.latent.matrix(), expected) < 1e-6);
    const bool single = c.name == "factor float32" || c.name == "samples float32";
    CHECK((p.latent.stored_float_factor() != nullptr) == single);
  }
}

TEST_CASE("what is no prediction is refused by file and array, with what was expected", "[core]") {
  const Place place;
  std::set<std::string> names;
  for (const test::PredictionCase& c : test::refused_predictions()) {
    INFO(c.name);
    names.insert(c.name);
    const std::string error = error_of([&] { place.read(c.arrays); });
    CHECK_THAT(error, contains("p.npz: ") && contains(c.refusal));
    CHECK(error.find(place.folder.path().string()) == std::string::npos);
  }
  CHECK(names.size() > 50);
  for (const test::PredictionCase& c : test::predictions_of_other_sizes()) {
    INFO(c.name);
    CHECK_THAT(error_of([&] { place.read(c.arrays); }), contains("shape: p.npz: array '") && contains(" expected"));
  }
}

TEST_CASE("what rounding leaves is cleared, and nothing else is touched", "[core]") {
  const Place place;
  Matrix c{{2, 1, 0}, {1, 2, 0}, {0, 0, -1e-12}};
  c(0, 1) += 1e-9;
  const WrittenArrays arrays = {{"mean", Vector{{1, 2, 3}}}, {"noise_var", 0.25}, {"latent_cov", c}};
  const Matrix read = place.read(arrays).prediction.latent.matrix();
  CHECK(read(0, 1) == read(1, 0));
  CHECK(read(0, 1) == Approx(1 + 5e-10).epsilon(1e-14));
  CHECK(read(2, 2) == 0);
  CHECK(read(0, 0) == 2);
}

TEST_CASE("single precision is allowed the rounding of single precision", "[core]") {
  const Place place;
  Matrix c = Matrix::Identity(3, 3);
  c(0, 1) = 0.9e-4;
  const auto arrays = [&](Dtype type) {
    return WrittenArrays{{"mean", Vector{{1, 2, 3}}}, {"noise_var", 0.0}, {"latent_cov", {c, type}}};
  };
  CHECK_NOTHROW(place.read(arrays(Dtype::float32)));
  CHECK_THAT(error_of([&] { place.read(arrays(Dtype::float64)); }), contains("is not symmetric"));
}

TEST_CASE("the pool's own covariances may be left out, of a matrix or of a triangle", "[core]") {
  const Place place;
  Matrix c = Stream(4).normals(25).reshaped(5, 5);
  c = (c * c.transpose()).eval();
  c.triangularView<Eigen::StrictlyUpper>() = c.transpose();  // to the last bit
  Matrix open = c;
  open(0, 1) = open(1, 0) = std::numeric_limits<double>::quiet_NaN();
  const Vector lower{
      {c(2, 0), c(2, 1), c(2, 2), c(3, 0), c(3, 1), c(3, 2), c(3, 3), c(4, 0), c(4, 1), c(4, 2), c(4, 3), c(4, 4)}};
  const WrittenArrays base = {{"mean", Vector(Vector::Zero(5))}, {"noise_var", 0.1}};
  const WrittenArrays square = test::with(base, {{"latent_cov", open}}),
                      triangle =
                          test::with(base, {{"latent_lower", lower}, {"pool_variance", Vector(c.diagonal().head(2))}});
  for (const Writer writer : {Writer::own, Writer::outside})
    for (const WrittenArrays& arrays : {square, triangle}) {
      const FilePrediction read = place.read(arrays, 5, 2, writer);
      CHECK_FALSE(read.whole);
      const Matrix known = read.prediction.latent.matrix();
      CHECK(std::isnan(known(0, 1)));
      CHECK(known.rightCols(3) == open.rightCols(3));
      CHECK(known.diagonal() == c.diagonal());
    }
  CHECK_THAT(error_of([&] { place.read(square, 5, 0); }), contains("has nan in row 1, column 0"));
  CHECK_THAT(error_of([&] { place.read(square, 5, 3); }),
             contains("or NaN for all covariances of different pool points"));
  CHECK_THAT(error_of([&] { place.read(triangle, 5, 3); }), contains("'pool_variance': has shape 2; 3 numbers"));
  WrittenArrays less = triangle;
  less.erase("pool_variance");
  CHECK_THAT(error_of([&] { place.read(less, 5, 2); }),
             contains("has shape 12; the triangle of 5 points without the first 0"));
  const WrittenArrays impossible = test::with(triangle, {{"pool_variance", Vector{{1e-3, c(1, 1)}}}});
  CHECK_THAT(error_of([&] { place.read(impossible, 5, 2); }),
             contains("given the test points, the variance of pool point 0"));
  CHECK_NOTHROW(place.read(impossible, 5, 2, Writer::own));  // was looked at when it was made
}

TEST_CASE("shapes are held against what is due before the numbers are read", "[core]") {
  // Numbers that cannot be read, since their check sum is wrong: the shape is told of, so nobody tried.
  const Place place;
  const auto error = [&](const std::string& name, const Matrix& wrong) {
    WrittenArrays arrays = {{"mean", Vector{{1, 2, 3}}}, {"noise_var", 0.5}};
    if (name == "mean" || name == "noise_var") arrays.insert({"latent_cov", Matrix(Matrix::Identity(3, 3))});
    if (name == "diagonal") arrays.insert({"factor", Matrix(Matrix::Ones(3, 2))});
    arrays.insert_or_assign(name, wrong);
    test::write_arrays(arrays, place.folder / "p.npz");
    std::string bytes = read_text_file(place.folder / "p.npz");
    const std::string value(reinterpret_cast<const char*>(wrong.data()), sizeof(double));
    const auto at = bytes.find(value);
    REQUIRE(at != std::string::npos);
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
    const auto file = test::written(place.folder, "p.npz", bytes);
    return error_of([&] { read_prediction(NpzFile(file), 3, 0, Writer::outside); });
  };
  const double mark = 0.123456789;
  CHECK_THAT(error("mean", Matrix::Constant(4, 1, mark)), contains("'mean': has shape 4; 3 numbers"));
  CHECK_THAT(error("noise_var", Matrix::Constant(1, 9, mark)), contains("'noise_var': has shape 1 x 9; 3 numbers"));
  CHECK_THAT(error("latent_cov", Matrix::Constant(3, 4, mark)), contains("has shape 3 x 4; 3 x 3 was expected"));
  CHECK_THAT(error("factor", Matrix::Constant(4, 3, mark)), contains("has shape 4 x 3; 3 x s was expected"));
  CHECK_THAT(error("diagonal", Matrix::Constant(4, 1, mark)), contains("'diagonal': has shape 4; 3 numbers"));
  CHECK_THAT(error("samples", Matrix::Constant(3, 4, mark)), contains("has shape 3 x 4; s x 3 was expected"));
  CHECK_THAT(error("latent_lower", Matrix::Constant(7, 1, mark)), contains("has shape 7; the triangle of 3 points"));
  CHECK_THAT(error("mean", Matrix::Constant(3, 1, mark)), contains("is damaged"));
}

TEST_CASE("what is written is read again, bit for bit, in each form", "[core]") {
  const Place place;
  const Matrix f = Stream(2).normals(18).reshaped(6, 3);
  const Vector diagonal = Vector::LinSpaced(6, 0.1, 0.2);
  const JointPrediction dense{f.col(0), Covariance::dense(f * f.transpose()), diagonal};
  const auto back = [&](const JointPrediction& p, DenseForm form, Index n_pool = 0) {
    NpzWriter npz;
    const PredictionArrays arrays(p, form);
    arrays.add_to(npz);
    npz.save(place.folder / "p.npz");
    return read_prediction(NpzFile(place.folder / "p.npz"), 6, n_pool, Writer::own);
  };
  for (const Covariance& latent : {dense.latent, Covariance::from_factor(RowMatrix(f)),
                                   Covariance::from_factor(RowMatrixF(f.cast<float>()), diagonal)})
    for (const bool packed : {false, true}) {
      const JointPrediction p{dense.mean, latent, diagonal};
      const FilePrediction read = back(p, {.packed = packed});
      CHECK(read.prediction.mean == p.mean);
      CHECK(read.prediction.noise_variance == p.noise_variance);
      CHECK(read.prediction.latent.matrix() == latent.matrix());
      CHECK(read.prediction.latent.is_factor() == latent.is_factor());
      CHECK((read.prediction.latent.stored_float_factor() != nullptr) == (latent.stored_float_factor() != nullptr));
      CHECK(read.prediction.latent.extra_diagonal() == latent.extra_diagonal());
    }
  const FilePrediction part = back(dense, {.packed = true, .variances_alone = 2}, 2);
  CHECK_FALSE(part.whole);
  CHECK(part.prediction.latent.block(0, 6, 2, 4) == dense.latent.block(0, 6, 2, 4));
  const FilePrediction rounded = back(dense, {.packed = true, .variances_alone = 0, .single = true});
  CHECK(rounded.prediction.latent.matrix() == Matrix(dense.latent.matrix().cast<float>().cast<double>()));
  for (const std::string& name : NpzReader(place.folder / "p.npz").names())
    CHECK(std::count(prediction_arrays().begin(), prediction_arrays().end(), name) == 1);
}

TEST_CASE("a factor without columns is a prediction of the program's own", "[core]") {
  const Place place;
  const WrittenArrays certain = {{"mean", Vector{{1, 2, 3}}}, {"noise_var", 0.5}, {"factor", Matrix(3, 0)}};
  CHECK(place.read(certain, 3, 0, Writer::own).prediction.latent.matrix().isZero(0));
}

}  // namespace
}  // namespace predcorr
