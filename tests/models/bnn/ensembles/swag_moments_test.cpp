// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/ensembles/swag_moments.hpp"

#include <cmath>
#include <vector>

#include "tests/support/catch.hpp"

namespace predcorr::models {
namespace {

constexpr Index kSize = 4;

/// Points far from zero for how much they vary.
std::vector<VectorF> trajectory(int points) {
  Stream stream(3);
  std::vector<VectorF> all;
  for (int i = 0; i < points; ++i)
    all.push_back((10 + (0.01 * static_cast<double>(i) + 0.1 * stream.normals(kSize).array())).matrix().cast<float>());
  return all;
}

SwagMoments moments_of(const std::vector<VectorF>& points, int rank) {
  SwagMoments moments(kSize, rank);
  for (const VectorF& w : points) moments.add(w);
  return moments;
}

/// Mean of the first `count` points.
Vector mean_of(const std::vector<VectorF>& points, std::size_t count) {
  Vector sum = Vector::Zero(kSize);
  for (std::size_t i = 0; i < count; ++i) sum += points[i].cast<double>();
  return sum / static_cast<double>(count);
}

TEST_CASE("swag moments: mean, variances and deviations of a trajectory", "[models]") {
  const auto points = trajectory(11);
  const SwagMoments moments = moments_of(points, 4);
  const Vector mean = mean_of(points, 11);
  Vector variances = Vector::Zero(kSize);
  for (const VectorF& w : points) variances += (w.cast<double>() - mean).cwiseAbs2() / 11;
  CHECK(moments.count() == 11);
  CHECK((moments.mean().cast<double>() - mean).cwiseAbs().maxCoeff() < 1e-6);  // floats near 10
  CHECK((moments.variances().cast<double>() - variances).cwiseAbs().maxCoeff() < 1e-6 * variances.maxCoeff());
  // Points 7 to 10 (from 0) are the last four; point i is kept in column i mod 4.
  const MatrixF deviations = moments.deviations();
  REQUIRE(deviations.cols() == 4);
  for (std::size_t i = 7; i < 11; ++i) {
    const Vector expected = points[i].cast<double>() - mean_of(points, i + 1);
    CHECK((deviations.col(static_cast<Index>(i % 4)).cast<double>() - expected).cwiseAbs().maxCoeff() < 1e-7);
  }
}

TEST_CASE("swag moments: fewer points than the rank", "[models]") {
  const auto points = trajectory(3);
  const SwagMoments moments = moments_of(points, 5);
  REQUIRE(moments.deviations().cols() == 3);
  CHECK(moments.deviations().col(0) == VectorF::Zero(kSize));  // the first point is its own mean
  CHECK(moments.deviations().col(2).cwiseAbs().minCoeff() > 0);
}

TEST_CASE("swag moments: draws have half the diagonal and half the low-rank covariance", "[models]") {
  constexpr int kDraws = 40000;
  const SwagMoments moments = moments_of(trajectory(30), 3);
  const Matrix d = moments.deviations().cast<double>();
  Matrix expected = d * d.transpose() / 2;
  expected.diagonal() += moments.variances().cast<double>();
  expected /= 2;
  Stream stream(5);
  Matrix draws(kDraws, kSize);
  VectorF w(kSize);
  for (Index s = 0; s < kDraws; ++s) {
    moments.draw(stream, w);
    draws.row(s) = w.cast<double>().transpose();
  }
  const Matrix off = draws.rowwise() - moments.mean().cast<double>().transpose();
  // Standard errors of a normal's moments: sqrt(C_ii / s), and sqrt((C_ii C_jj + C_ij^2) / s). Four of them.
  for (Index i = 0; i < kSize; ++i) {
    CHECK(std::abs(off.col(i).mean()) < 4 * std::sqrt(expected(i, i) / kDraws));
    for (Index j = 0; j <= i; ++j) {
      const double error = std::sqrt((expected(i, i) * expected(j, j) + expected(i, j) * expected(i, j)) / kDraws);
      CHECK(std::abs(off.col(i).dot(off.col(j)) / kDraws - expected(i, j)) < 4 * error);
    }
  }
}

TEST_CASE("swag moments: one point, or points that do not differ, are their own draws", "[models]") {
  const VectorF w{{1, -2, 3, 0}};
  for (const std::size_t count : {1u, 4u}) {
    const SwagMoments moments = moments_of(std::vector<VectorF>(count, w), 2);
    VectorF drawn(kSize);
    Stream stream(1);
    moments.draw(stream, drawn);
    CHECK(drawn == w);
  }
}

}  // namespace
}  // namespace predcorr::models
