// SPDX-License-Identifier: Apache-2.0
#include "metrics/active_learning/pool_conditioning.hpp"

#include <Eigen/QR>
#include <cmath>
#include <type_traits>
#include <utility>

#include "core/base/error.hpp"
#include "core/linalg/cholesky.hpp"
#include "metrics/active_learning/blocks.hpp"

namespace predcorr::metrics {
namespace {

constexpr Index kPoolRows = 256;
constexpr Index kColumns = 8;                // stored at a time
constexpr double kVarianceRounding = 1e-12;  // part of a variance that subtraction cannot tell from none
constexpr double kJitter = 1e-10;            // of a target's variance

/// WhitenedTargets with variance, and one over their deviations. Correlations of targets of which only rounding is left
/// would be anything.
struct WhitenedTargets {
  WhitenedTargets(const Vector& variance, Index n_pool)
      : rows(uncertain_targets(variance, n_pool, kVarianceRounding)),
        scale(variance(rows).cwiseSqrt().cwiseInverse()) {}
  Index size() const { return std::ssize(rows); }
  Rows rows;
  Vector scale;
};

/// W with cov(f_P | f_T) = C_PP - W W': the covariance with the targets, whitened.
Matrix whitened_cross(const JointPrediction& p, Index n_pool, const WhitenedTargets& targets) {
  Matrix among = p.latent.block(targets.rows, targets.rows);
  among = targets.scale.asDiagonal() * among * targets.scale.asDiagonal();
  const Cholesky factor(std::move(among));
  Matrix cross(n_pool, targets.size());
  if (const Matrix* dense = p.latent.stored_dense()) {
    for (Index t = 0; t < targets.size(); ++t)
      cross.col(t) = dense->col(targets.rows[static_cast<std::size_t>(t)]).head(n_pool) * targets.scale(t);
  } else {
    with_factor(p.latent, [&](const auto& rows) {
      const RowMatrix of_targets = targets.scale.asDiagonal() * rows(targets.rows, Eigen::all).template cast<double>();
      parallel_for_blocks(n_pool, kPoolRows, [&](Index first, Index count) {
        const RowMatrix some = rows.middleRows(first, count).template cast<double>();
        cross.middleRows(first, count).noalias() = some * of_targets.transpose();
      });
    });
  }
  factor.whiten_rows_in_place(cross);
  return cross;
}

/// F_P R^-1 with R'R = I + F_T' D^-1 F_T, D the targets' own noise: a factor of cov(f_P | f_T). R is made by QR of
/// D^-1/2 F_T on top of I, whose square would lose half of the digits.
template <class Factor>
Factor known_factor(const Factor& factor, const Vector& extra, Index n_pool, const WhitenedTargets& targets) {
  const Index width = factor.cols(), count = targets.size();
  Matrix stacked(count + width, width);
  stacked.topRows(count) = targets.scale.asDiagonal() * factor(targets.rows, Eigen::all).template cast<double>();
  for (Index t = 0; t < count; ++t) {
    const Index row = targets.rows[static_cast<std::size_t>(t)];
    const double own = extra.size() > 0 ? extra(row) * targets.scale(t) * targets.scale(t) : 0;
    stacked.row(t) /= std::sqrt(std::max(own, kJitter));
  }
  stacked.bottomRows(width).setIdentity();
  const Eigen::HouseholderQR<Eigen::Ref<Matrix>> qr(stacked);
  const Matrix r = qr.matrixQR().topRows(width).template triangularView<Eigen::Upper>();
  Factor known(n_pool, width);
  parallel_for_blocks(n_pool, kPoolRows, [&](Index first, Index rows) {
    RowMatrix some = factor.middleRows(first, rows).template cast<double>();
    r.triangularView<Eigen::Upper>().template solveInPlace<Eigen::OnTheRight>(some);
    known.middleRows(first, rows) = some.template cast<typename Factor::Scalar>();
  });
  return known;
}

}  // namespace

PoolConditioning::PoolConditioning(const JointPrediction& p, Index n_pool)
    : PoolConditioning(PoolCovariance(p.latent, n_pool), p.noise_variance.head(n_pool)) {}

PoolConditioning::PoolConditioning(PoolCovariance covariance, const Vector& noise)
    : covariance_(std::move(covariance)),
      noise_(noise),
      left_(covariance_.variance()),
      least_(kVarianceRounding * (left_ + noise_)),
      taken_(static_cast<std::size_t>(noise.size()), false) {}

PoolConditioning PoolConditioning::given_targets(const JointPrediction& p, Index n_pool) {
  const WhitenedTargets targets(p.latent.diagonal(), n_pool);
  const Vector noise = p.noise_variance.head(n_pool);
  PoolConditioning known(p, n_pool);
  if (targets.size() == 0) return known;
  if (p.latent.is_factor() && p.latent.width() < targets.size()) {
    const Vector extra = p.latent.extra_diagonal();
    const Vector pool_extra = extra.head(std::min(extra.size(), n_pool));
    const Covariance left = with_factor(p.latent, [&](const auto& factor) {
      return Covariance::from_factor(known_factor(factor, extra, n_pool, targets), pool_extra);
    });
    return {PoolCovariance(left, n_pool), noise};
  }
  known.explain(whitened_cross(p, n_pool, targets));
  return known;
}

void PoolConditioning::explain(Matrix columns) {
  left_ = (left_ - columns.rowwise().squaredNorm()).cwiseMax(0);
  explained_.push_back(std::move(columns));
  free_ = 0;
}

Vector PoolConditioning::condition_on(Index q) {
  require(q >= 0 && q < size() && !taken_[static_cast<std::size_t>(q)], ErrorKind::shape,
          "conditioning: pool point {} is outside 0..{} or taken already", q, size() - 1);
  require(available(q), ErrorKind::numerical, "conditioning: pool point {} has no variance left", q);
  Vector column = covariance_.column(q);
  const double root = std::sqrt(variance(q));
  for (const Matrix& before : explained_) {
    const Vector row = before.row(q);
    parallel_for_blocks(size(), kPoolRows, [&](Index first, Index count) {
      column.segment(first, count).noalias() -= before.middleRows(first, count) * row;
    });
  }
  column /= root;
  left_ = (left_ - column.cwiseAbs2()).cwiseMax(0);
  taken_[static_cast<std::size_t>(q)] = true;
  if (free_ == 0) {
    explained_.emplace_back(Matrix::Zero(size(), kColumns));
    free_ = kColumns;
  }
  explained_.back().col(kColumns - free_) = column;
  --free_;
  return column;
}

Vector PoolConditioning::times(const Vector& x) const {
  Vector product = covariance_.times(x);
  for (const Matrix& columns : explained_) {
    const Vector along = columns.transpose() * x;
    product.noalias() -= columns * along;
  }
  return product;
}

}  // namespace predcorr::metrics
