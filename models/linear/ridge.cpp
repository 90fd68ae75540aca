// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <limits>

#include "models/linear/linear_evidence.hpp"
#include "models/model.hpp"
#include "models/resampling/distinct_rows.hpp"

namespace predcorr::models {
namespace {

using Eigen::ArrayXd;

struct RidgeParameters {
  std::vector<double> penalties = {1};
  static Fields<RidgeParameters> fields() {
    return {field("penalties", &RidgeParameters::penalties, above(0),
                  "lambda in sum of squares + lambda |w|^2; of several the one with the least leave-one-out error")};
  }
};

/// Weighted rows centred at their mean, C' diag(c) C = V diag(l) V', of which all penalties are had. Where there are
/// more inputs than rows, V has a column for each row and l is 0 for the rest.
struct CentredDesign {
  CentredDesign(const TrainingData& data, const Vector& weights) : total(weights.sum()) {
    x_mean = data.inputs.transpose() * weights / total;
    y_mean = data.targets.dot(weights) / total;
    const Vector root = weights.cwiseSqrt();
    const Matrix scaled = root.asDiagonal() * (data.inputs.rowwise() - x_mean.transpose());
    const Vector response = root.asDiagonal() * (data.targets.array() - y_mean).matrix();
    const Vector product = scaled.transpose() * response;
    if (scaled.cols() <= scaled.rows()) {
      Eigensystem system = eigensystem(scaled.transpose() * scaled, product);
      directions = std::move(system.vectors);
      eigenvalues = std::move(system.targets.eigenvalues);
    } else {
      Eigensystem system = eigensystem(scaled * scaled.transpose(), response);
      eigenvalues = std::move(system.targets.eigenvalues);
      const double rounding = 1e-14 * static_cast<double>(scaled.rows()) * eigenvalues.maxCoeff();
      directions = scaled.transpose() * system.vectors;
      for (Index k = 0; k < eigenvalues.size(); ++k) {
        const bool none = eigenvalues(k) <= rounding;
        if (none) eigenvalues(k) = 0;
        directions.col(k) *= none ? 0 : 1 / std::sqrt(eigenvalues(k));
      }
    }
    projected = directions.transpose() * product;
  }

  Vector coefficients(double penalty) const { return directions * along(penalty); }
  Vector along(double penalty) const { return projected.array() / (eigenvalues.array() + penalty); }
  double effective_parameters(double penalty) const {
    return 1 + (eigenvalues.array() / (eigenvalues.array() + penalty)).sum();
  }

  /// S with S S' = (C' diag(c) C + penalty I)^-1: d x d.
  Matrix covariance_root(double penalty) const {
    const Vector shrunk = (eigenvalues.array() + penalty).rsqrt();
    if (directions.cols() == directions.rows()) return directions * shrunk.asDiagonal();
    const Vector gone = 1 - shrunk.array() * std::sqrt(penalty);
    Matrix root = -directions * gone.asDiagonal() * directions.transpose();
    root.diagonal().array() += 1;
    return root / std::sqrt(penalty);
  }

  Vector x_mean;
  double y_mean = 0, total;
  Matrix directions;   // V: d x min(n, d)
  Vector eigenvalues;  // l
  Vector projected;    // V' C' diag(c) y
};

struct RidgeChoice {
  double penalty;
  double leave_one_out_square;  ///< mean squared error
};

/// The penalty with the least leave-one-out error; of equals the largest. With leverage h_i = 1 / sum c + x_i' A^-1 x_i
/// of one unit of weight, row i's error without it and its copies is its residual / (1 - c_i h_i).
/// Cost: n d min(n, d), and n min(n, d) for each penalty.
RidgeChoice least_leave_one_out(const CentredDesign& design, const TrainingData& data, std::vector<double> penalties) {
  const DistinctRows distinct = distinct_rows(data);
  const Matrix centred = data.inputs(distinct.rows, Eigen::all).rowwise() - design.x_mean.transpose();
  const Matrix along = centred * design.directions, squares = along.cwiseAbs2();
  const Vector response = data.targets(distinct.rows).array() - design.y_mean;
  std::sort(penalties.rbegin(), penalties.rend());
  RidgeChoice best{penalties.front(), std::numeric_limits<double>::infinity()};
  for (const double penalty : penalties) {
    const Vector residual = response - along * design.along(penalty);
    const Vector leverage = squares * (design.eigenvalues.array() + penalty).inverse().matrix();
    const ArrayXd kept = 1 - distinct.weights.array() * (1 / design.total + leverage.array());
    // A row that alone decides its own fit says nothing about other rows.
    if (kept.minCoeff() < 1e-10) continue;
    const double square = (distinct.weights.array() * (residual.array() / kept).square()).sum() / design.total;
    if (square < best.leave_one_out_square) best = {penalty, square};
  }
  return best;
}

class RidgePosterior : public Posterior {
 public:
  /// @param factor d + 1 columns: of the mean of y, and of the slopes
  RidgePosterior(const CentredDesign& design, double penalty, double noise_variance, Diagnostics diagnostics)
      : x_mean_(design.x_mean),
        y_mean_(design.y_mean),
        coefficients_(design.coefficients(penalty)),
        slopes_(std::sqrt(noise_variance) * design.covariance_root(penalty)),
        level_(std::sqrt(noise_variance / design.total)),
        noise_variance_(noise_variance),
        diagnostics_(std::move(diagnostics)) {}

