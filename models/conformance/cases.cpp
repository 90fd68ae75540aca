// SPDX-License-Identifier: Apache-2.0
#include "models/conformance/cases.hpp"

#include <fmt/format.h>

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <limits>

#include "core/kernels/kernel.hpp"
#include "datasets/generators/gp_truth.hpp"

namespace predcorr::conformance {
namespace {

/// Applies `change` to the training data and to the labelled pool.
template <class F>
CheckData changed(CheckData data, const F& change) {
  change(data);
  if (data.privileged.labelled_pool != nullptr) {
    TrainingData known = *data.privileged.labelled_pool;
    change(known);
    data.privileged.labelled_pool = std::make_shared<const TrainingData>(std::move(known));
  }
  return data;
}

/// Names the entry that is furthest off, if it is further off than `allowed`; NaN counts as off.
template <class Name>
std::string worst(const Matrix& got, const Matrix& expected, double allowed, const Name& name) {
  Index row = 0, column = 0;
  double most = -1;
  for (Index j = 0; j < got.cols(); ++j)
    for (Index i = 0; i < got.rows(); ++i) {
      const double apart = std::abs(got(i, j) - expected(i, j));
      const double off = std::isnan(apart) ? std::numeric_limits<double>::infinity() : apart;
      if (off > most) most = off, row = i, column = j;
    }
  if (most <= allowed) return "";
  return fmt::format("{} is {:.8g}, expected {:.8g} (off by {:.2g})", name(row, column), got(row, column),
                     expected(row, column), most);
}

}  // namespace

TrainingData curve(Index rows, Index columns, std::uint64_t seed) {
  Stream stream(seed);
  TrainingData data;
  data.inputs = stream.normals(rows * columns).reshaped(rows, columns);
  data.targets = (2 * data.inputs.col(0)).array().sin().matrix() + 0.1 * stream.normals(rows);
  return data;
}

CheckData training_data(Index rows, Index columns, std::uint64_t seed) {
  CheckData data{curve(rows, columns, seed)};
  data.privileged.labelled_pool =
      std::make_shared<const TrainingData>(with_rows(data, curve(12, columns, seed + 1000)));
  data.privileged.truth = std::make_shared<GpTruth>(read_kernel("rbf"), 0.01);
  return data;
}

CheckData with_rows(CheckData data, const TrainingData& more) {
  data.inputs =
      (Matrix(data.inputs.rows() + more.inputs.rows(), data.inputs.cols()) << data.inputs, more.inputs).finished();
  data.targets = (Vector(data.inputs.rows()) << data.targets, more.targets).finished();
  return data;
}

CheckData with_targets(CheckData data, double scale, double shift) {
  return changed(std::move(data), [&](TrainingData& d) { d.targets = (d.targets * scale).array() + shift; });
}

CheckData with_inputs_moved(CheckData data, double shift) {
  return changed(std::move(data), [&](TrainingData& d) { d.inputs.array() += shift; });
}

Matrix query_points(Index rows, Index columns) { return Stream(77).normals(rows * columns).reshaped(rows, columns); }

std::string difference(const JointPrediction& got, const JointPrediction& expected, double tolerance) {
  if (got.size() != expected.size())
    return fmt::format("{} points are predicted, expected {}", got.size(), expected.size());
  if (got.size() == 0) return "";
  const double square = std::max(expected.observed_variance().maxCoeff(), expected.mean.cwiseAbs2().maxCoeff());
  std::string text = worst(got.mean, expected.mean, tolerance * std::sqrt(square),
                           [](Index i, Index) { return fmt::format("the mean of row {}", i); });
  if (text.empty())
    text = worst(got.latent.matrix(), expected.latent.matrix(), tolerance * square, [](Index i, Index j) {
      return i == j ? fmt::format("the latent variance of row {}", i)
                    : fmt::format("the latent covariance of rows {} and {}", std::min(i, j), std::max(i, j));
    });
  if (text.empty())
    text = worst(got.noise_variance, expected.noise_variance, tolerance * square,
                 [](Index i, Index) { return fmt::format("the noise variance of row {}", i); });
  return text;
}

std::string unsoundness(const JointPrediction& p, Index points, double variance) {
  try {
    check_prediction(p, points, "prediction");
  } catch (const Error& e) {
    return e.what();
  }
  if (points == 0) return "";
  const Matrix latent = p.latent.matrix();
  const double largest_entry = latent.cwiseAbs().maxCoeff();
  const double asymmetry = (latent - latent.transpose()).cwiseAbs().maxCoeff();
  if (!(asymmetry <= 1e-12 * largest_entry))
    return fmt::format("the latent covariance is not symmetric: entries differ from their mirror image by up to {:.3g}",
                       asymmetry);
  const Vector eigenvalues = Eigen::SelfAdjointEigenSolver<Matrix>(latent, Eigen::EigenvaluesOnly).eigenvalues();
  const double allowed = 1e-9 * std::max(eigenvalues.maxCoeff(), variance);
  if (!(eigenvalues.minCoeff() >= -allowed))
    return fmt::format(
        "the latent covariance is not positive semi-definite: its eigenvalues are from {:.3g} to {:.3g}, and rounding "
        "explains no more than {:.2g} below 0",
        eigenvalues.minCoeff(), eigenvalues.maxCoeff(), allowed);
  return "";
}

}  // namespace predcorr::conformance
