// SPDX-License-Identifier: Apache-2.0
#include "core/prediction/conditioning.hpp"

#include <Eigen/Eigenvalues>
#include <cmath>
#include <map>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/parallel.hpp"
#include "core/linalg/tiles.hpp"

namespace predcorr {
namespace {

constexpr double kRounding = 1e-12;  // part of a variance that subtraction cannot tell from none
constexpr Index kBlock = 256;        // rows of a factor at a time

/// What was seen, each point once: m measurements of a point tell what their mean does with 1 / m of the noise. Without
/// noise the first says it all.
struct Observations {
  Rows rows;
  Vector residual;  ///< y - mean
  Vector noise;

  Index size() const { return std::ssize(rows); }
};

Observations merged(const JointPrediction& p, const Rows& observed, const Vector& y) {
  Observations seen;
  std::map<Index, Index> place;
  Vector sum = Vector::Zero(y.size()), times = Vector::Zero(y.size());
  for (std::size_t i = 0; i < observed.size(); ++i) {
    const Index row = observed[i];
    const auto [at, fresh] = place.emplace(row, seen.size());
    if (fresh) seen.rows.push_back(row);
    if (!fresh && p.noise_variance(row) == 0) continue;
    sum(at->second) += y(static_cast<Index>(i));
    ++times(at->second);
  }
  times.conservativeResize(seen.size());
  sum.conservativeResize(seen.size());
  seen.residual = sum.cwiseQuotient(times) - p.mean(seen.rows);
  seen.noise = p.noise_variance(seen.rows).cwiseQuotient(times);
  return seen;
}

/// The points that tell something besides those before them, as positions in `rows`, with L L' = C_SS + N of them.
struct Kept {
  Rows positions;
  Matrix lower;
};

Kept factorised(const Matrix& block) {
  const Index n = block.rows();
  Kept kept{{}, Matrix::Zero(n, n)};
  for (Index i = 0; i < n; ++i) {
    const Index m = std::ssize(kept.positions);
    Vector row = block(kept.positions, i);
    kept.lower.topLeftCorner(m, m).triangularView<Eigen::Lower>().solveInPlace(row);
    const double left = block(i, i) - row.squaredNorm();
    if (!(left > kRounding * block(i, i))) continue;
    kept.lower.row(m).head(m) = row.transpose();
    kept.lower(m, m) = std::sqrt(left);
    kept.positions.push_back(i);
  }
  const Index m = std::ssize(kept.positions);
  kept.lower.conservativeResize(m, m);
  return kept;
}

JointPrediction condition_dense(const JointPrediction& p, const Observations& seen) {
  const Matrix& prior = *p.latent.stored_dense();
  Matrix block = prior(seen.rows, seen.rows);
  block.diagonal() += seen.noise;
  const Kept kept = factorised(block);
  if (kept.positions.empty()) return p;
  const auto lower = kept.lower.triangularView<Eigen::Lower>();
  Rows rows;
  for (const Index i : kept.positions) rows.push_back(seen.rows[static_cast<std::size_t>(i)]);

  Matrix told = prior(Eigen::all, rows);  // becomes C_xS L'^-1
  lower.transpose().solveInPlace<Eigen::OnTheRight>(told);
  Vector surprise = seen.residual(kept.positions);
  lower.solveInPlace(surprise);
  JointPrediction result{p.mean, {}, p.noise_variance};
  result.mean.noalias() += told * surprise;
  Matrix left = prior;
  subtract_gram(told, left);

  Rows known;  // points of which nothing is left to be learned
  for (Index i = 0; i < p.size(); ++i)
    if (!(left(i, i) > kRounding * prior(i, i))) known.push_back(i);
  for (const Index i : kept.positions)
    if (seen.noise(i) == 0) known.push_back(seen.rows[static_cast<std::size_t>(i)]);
  for (const Index i : known) {
    left.row(i).setZero();
    left.col(i).setZero();
  }
  result.latent = Covariance::dense(std::move(left));
  return result;
}

/// The observed points' columns [F_i; sqrt(N_i + D_i) e_i], made orthonormal one after the other: Q R with
/// R'R = C_SS + N. No square of F is formed, which would lose half of the digits.
struct Orthonormal {
  Rows positions;   ///< of those kept, in Observations::rows
  Matrix top;       ///< Q's rows that belong to F: s x kept
  Matrix below;     ///< Q's others: observed x kept
  Vector surprise;  ///< R'^-1 (y - mean)
  Vector weights;   ///< R^-1 of that: (C_SS + N)^-1 (y - mean)
};

Orthonormal orthonormalised(const Matrix& columns, const Vector& residual, Index width) {
  const Index n = columns.cols();
  Orthonormal o;
  Matrix q(columns.rows(), n), r = Matrix::Zero(n, n);
  o.surprise.resize(n);
  for (Index i = 0; i < n; ++i) {
    const Index m = std::ssize(o.positions);
    const auto before = q.leftCols(m);
    Vector column = columns.col(i), along = Vector::Zero(m);
    for (int pass = 0; pass < 2; ++pass) {  // twice is enough (Giraud et al. 2005)
      const Vector part = before.transpose() * column;
      column.noalias() -= before * part;
      along += part;
    }
    const double left = column.norm();
    if (!(left * left > kRounding * columns.col(i).squaredNorm())) continue;
    r.col(m).head(m) = along;
    r(m, m) = left;
    q.col(m) = column / left;
    o.surprise(m) = (residual(i) - along.dot(o.surprise.head(m))) / left;
    o.positions.push_back(i);
  }
  const Index m = std::ssize(o.positions);
  o.surprise.conservativeResize(m);
  o.top = q.topLeftCorner(width, m);
  o.below = q.bottomLeftCorner(n, m);
  o.weights = r.topLeftCorner(m, m).triangularView<Eigen::Upper>().solve(o.surprise);
  return o;
}

/// B with T = I - Q B' the symmetric root of I - Q Q', Q the top of an orthonormal matrix whose rest is P: as
/// Q'Q = I - P'P, B = Q (I + (P'P)^1/2)^-1, which divides by nothing small.
Matrix root_step(const Orthonormal& o) {
  const Matrix rest = o.below.transpose() * o.below;
  const Eigen::SelfAdjointEigenSolver<Matrix> eigen(rest);
  const Vector cosines = eigen.eigenvalues().cwiseMax(0).cwiseSqrt();
  const Vector shrunk = (1 + cosines.array()).inverse();
  const Matrix along = o.top * eigen.eigenvectors();
  return along * shrunk.asDiagonal() * eigen.eigenvectors().transpose();
}

template <class Factor>
JointPrediction condition_factor(const JointPrediction& p, const Factor& factor, const Observations& seen) {
  const Index n = p.size(), width = factor.cols();
  Vector diagonal = p.latent.extra_diagonal();
  const bool extra = diagonal.size() > 0;
  Vector own = seen.noise;  // N + D
  if (extra)
    for (Index i = 0; i < seen.size(); ++i) own(i) += diagonal(seen.rows[static_cast<std::size_t>(i)]);
  Matrix columns = Matrix::Zero(width + seen.size(), seen.size());
  columns.topRows(width) = factor(seen.rows, Eigen::all).transpose().template cast<double>();
  columns.bottomRows(seen.size()).diagonal() = own.cwiseSqrt();
  const Orthonormal o = orthonormalised(columns, seen.residual, width);
  if (o.positions.empty()) return p;

  JointPrediction result{p.mean, {}, p.noise_variance};
  Vector weight = Vector::Ones(n);
  const Vector prior = p.latent.diagonal();
  for (Index k = 0; k < std::ssize(o.positions); ++k) {
    const Index i = o.positions[static_cast<std::size_t>(k)], row = seen.rows[static_cast<std::size_t>(i)];
    weight(row) = own(i) > 0 ? seen.noise(i) / own(i) : 0;
    if (!extra) continue;
    result.mean(row) += diagonal(row) * o.weights(k);
    diagonal(row) *= weight(row);
  }

  const Vector shift = o.top * o.surprise;
  const Matrix step = root_step(o);
  const bool few = 2 * std::ssize(o.positions) < width;
  Matrix root;
  if (!few) root = Matrix::Identity(width, width) - o.top * step.transpose();
  Factor left(n, width);
  parallel_for((n + kBlock - 1) / kBlock, [&](Index block) {
    const Index first = block * kBlock, count = std::min(kBlock, n - first);
    RowMatrix rows = factor.middleRows(first, count).template cast<double>();
    result.mean.segment(first, count).noalias() += rows * shift;
    if (few) {
      const RowMatrix along = rows * o.top;
      rows.noalias() -= along * step.transpose();
    } else {
      rows = (rows * root).eval();
    }
    for (Index k = 0; k < count; ++k) {
      const Index i = first + k;
      rows.row(k) *= weight(i);
      const double variance = rows.row(k).squaredNorm() + (extra ? diagonal(i) : 0.0);
      if (variance > kRounding * prior(i)) continue;
      rows.row(k).setZero();
      if (extra) diagonal(i) = 0;
    }
    left.middleRows(first, count) = rows.template cast<typename Factor::Scalar>();
  });
  result.latent = Covariance::from_factor(std::move(left), std::move(diagonal));
  return result;
}

}  // namespace

JointPrediction condition_on(const JointPrediction& p, const Rows& observed, const Vector& y) {
  require(std::ssize(observed) == y.size(), ErrorKind::shape, "conditioning: {} values for {} observed points",
          y.size(), observed.size());
  for (const Index row : observed)
    require(row >= 0 && row < p.size(), ErrorKind::shape, "conditioning: point {} is outside 0..{}", row, p.size() - 1);
  require(y.allFinite(), ErrorKind::data, "conditioning: an observed value is not finite");
  if (observed.empty()) return p;
  const Observations seen = merged(p, observed, y);
  if (const RowMatrix* factor = p.latent.stored_factor()) return condition_factor(p, *factor, seen);
  if (const RowMatrixF* factor = p.latent.stored_float_factor()) return condition_factor(p, *factor, seen);
  return condition_dense(p, seen);
}

}  // namespace predcorr
