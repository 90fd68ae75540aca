// SPDX-License-Identifier: Apache-2.0
#include "models/resampling/ensemble_prediction.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/base/error.hpp"
#include "core/base/parallel.hpp"
#include "core/linalg/cholesky.hpp"
#include "core/linalg/tiles.hpp"

namespace predcorr::models {
namespace {

constexpr Index kChunk = 128;  // query rows, or rows of counts, taken at a time

/// The numbers D_bi with c_i(x) = sum_b D_bi (t_b(x) - t(x)), columns centred, which changes no c_i. Handed out by
/// columns: all of D is B x n in double.
class Contrasts {
 public:
  Contrasts(const Counts& counts, Spread spread) : counts_(counts), spread_(spread), scale_(counts.cols()) {
    const double members = static_cast<double>(counts.rows()), n = static_cast<double>(counts.cols());
    if (spread == Spread::infinitesimal_jackknife) {
      double mean = 0, variance = 0;
      for (Index i = 0; i < counts.cols(); ++i) {
        const Eigen::ArrayXd column = counts.col(i).cast<double>().array();
        mean += column.mean() / n;
        variance += (column - column.mean()).square().sum() / (members - 1) / n;
      }
      scale_.setConstant((n - 1) / n * mean / variance / members);
    } else {
      for (Index i = 0; i < counts.cols(); ++i)
        scale_(i) = std::sqrt((n - 1) / n) / static_cast<double>((counts.col(i).array() == 0).count());
    }
  }

  Index units() const { return counts_.cols(); }
  Index members() const { return counts_.rows(); }

  /// D's columns `first` to `first + count - 1`: B x count.
  Matrix columns(Index first, Index count) const {
    Matrix d = counts_.middleCols(first, count).cast<double>();
    if (spread_ == Spread::jackknife_after_bootstrap) d = (d.array() == 0).cast<double>().matrix().eval();
    d.rowwise() -= d.colwise().mean().eval();
    return d * scale_.segment(first, count).asDiagonal();
  }

