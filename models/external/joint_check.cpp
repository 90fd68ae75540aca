// SPDX-License-Identifier: Apache-2.0
#include "models/external/joint_check.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

#include "core/base/error.hpp"

namespace predcorr::models {
namespace {

constexpr Index kMostDraws = 1000000;       // of a factor or of samples
constexpr Index kMostForEigenvalues = 500;  // whose smallest eigenvalue a message may name without delay

void check_finite(const Matrix& values, const std::string& subject) {
  if (values.allFinite()) return;
  for (Index i = 0; i < values.rows(); ++i)
    for (Index j = 0; j < values.cols(); ++j)
      require(std::isfinite(values(i, j)), ErrorKind::numerical,
              "{}: has {} in row {}, column {} (counted from 0); finite numbers were expected", subject, values(i, j),
              i, j);
}

/// Two sides of an array. `check` throws where they do not fit; it is asked before the numbers are read, if the file
/// says how many there are, so that a wrong shape costs no memory.
/// @param expected how many numbers are due; 0 where that is not known
template <class Check>
Matrix read_checked(const Arrays& arrays, const std::string& name, Index expected, const Check& check) {
  if (const auto sides = arrays.sides(name)) check(sides->first, sides->second);
  Matrix values = arrays.matrix(name, expected);
  check(values.rows(), values.cols());
  return values;
}

/// Numbers in a row or in a column.
Vector finite_vector(const Arrays& arrays, const std::string& name, Index points, bool one_will_do) {
  const Matrix values = read_checked(arrays, name, points, [&](Index rows, Index cols) {
    const bool one = one_will_do && rows == 1 && cols == 1;
    const bool fits = (cols == 1 && rows == points) || (rows == 1 && cols == points);
    require(one || fits, ErrorKind::shape,
            "{}: has shape {} x {}; {} numbers were expected, one for each row of the query{}", arrays.subject(name),
            rows, cols, points, one_will_do ? ", or one number for all" : "");
  });
  check_finite(values, arrays.subject(name));
  if (values.size() == 1) return Vector::Constant(points, values(0));
  return values.reshaped();
}

/// @param rows, cols -1 for any
void check_shape(Index rows, Index cols, Index expected_rows, Index expected_cols, const std::string& subject,
                 const char* meaning) {
  const bool fits = (expected_rows < 0 || rows == expected_rows) && (expected_cols < 0 || cols == expected_cols);
  const auto side = [](Index n) { return n < 0 ? std::string("s") : std::to_string(n); };
  require(fits, ErrorKind::shape, "{}: has shape {} x {}; {} x {} was expected ({})", subject, rows, cols,
          side(expected_rows), side(expected_cols), meaning);
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

void check_draws(Index count, const std::string& subject) {
  require(count <= kMostDraws, ErrorKind::shape, "{}: has {} draws; at most {} were expected", subject, count,
          kMostDraws);
}

Covariance factor_covariance(const Arrays& arrays, Index points) {
  const std::string subject = arrays.subject("factor");
  const Matrix factor = read_checked(arrays, "factor", 0, [&](Index rows, Index cols) {
    check_shape(rows, cols, points, -1, subject, "a row for each row of the query");
    require(cols >= 1, ErrorKind::shape, "{}: has no columns; at least 1 was expected", subject);
    check_draws(cols, subject);
  });
  check_finite(factor, subject);
  return arrays.is_float32("factor") ? Covariance::from_factor(RowMatrixF(factor.cast<float>()))
                                     : Covariance::from_factor(RowMatrix(factor));
}

JointPrediction sampled(const Arrays& arrays, Index points, Vector noise) {
  const std::string subject = arrays.subject("samples");
  const Matrix samples = read_checked(arrays, "samples", 0, [&](Index rows, Index cols) {
    check_shape(rows, cols, -1, points, subject, "a row for each draw, a column for each row of the query");
    require(rows >= 2, ErrorKind::shape, "{}: has {} rows; at least 2 draws were expected", subject, rows);
    check_draws(rows, subject);
  });
  check_finite(samples, subject);
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
    const std::string latent_subject = arrays.subject("latent_cov");
    Matrix latent = read_checked(arrays, "latent_cov", points * points, [&](Index rows, Index cols) {
      check_shape(rows, cols, points, points, latent_subject, "a row and a column for each row of the query");
    });
    const double scale = (latent.diagonal() + p.noise_variance).maxCoeff();
    check_covariance(latent, scale, arrays.is_float32("latent_cov") ? kSingleRounding : kDoubleRounding,
                     latent_subject);
    p.latent = Covariance::dense(std::move(latent));
  }
  return p;
}

}  // namespace predcorr::models
