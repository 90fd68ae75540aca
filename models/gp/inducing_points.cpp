// SPDX-License-Identifier: Apache-2.0
#include "models/gp/inducing_points.hpp"

#include <limits>
#include <vector>

#include "core/base/parallel.hpp"

namespace predcorr::models {
namespace {

constexpr int kLloydIterations = 10;

/// Draws rows with chance proportional to the squared distance from the nearest seed so far.
/// Points in columns, so that a point is contiguous.
Matrix seeds(const Matrix& points, Index count, Stream& stream) {
  Matrix chosen(points.rows(), count);
  chosen.col(0) = points.col(stream.index(points.cols()));
  Vector nearest = (points.colwise() - chosen.col(0)).colwise().squaredNorm();
  for (Index k = 1; k < count; ++k) {
    const double total = nearest.sum();
    if (!(total > 0)) return chosen.leftCols(k);  // every row is a seed already
    double left = stream.uniform() * total;
    Index pick = 0;
    while (pick + 1 < points.cols() && (left -= nearest(pick)) >= 0) ++pick;
    while (nearest(pick) == 0) --pick;  // rounding may have carried the walk past the last candidate
    chosen.col(k) = points.col(pick);
    nearest = nearest.cwiseMin((points.colwise() - chosen.col(k)).colwise().squaredNorm().transpose());
  }
  return chosen;
}

std::vector<Index> assignment(const Matrix& points, const Matrix& centres) {
  constexpr Index kChunk = 256;
  std::vector<Index> nearest(static_cast<std::size_t>(points.cols()));
  parallel_for((points.cols() + kChunk - 1) / kChunk, [&](Index chunk) {
    for (Index i = chunk * kChunk; i < std::min(points.cols(), (chunk + 1) * kChunk); ++i)
      (centres.colwise() - points.col(i)).colwise().squaredNorm().minCoeff(&nearest[static_cast<std::size_t>(i)]);
  });
  return nearest;
}

}  // namespace

Matrix inducing_points(const Matrix& x, Index count, Stream stream) {
  const Matrix points = x.transpose();
  Matrix centres = seeds(points, std::min(count, x.rows()), stream);
  if (centres.cols() < std::min(count, x.rows()) || count >= x.rows()) return centres.transpose();
  std::vector<Index> before;
  for (int iteration = 0; iteration < kLloydIterations; ++iteration) {
    std::vector<Index> nearest = assignment(points, centres);
    if (nearest == before) break;
    Matrix sums = Matrix::Zero(centres.rows(), centres.cols());
    Vector sizes = Vector::Zero(centres.cols());
    for (Index i = 0; i < points.cols(); ++i) {
      const Index k = nearest[static_cast<std::size_t>(i)];
      sums.col(k) += points.col(i);
      sizes(k) += 1;
    }
    for (Index k = 0; k < centres.cols(); ++k)
      if (sizes(k) > 0) centres.col(k) = sums.col(k) / sizes(k);  // an empty cluster keeps its seed
    before = std::move(nearest);
  }
  return centres.transpose();
}

}  // namespace predcorr::models