  Diagnostics diagnostics() const override { return diagnostics_; }

 private:
  JointPrediction do_predict(const Matrix& query) const override {
    const Matrix centred = query.rowwise() - x_mean_.transpose();
    RowMatrix factor(query.rows(), query.cols() + 1);
    factor.col(0).setConstant(level_);
    factor.rightCols(query.cols()).noalias() = centred * slopes_;
    return {(centred * coefficients_).array() + y_mean_, Covariance::from_factor(std::move(factor)),
            Vector::Constant(query.rows(), noise_variance_)};
  }

  Vector x_mean_;
  double y_mean_;
  Vector coefficients_;
  Matrix slopes_;
  double level_, noise_variance_;
  Diagnostics diagnostics_;
};

/// Ridge regression with a free intercept (Hoerl & Kennard 1970), of rows with weights c_i:
///   min_w,b  sum_i c_i (y_i - b - w'x_i)^2 + lambda |w|^2.
/// One eigendecomposition of the centred design serves all `penalties`; the one with the least leave-one-out error is
/// taken (Golub, Heath & Wahba 1979; exact errors), equal rows being left out together. The noise variance s is the
/// residual sum of squares over sum_i c_i minus the effective number of parameters, at least 1 (Hastie, Tibshirani &
/// Friedman 2009, section 7.6). The latent covariance is the posterior's for the prior that the penalty stands for,
/// w ~ N(0, s / lambda I) and a flat one on the level:
///   s (1 / sum c + (x - m)' (C' diag(c) C + lambda I)^-1 (x' - m)),  m the mean input, C the centred rows,
/// a factor of d + 1 columns. Cost: n d min(n, d).
class RidgeRegression : public Model {
 public:
  explicit RidgeRegression(RidgeParameters p) : p_(std::move(p)) {
    require(!p_.penalties.empty(), ErrorKind::config, "penalties: at least one must be given");
  }

  ModelTraits traits() const override { return {.takes_weights = true}; }

 private:
  std::unique_ptr<Posterior> do_fit(const TrainingData& data, const Stream&) const override {
    const Vector weights = row_weights(data);
    const CentredDesign design(data, weights);
    Diagnostics diagnostics;
    double penalty = p_.penalties.front();
    if (p_.penalties.size() > 1) {
      const RidgeChoice best = least_leave_one_out(design, data, p_.penalties);
      penalty = best.penalty;
      if (std::isfinite(best.leave_one_out_square))
        diagnostics["leave_one_out_rmse"] = std::sqrt(best.leave_one_out_square);
    }
    const Vector residual = (data.targets.array() - design.y_mean).matrix() -
                            (data.inputs.rowwise() - design.x_mean.transpose()) * design.coefficients(penalty);
    const double parameters = design.effective_parameters(penalty);
    const double noise = weights.dot(residual.cwiseAbs2()) / std::max(design.total - parameters, 1.0);
    diagnostics["penalty"] = penalty;
    diagnostics["effective_parameters"] = parameters;
    diagnostics["noise_variance"] = noise;
    return std::make_unique<RidgePosterior>(design, penalty, noise, std::move(diagnostics));
  }

  RidgeParameters p_;
};

PREDCORR_REGISTER(Model, "ridge", RidgeRegression, RidgeParameters,
                  "ridge regression, penalty given or by leave-one-out error",
                  "Hoerl & Kennard 1970; Golub, Heath & Wahba 1979");

}  // namespace
}  // namespace predcorr::models
