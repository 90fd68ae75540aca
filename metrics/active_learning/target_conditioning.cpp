// SPDX-License-Identifier: Apache-2.0
#include "metrics/active_learning/target_conditioning.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/error.hpp"
#include "metrics/active_learning/blocks.hpp"
#include "metrics/active_learning/pool_conditioning.hpp"
#include "metrics/active_learning/row_scores.hpp"
#include "metrics/scale.hpp"

namespace predcorr::metrics {
struct TargetConditioning::Entries {
  /// In units of their prior deviation: their variances start at 1.
  struct Targets {
    Targets(const Vector& variance, Index n_pool)
        : rows(uncertain_targets(variance, n_pool)),
          prior(variance(rows)),
          left(Vector::Ones(prior.size())),
          scale(prior.cwiseSqrt().cwiseInverse()) {}
    Rows rows;
    Vector prior, left, scale;
  };

  Entries(const JointPrediction& p, Index pool_size)
      : n_pool(pool_size), pool(p, pool_size), targets(p.latent.diagonal(), pool_size) {}
  virtual ~Entries() = default;

  /// For every pool point that is available its score.
  virtual void score(TargetScore kind, Vector& scores) = 0;

  /// Conditions on q.  @param deviation of y_q before  @param column what PoolConditioning has for this pick
  virtual void condition_on(Index q, double deviation, const Vector& column) = 0;

  Index n_pool;
  PoolConditioning pool;
  Targets targets;
};

namespace {

/// One over the deviations that are left, in units of the prior ones. A target of which only rounding is left
/// correlates with nothing.
Vector correlation_weights(const TargetConditioning::Entries::Targets& targets) {
  constexpr double kRounding = 1e-12;
  return targets.left.unaryExpr([](double left) { return left > kRounding ? 1 / std::sqrt(left) : 0.0; });
}

constexpr Index kEntryRows = 64;  // rows of the pool at a time

/// pool x targets numbers, kept. What the last pick explains is subtracted when they are next passed over.
struct StoredEntries : TargetConditioning::Entries {
  StoredEntries(const JointPrediction& p, Index pool_size) : Entries(p, pool_size) {
    cross.resize(n_pool, std::ssize(targets.rows));
    const Matrix* dense = p.latent.stored_dense();
    parallel_for_blocks(n_pool, kEntryRows, [&](Index first, Index count) {
      if (dense != nullptr)
        for (Index q = first; q < first + count; ++q) cross.row(q) = dense->col(q)(targets.rows).transpose();
      else
        cross.middleRows(first, count) = p.latent.block(consecutive_rows(first, count), targets.rows);
      cross.middleRows(first, count) *= targets.scale.asDiagonal();
    });
  }

  void score(TargetScore kind, Vector& scores) override {
    const Vector weights = kind == TargetScore::correlation ? correlation_weights(targets) : targets.prior;
    parallel_for_blocks(n_pool, kEntryRows, [&](Index first, Index count) {
      for (Index q = first; q < first + count; ++q) {
        if (pending) cross.row(q).noalias() -= by_point(q) * by_target;
        if (pool.available(q)) scores(q) = score_of(kind, q, weights);
      }
    });
    pending = false;
  }

  double score_of(TargetScore kind, Index q, const Vector& weights) const {
    const double variance = pool.variance(q);
    const auto row = cross.row(q);
    switch (kind) {
      case TargetScore::information: return -0.5 * sum_of_logs(row.data(), targets.left.data(), row.size(), variance);
      case TargetScore::variance: return row.cwiseAbs2().dot(weights) / variance;
      case TargetScore::correlation: return row.dot(weights) / std::sqrt(variance);
    }
    return 0;
  }

  void condition_on(Index q, double deviation, const Vector& column) override {
    if (pending)
      parallel_for_blocks(n_pool, kEntryRows, [&](Index first, Index count) {
        cross.middleRows(first, count).noalias() -= by_point.segment(first, count) * by_target;
      });
    by_point = column;
    by_target = cross.row(q) / deviation;
    targets.left = (targets.left - by_target.transpose().cwiseAbs2()).cwiseMax(0);
    pending = true;
  }

  RowMatrix cross;
  Vector by_point;  // the last pick subtracts their product
  Eigen::RowVectorXd by_target;
  bool pending = false;
};

/// cov(f_P, f_T | S) = F_P K F_T' with K = I for no S. Kept are F_P as it is, T = F_T K, and the picks' K f. Only
/// information needs every entry: sums of them, and of their squares, cost pool x width a pick.
template <class Factor>
struct FactorEntries : TargetConditioning::Entries {
  using Scalar = typename Factor::Scalar;
  using Column = Eigen::Matrix<Scalar, Eigen::Dynamic, 1>;

  FactorEntries(const JointPrediction& p, Index pool_size, const Factor& given)
      : Entries(p, pool_size), factor(given), of_targets(factor(targets.rows, Eigen::all).template cast<double>()) {}

