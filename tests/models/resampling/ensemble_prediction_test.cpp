// SPDX-License-Identifier: Apache-2.0
#include "models/resampling/ensemble_prediction.hpp"

#include <cmath>

#include "core/base/stream.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

using namespace models;

constexpr Spread kInfinitesimal = Spread::infinitesimal_jackknife, kAfter = Spread::jackknife_after_bootstrap;

RowMatrixF as_float(const Matrix& m) { return m.cast<float>(); }

JointPrediction predicted(const Matrix& values, const Matrix& counts, Spread spread) {
  return ensemble_prediction(as_float(values), as_float(counts), spread, Vector::Zero(values.rows()));
}

/// B x n counts of r draws from n rows.
Matrix draws(Index members, Index n, Index r, bool replacement, std::uint64_t seed) {
  Stream stream(seed);
  Matrix counts = Matrix::Zero(members, n);
  for (Index b = 0; b < members; ++b) {
    const Rows order = stream.permutation(n);
    for (Index j = 0; j < r; ++j) counts(b, replacement ? stream.index(n) : order[static_cast<std::size_t>(j)]) += 1;
  }
  return counts;
}

/// Mean of z under each member's counts, at two "points": z itself and its negative.
Matrix sample_means(const Matrix& counts, const Vector& z) {
  const Vector means = (counts * z).array() / counts.rowwise().sum().array();
  return (Matrix(2, counts.rows()) << means.transpose(), -means.transpose()).finished();
}

TEST_CASE("ensemble_prediction: members are function draws", "[models]") {
  const Matrix values{{1, 2, 6}, {0, 3, 0}};
  const JointPrediction p = ensemble_prediction(as_float(values), Counts(), Spread::members, Vector::Constant(2, 0.5));
  CHECK(p.mean == Vector{{3, 1}});
  CHECK(test::difference(p.latent.matrix(), Matrix{{7, -1.5}, {-1.5, 3}}) < 1e-6);
  CHECK(p.noise_variance == Vector{{0.5, 0.5}});
}

TEST_CASE("ensemble_prediction: both jackknives against NumPy's direct formulas", "[models]") {
  const Json& cases = test::reference("bootstrap_reference.json").at("jackknife");
  for (const auto& [name, expected] : cases.items())
    for (const auto& [kind, spread] : {std::pair("infinitesimal", kInfinitesimal), {"after_bootstrap", kAfter}}) {
      if (!expected.contains(kind)) continue;  // Dirichlet weights leave no row out
      INFO(name << ", " << kind);
      const Matrix values = test::matrix(expected.at("values")), counts = test::matrix(expected.at("counts"));
      const Matrix covariance = test::matrix(expected.at(kind).at("covariance"));
      const JointPrediction p = predicted(values, counts, spread);
      CHECK(p.latent.width() == std::min(counts.cols(), counts.rows()));
      CHECK(!p.latent.factor_rows(0, p.size()).rowwise().sum().isZero(1e-3));  // not to be taken for members
      CHECK(test::difference(p.mean, values.rowwise().mean()) < 1e-6);
      const Vector stddev = covariance.diagonal().cwiseSqrt();
      const Matrix found = p.latent.matrix();
      for (Index i = 0; i < stddev.size(); ++i)
        for (Index j = 0; j <= i; ++j)
          CHECK(found(i, j) == Approx(covariance(i, j)).margin(2e-5 * stddev(i) * stddev(j)));
    }
}

TEST_CASE("ensemble_prediction: jackknives of a sample mean tend to its variance", "[models]") {
  // The bootstrap variance of the mean is V = sum (z - mean)^2 / n^2, so c_i has Monte-Carlo variance V / B (1.7 V / B
  // for the jackknife after bootstrap) and sum c_i^2 about (2 sqrt(V))^2 times that: relative standard errors of 0.6%
  // and 0.8%. Four of these; the two limits, V and V n / (n - 1), are 9% apart.
  constexpr Index n = 12, members = 100000;
  const Vector z = Stream(4).normals(n);
  const double plug_in = (z.array() - z.mean()).square().sum() / (n * n);
  const Matrix counts = draws(members, n, n, true, 1), values = sample_means(counts, z);
  const Matrix infinitesimal = predicted(values, counts, kInfinitesimal).latent.matrix();
  CHECK(infinitesimal(0, 0) == Approx(plug_in).epsilon(0.025));
  CHECK(infinitesimal(0, 1) == Approx(-infinitesimal(0, 0)).epsilon(1e-5));
  CHECK(predicted(values, counts, kAfter).latent.diagonal()(0) == Approx(plug_in * n / (n - 1)).epsilon(0.034));

  // Half of the rows without replacement: members vary with the same V * n / (n - 1) or so, counts by half as much.
  const Matrix halves = draws(members, n, n / 2, false, 2), half_means = sample_means(halves, z);
  CHECK(predicted(half_means, halves, kInfinitesimal).latent.diagonal()(0) == Approx(plug_in).epsilon(0.04));
  CHECK(predicted(half_means, halves, kAfter).latent.diagonal()(0) == Approx(plug_in * n / (n - 1)).epsilon(0.04));
}

