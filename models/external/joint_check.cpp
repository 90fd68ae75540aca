// SPDX-License-Identifier: Apache-2.0
#include "models/external/joint_check.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

#include "core/error.hpp"

namespace predcorr::models {
namespace {

constexpr Index kMostForEigenvalues = 500;  // whose smallest eigenvalue a message may name without delay

void check_finite(const Matrix& values, const std::string& subject) {
  if (values.allFinite()) return;
  for (Index i = 0; i < values.rows(); ++i)
    for (Index j = 0; j < values.cols(); ++j)
      require(std::isfinite(values(i, j)), ErrorKind::numerical,
              "{}: has {} in row {}, column {} (counted from 0); finite numbers were expected", subject, values(i, j),
              i, j);
}

Matrix finite_matrix(const Arrays& arrays, const std::string& name) {
  Matrix values = arrays.matrix(name);
  check_finite(values, arrays.subject(name));
  return values;
}

/// Numbers in a row or in a column.
Vector finite_vector(const Arrays& arrays, const std::string& name, Index points, bool one_will_do) {
  const Matrix values = finite_matrix(arrays, name);
  const bool is_vector = values.cols() == 1 || values.rows() == 1;
  if (one_will_do && values.size() == 1) return Vector::Constant(points, values(0));
  require(is_vector && values.size() == points, ErrorKind::shape,
          "{}: has shape {} x {}; {} numbers were expected, one for each row of the query{}", arrays.subject(name),
          values.rows(), values.cols(), points, one_will_do ? ", or one number for all" : "");
  return values.reshaped();
}

void check_shape(const Matrix& values, Index rows, Index cols, const std::string& subject, const char* meaning) {
  const bool fits = (rows < 0 || values.rows() == rows) && (cols < 0 || values.cols() == cols);
  const auto side = [](Index n) { return n < 0 ? std::string("s") : std::to_string(n); };
  require(fits, ErrorKind::shape, "{}: has shape {} x {}; {} x {} was expected ({})", subject, values.rows(),
          values.cols(), side(rows), side(cols), meaning);
}

/// Evenly spaced rows, all where they are few.
Rows spread_rows(Index n) {
  Rows rows;
  const Index count = std::min(n, kMostFactorised);
  for (Index i = 0; i < count; ++i) rows.push_back(count < 2 ? 0 : i * (n - 1) / (count - 1));
  return rows;
}

std::string only_one_of(const Arrays& arrays, const std::string& file) {
  std::string found;
  for (const char* name : {"latent_cov", "factor", "samples"}) {
    if (!arrays.contains(name)) continue;
    require(found.empty(), ErrorKind::data, "{}: has both '{}' and '{}'; one of them was expected", file, found, name);
    found = name;
  }
  require(!found.empty(), ErrorKind::data,
          "{}: has no covariance; one of 'latent_cov' (m x m), 'factor' (m x s) and 'samples' (s x m) was expected",
          file);
  return found;
}

Covariance factor_covariance(const Arrays& arrays, Index points) {
  const Matrix factor = finite_matrix(arrays, "factor");
  check_shape(factor, points, -1, arrays.subject("factor"), "a row for each row of the query");
  require(factor.cols() >= 1, ErrorKind::shape, "{}: has no columns; at least 1 was expected",
          arrays.subject("factor"));
  return arrays.is_float32("factor") ? Covariance::from_factor(RowMatrixF(factor.cast<float>()))
                                     : Covariance::from_factor(RowMatrix(factor));
}

JointPrediction sampled(const Arrays& arrays, Index points, Vector noise) {
  const Matrix samples = finite_matrix(arrays, "samples");
  check_shape(samples, -1, points, arrays.subject("samples"),
              "a row for each draw, a column for each row of the query");
  require(samples.rows() >= 2, ErrorKind::shape, "{}: has {} rows; at least 2 draws were expected",
          arrays.subject("samples"), samples.rows());
  return arrays.is_float32("samples") ? from_samples(MatrixF(samples.cast<float>()), std::move(noise))
                                      : from_samples(samples, std::move(noise));
}

}  // namespace

void check_covariance(Matrix& c, double scale, double rounding, const std::string& subject) {
  require(c.rows() == c.cols(), ErrorKind::shape, "{}: has shape {} x {}; it must be square", subject, c.rows(),
          c.cols());
  check_finite(c, subject);
  const Index n = c.rows();
  const double tolerance = rounding * scale;
  for (Index j = 0; j < n; ++j) {
    require(c(j, j) >= -tolerance, ErrorKind::numerical, "{}: the variance of point {} is {}; it must not be negative",
            subject, j, c(j, j));
    c(j, j) = std::max(c(j, j), 0.0);
    for (Index i = 0; i < j; ++i)
      require(std::abs(c(i, j) - c(j, i)) <= tolerance, ErrorKind::numerical,
              "{}: is not symmetric: {} in row {}, column {}, but {} in row {}, column {} (counted from 0)", subject,
              c(i, j), i, j, c(j, i), j, i);
  }
  c = (0.5 * (c + c.transpose())).eval();
  for (Index j = 0; j < n; ++j)
    for (Index i = 0; i < j; ++i)
      require(c(i, j) * c(i, j) <= (c(i, i) + tolerance) * (c(j, j) + tolerance), ErrorKind::numerical,
              "{}: is no covariance: the correlation of points {} and {} is {}", subject, i, j,
              c(i, j) / std::sqrt(c(i, i) * c(j, j)));
  if (n == 0) return;
  const Rows rows = spread_rows(n);
  Matrix part = c(rows, rows);
  part.diagonal().array() += tolerance;
  if (Eigen::LLT<Matrix>(part).info() == Eigen::Success) return;
  std::string found;
  if (std::ssize(rows) <= kMostForEigenvalues) {
    const Eigen::SelfAdjointEigenSolver<Matrix> solver(Matrix(c(rows, rows)), Eigen::EigenvaluesOnly);
    if (solver.eigenvalues()(0) >= -tolerance) return;  // the factorisation's own rounding
    found = fmt::format(": its smallest eigenvalue is {}, its largest {}", solver.eigenvalues()(0),
                        solver.eigenvalues()(solver.eigenvalues().size() - 1));
  }
  fail(ErrorKind::numerical,
       "{}: is no covariance, since some combination of points has a negative variance{}; more than rounding ({}) is "
       "missing",
       subject, found, tolerance);
}

JointPrediction read_prediction(const Arrays& arrays, Index points) {
  const std::string subject = arrays.subject("");
  const std::string kind = only_one_of(arrays, subject == ".csv" ? "the answer" : subject.substr(0, subject.find(':')));
  Vector noise = finite_vector(arrays, "noise_var", points, true);
  for (Index i = 0; i < noise.size(); ++i)
    require(noise(i) >= 0, ErrorKind::numerical, "{}: is {} for point {}; it must not be negative",
            arrays.subject("noise_var"), noise(i), i);
  JointPrediction p;
  if (kind == "samples") p = sampled(arrays, points, noise);
  if (kind != "samples" || arrays.contains("mean")) p.mean = finite_vector(arrays, "mean", points, false);
  p.noise_variance = std::move(noise);
  if (kind == "factor") p.latent = factor_covariance(arrays, points);
  if (kind == "latent_cov") {
    Matrix latent = arrays.matrix("latent_cov");
    check_shape(latent, points, points, arrays.subject("latent_cov"), "a row and a column for each row of the query");
    const double scale = (latent.diagonal() + p.noise_variance).maxCoeff();
    check_covariance(latent, scale, arrays.is_float32("latent_cov") ? kSingleRounding : kDoubleRounding,
                     arrays.subject("latent_cov"));
    p.latent = Covariance::dense(std::move(latent));
  }
  return p;
}

}  // namespace predcorr::models