  void score(TargetScore kind, Vector& scores) override {
    if (kind == TargetScore::information) return score_information(scores);
    if (kind == TargetScore::variance && squares.size() == 0) begin_squares();
    const Vector weights = correlation_weights(targets).cwiseProduct(targets.scale);
    const Vector sums = kind == TargetScore::correlation ? times_pool(of_targets.transpose() * weights) : squares;
    for (Index q = 0; q < n_pool; ++q) {
      if (!pool.available(q)) continue;
      const double variance = pool.variance(q);
      scores(q) = sums(q) / (kind == TargetScore::correlation ? std::sqrt(variance) : variance);
    }
  }

  void score_information(Vector& scores) {
    // A power of two brings the entries near 1, whose squares a float could not hold in every unit.
    const int exponent = even_exponent(std::sqrt(pool.latent_variance().maxCoeff()));
    const double power = std::ldexp(1.0, -exponent);
    const Factor conditional = (power * targets.scale.asDiagonal() * conditional_targets()).template cast<Scalar>();
    const Column left = targets.left.template cast<Scalar>();
    parallel_for_blocks(n_pool, kEntryRows, [&](Index first, Index count) {
      thread_local Factor cross;
      cross.noalias() = factor.middleRows(first, count) * conditional.transpose();
      for (Index q = first; q < first + count; ++q)
        if (pool.available(q))
          scores(q) = -0.5 * sum_of_logs(cross.row(q - first).data(), left.data(), left.size(),
                                         power * pool.variance(q) * power);
    });
  }

  void condition_on(Index q, double deviation, const Vector& column) override {
    // K f, K = I - sum_k u_k u_k' with u = K f / deviation of the pick before.
    const Vector u = conditional(factor.row(q).transpose().template cast<double>()) / deviation;
    const Vector by_target = of_targets * u;
    if (squares.size() > 0) {
      // An entry loses (by_target)_t column_p.
      const Vector along = times_pool(of_targets.transpose() * by_target);
      squares -= column.cwiseProduct(2 * along - column * by_target.squaredNorm());
      squares = squares.cwiseMax(0);
    }
    targets.left = (targets.left - by_target.cwiseProduct(targets.scale).cwiseAbs2()).cwiseMax(0);
    explained.push_back(u);
  }

  /// K x.
  Vector conditional(const Vector& x) const {
    Vector left = x;
    for (const Vector& u : explained) left -= u * u.dot(x);
    return left;
  }

  /// F_T K: targets x width.
  RowMatrix conditional_targets() const {
    RowMatrix rows = of_targets;
    for (const Vector& u : explained) {
      const Vector along = of_targets * u;
      rows.noalias() -= along * u.transpose();
    }
    return rows;
  }

  /// F_P K x.
  Vector times_pool(const Vector& x) const {
    const Vector direction = conditional(x);
    Vector product(n_pool);
    parallel_for_blocks(n_pool, kEntryRows,
                        [&](Index first, Index count) { multiply_rows(factor, first, count, direction, product); });
    return product;
  }

  void begin_squares() {
    const RowMatrix rows = conditional_targets();
    const Matrix gram = rows.transpose() * rows;
    squares.resize(n_pool);
    parallel_for_blocks(n_pool, kEntryRows, [&](Index first, Index count) {
      const RowMatrix some = factor.middleRows(first, count).template cast<double>();
      const RowMatrix weighted = some * gram;
      squares.segment(first, count) = weighted.cwiseProduct(some).rowwise().sum();
    });
  }

  const Factor& factor;
  RowMatrix of_targets;           // F_T: targets x width
  std::vector<Vector> explained;  // one for each pick: width
  Vector squares;                 // sum_t cov(f_t, f_p | S)^2 for every p, once asked for
};

}  // namespace

TargetConditioning::TargetConditioning(const JointPrediction& p, Index n_pool, Index stored) {
  const bool few = n_pool * (p.size() - n_pool) <= stored;
  if (const RowMatrix* factor = p.latent.stored_factor(); factor != nullptr && !few)
    entries_ = std::make_unique<FactorEntries<RowMatrix>>(p, n_pool, *factor);
  else if (const RowMatrixF* floats = p.latent.stored_float_factor(); floats != nullptr && !few)
    entries_ = std::make_unique<FactorEntries<RowMatrixF>>(p, n_pool, *floats);
  else
    entries_ = std::make_unique<StoredEntries>(p, n_pool);
}

TargetConditioning::~TargetConditioning() = default;

Vector TargetConditioning::scores(TargetScore kind) {
  Vector scores = Vector::Constant(entries_->n_pool, -std::numeric_limits<double>::infinity());
  entries_->score(kind, scores);
  if (kind == TargetScore::variance) scores.array() -= entries_->targets.prior.dot(entries_->targets.left);
  return scores;
}

void TargetConditioning::condition_on(Index q) {
  PoolConditioning& pool = entries_->pool;
  const double variance = q >= 0 && q < pool.size() ? pool.variance(q) : 0;
  const Vector column = pool.condition_on(q);  // refuses what is no point
  entries_->condition_on(q, std::sqrt(variance), column);
}

}  // namespace predcorr::metrics