TEST_CASE("ensemble_prediction: members that have nothing to do with their rows", "[models]") {
  // What is left of sum c_i^2 after the correction is then N(0, error^2) or so, error = variance sqrt(2 (n + n^2 / B))
  // / B for counts of variance 1, and the mean given for it is 0.903 errors on average (the integral of phi^2 / Phi).
  // The mean over 400 points has a standard error of about 3%; the error's own formula is good to a few per cent.
  constexpr Index n = 100, members = 50, points = 400;
  const Matrix values = Stream(8).normals(points * members).reshaped(points, members);
  const JointPrediction p = predicted(values, draws(members, n, n, true, 3), kInfinitesimal);
  const Vector variance = predicted(values, {}, Spread::members).latent.diagonal();
  const double error = std::sqrt(2.0 * (n + n * n / members)) / members;
  CHECK((p.latent.diagonal().array() / variance.array()).mean() == Approx(0.903 * error).epsilon(0.12));
  CHECK(p.latent.diagonal().minCoeff() > 0);
}

TEST_CASE("ensemble_prediction: members that agree, and no points", "[models]") {
  const Matrix counts = draws(20, 30, 30, true, 3);
  for (const Spread spread : {Spread::members, kInfinitesimal, kAfter}) {
    CHECK(predicted(Matrix::Constant(3, 20, 1.5), counts, spread).latent.matrix() == Matrix::Zero(3, 3));
    CHECK(predicted(Matrix(0, 20), counts, spread).size() == 0);
  }
}

TEST_CASE("ensemble_prediction: counts that a jackknife cannot use", "[models]") {
  const Matrix values = Matrix::Identity(3, 3), same = Matrix::Ones(3, 4);
  CHECK(test::error_of([&] { predicted(values, same, kInfinitesimal); }) ==
        "data: infinitesimal jackknife: all members saw the same rows; resample them");
  Matrix counts = Matrix::Identity(3, 4);
  counts.col(2).setOnes();
  CHECK(test::error_of([&] { predicted(values, counts, kAfter); }) ==
        "data: jackknife after bootstrap: row 2 is in every one of 3 members; take more members or a smaller fraction");
  CHECK(test::error_of([&] { predicted(values, Matrix::Ones(2, 4), kAfter); }) ==
        "shape: ensemble: 3 members and counts of 2 x 4");
  CHECK(test::error_of([&] { predicted(Matrix::Ones(3, 1), same, Spread::members); }) ==
        "shape: ensemble: at least 2 members are needed for a covariance, got 1");
}

TEST_CASE("ensemble_prediction: the words for spreads", "[models]") {
  CHECK(word_of(Spread::members) == "members");
  CHECK(word_of(kInfinitesimal) == "infinitesimal-jackknife");
  CHECK(word_of(kAfter) == "jackknife-after-bootstrap");
}

TEST_CASE("out_of_bag: by brute force", "[models]") {
  const Matrix values{{1, 2, 4}, {5, 6, 7}, {0, 3, 9}, {2, 2, 2}}, counts{{0, 1, 2, 1}, {2, 1, 0, 1}, {0, 2, 0.5, 0}};
  const Vector targets{{3, 1, 2, 5}};
  // Row 0 is out of members 0 and 2, row 1 of none, row 2 of member 1, row 3 of member 2.
  const OutOfBag out = out_of_bag(as_float(values), as_float(counts), targets);
  CHECK(out.mean == Vector{{2.5, 0, 3, 2}});
  CHECK(out.rows == Rows{0, 2, 3});
  CHECK(out.square == test::close((0.25 + 1 + 9) / 3));
  CHECK(unexplained_noise(out, Vector{{0.5, 100, 1, 1.5}}) == test::close(10.25 / 3 - 1));
  CHECK(unexplained_noise(out, Vector::Constant(4, 9)) == test::close(0.01 * 10.25 / 3));

  const OutOfBag none = out_of_bag(as_float(values), Counts::Ones(3, 4), targets);
  CHECK(none.rows.empty());
  CHECK(none.square == 0);
  CHECK(unexplained_noise(none, Vector::Ones(4)) == 0);
  CHECK(test::error_of([&] { out_of_bag(as_float(values), Counts::Ones(3, 3), targets); }) ==
        "shape: out of bag: 4 targets, values of 4 x 3 and counts of 3 x 3");
}

}  // namespace
}  // namespace predcorr