 private:
  const Counts& counts_;
  Spread spread_;
  Vector scale_;
};

/// R with R R' = D D' on vectors that add up to 0, as deviations from the members' mean do, in min(n, B) columns.
struct Root {
  Matrix factor;
  double square = 0;        // |D|^2
  double gram_squares = 0;  // |D D'|^2
};

Root root_of(const Contrasts& d) {
  Root root;
  if (d.units() <= d.members()) {
    root.factor = d.columns(0, d.units());
    root.square = root.factor.squaredNorm();
    root.gram_squares = (root.factor.transpose() * root.factor).squaredNorm();
    return root;
  }
  Matrix gram = Matrix::Zero(d.members(), d.members());
  for (Index first = 0; first < d.units(); first += kChunk)
    subtract_gram(d.columns(first, std::min(kChunk, d.units() - first)), gram);
  mirror_lower(gram);
  gram *= -1;
  root.square = gram.trace();
  root.gram_squares = gram.squaredNorm();
  // Regular, and the same for vectors that add up to 0.
  gram.array() += gram.diagonal().mean();
  root.factor = Cholesky(std::move(gram)).lower();
  return root;
}

/// Mean of N(estimate, error^2) above 0.
double positive_part(double estimate, double error) {
  if (!(error > 0)) return std::max(estimate, 0.0);
  const double z = estimate / error;
  if (z < -20) return error / -z * (1 - 2 / (z * z));  // where the difference below would be rounding; good to 1e-4
  const double density = std::exp(-0.5 * z * z) / std::sqrt(2 * std::numbers::pi);
  return estimate + error * density / (0.5 * std::erfc(-z / std::numbers::sqrt2));
}

}  // namespace

EnumWords<Spread> words_of(Spread) {
  return {{"members", Spread::members},
          {"infinitesimal-jackknife", Spread::infinitesimal_jackknife},
          {"jackknife-after-bootstrap", Spread::jackknife_after_bootstrap}};
}

void check_counts(const Counts& counts, Index members, Spread spread) {
  require(members >= 2, ErrorKind::shape, "ensemble: at least 2 members are needed for a covariance, got {}", members);
  if (spread == Spread::members) return;
  require(counts.rows() == members && counts.cols() > 0, ErrorKind::shape, "ensemble: {} members and counts of {} x {}",
          members, counts.rows(), counts.cols());
  if (spread == Spread::infinitesimal_jackknife) {
    require(!(counts.rowwise() - counts.row(0)).isZero(0), ErrorKind::data,
            "infinitesimal jackknife: all members saw the same rows; resample them");
    return;
  }
  for (Index i = 0; i < counts.cols(); ++i)
    require((counts.col(i).array() == 0).any(), ErrorKind::data,
            "jackknife after bootstrap: row {} is in every one of {} members; take more members or a smaller fraction",
            i, members);
}

JointPrediction ensemble_prediction(RowMatrixF values, const Counts& counts, Spread spread, Vector noise_variance) {
  const Index points = values.rows(), members = values.cols();
  check_counts(counts, members, spread);
  JointPrediction prediction = from_functions(std::move(values), std::move(noise_variance));
  if (spread == Spread::members || points == 0) return prediction;
  const RowMatrixF& deviations = *prediction.latent.stored_float_factor();  // over sqrt(B - 1)
  const Root root = root_of(Contrasts(counts, spread));
  const double root_members = std::sqrt(static_cast<double>(members - 1));
  RowMatrixF factor(points, root.factor.cols());
  parallel_for((points + kChunk - 1) / kChunk, [&](Index chunk) {
    const Index first = chunk * kChunk, count = std::min(kChunk, points - first);
    const RowMatrix own = deviations.middleRows(first, count).cast<double>();
    RowMatrix rows = own * root.factor * root_members;
    for (Index i = 0; i < count; ++i) {
      // Pairing counts and values anew at random gives c_i covariances D'D * variance.
      const double raw = rows.row(i).squaredNorm(), variance = own.row(i).squaredNorm();
      const double kept = positive_part(raw - variance * root.square, variance * std::sqrt(2 * root.gram_squares));
      rows.row(i) *= raw > 0 ? std::sqrt(kept / raw) : 0.0;
    }
    // Columns of members add up to 0; contrasts may do so too, and are no members. Signs change no covariance.
    rows.col(0) *= -1;
    factor.middleRows(first, count) = rows.cast<float>();
  });
  prediction.latent = Covariance::from_factor(std::move(factor));
  return prediction;
}

OutOfBag out_of_bag(const RowMatrixF& values, const Counts& counts, const Vector& targets) {
  const Index n = targets.size();
  require(values.rows() == n && counts.cols() == n && counts.rows() == values.cols(), ErrorKind::shape,
          "out of bag: {} targets, values of {} x {} and counts of {} x {}", n, values.rows(), values.cols(),
          counts.rows(), counts.cols());
  OutOfBag out{Vector::Zero(n), {}, 0};
  Vector without = Vector::Zero(n);
  for (Index b = 0; b < counts.rows(); ++b)
    for (Index i = 0; i < n; ++i)
      if (counts(b, i) == 0) {
        out.mean(i) += static_cast<double>(values(i, b));
        without(i) += 1;
      }
  for (Index i = 0; i < n; ++i) {
    if (without(i) == 0) continue;
    out.mean(i) /= without(i);
    out.rows.push_back(i);
    out.square += (targets(i) - out.mean(i)) * (targets(i) - out.mean(i));
  }
  if (!out.rows.empty()) out.square /= static_cast<double>(out.rows.size());
  return out;
}

double unexplained_noise(const OutOfBag& out, const Vector& variance) {
  if (out.rows.empty()) return 0;
  return std::max(out.square - variance(out.rows).mean(), 0.01 * out.square);
}

}  // namespace predcorr::models
