// SPDX-License-Identifier: Apache-2.0
#include "core/prediction/covariance.hpp"

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "core/base/error.hpp"

namespace predcorr {
namespace {

template <class... Fs>
struct overloaded : Fs... {
  using Fs::operator()...;
};
template <class... Fs>
overloaded(Fs...) -> overloaded<Fs...>;

void check_rows(const Rows& rows, Index size) {
  for (const Index row : rows)
    require(row >= 0 && row < size, ErrorKind::shape, "covariance: row {} is outside 0..{}", row, size - 1);
}

/// The rows where two indices are the same point, for adding a diagonal to a block.
template <class Add>
void where_equal(const Rows& rows, const Rows& cols, const Add& add) {
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (std::size_t j = 0; j < cols.size(); ++j)
      if (rows[i] == cols[j]) add(static_cast<Index>(i), static_cast<Index>(j), rows[i]);
}

}  // namespace

Covariance Covariance::dense(Matrix matrix) {
  require(matrix.rows() == matrix.cols(), ErrorKind::shape, "covariance: must be square, got {} x {}", matrix.rows(),
          matrix.cols());
  matrix.triangularView<Eigen::StrictlyUpper>() = matrix.transpose();
  return Covariance(Storage(std::move(matrix)));
}

template <class F>
Covariance Covariance::checked_factor(F factor, Vector diagonal) {
  require(diagonal.size() == 0 || diagonal.size() == factor.rows(), ErrorKind::shape,
          "covariance: the factor has {} rows, the diagonal {}", factor.rows(), diagonal.size());
  require((diagonal.array() >= 0).all(), ErrorKind::numerical, "covariance: the diagonal has negative entries");
  return Covariance(Storage(Factor<F>{std::move(factor), std::move(diagonal)}));
}
Covariance Covariance::from_factor(RowMatrix factor, Vector diagonal) {
  return checked_factor(std::move(factor), std::move(diagonal));
}
Covariance Covariance::from_factor(RowMatrixF factor, Vector diagonal) {
  return checked_factor(std::move(factor), std::move(diagonal));
}

Index Covariance::size() const {
  return std::visit(overloaded{[](const Matrix& m) { return m.rows(); }, [](const auto& f) { return f.factor.rows(); }},
                    *storage_);
}

Index Covariance::width() const {
  return std::visit(overloaded{[](const Matrix& m) { return m.cols(); }, [](const auto& f) { return f.factor.cols(); }},
                    *storage_);
}

bool Covariance::is_factor() const { return !std::holds_alternative<Matrix>(*storage_); }

RowMatrix Covariance::factor_rows(Index first, Index count) const {
  require(first >= 0 && count >= 0 && first + count <= size(), ErrorKind::shape,
          "covariance: rows {}..{} are outside 0..{}", first, first + count - 1, size() - 1);
  return std::visit(
      overloaded{[](const Matrix&) -> RowMatrix { fail(ErrorKind::shape, "covariance: dense, has no factor"); },
                 [&](const auto& f) -> RowMatrix { return f.factor.middleRows(first, count).template cast<double>(); }},
      *storage_);
}

const RowMatrix* Covariance::stored_factor() const {
  const auto* f = std::get_if<Factor<RowMatrix>>(storage_.get());
  return f == nullptr ? nullptr : &f->factor;
}

const RowMatrixF* Covariance::stored_float_factor() const {
  const auto* f = std::get_if<Factor<RowMatrixF>>(storage_.get());
  return f == nullptr ? nullptr : &f->factor;
}

Vector Covariance::extra_diagonal() const {
  return std::visit(overloaded{[](const Matrix&) { return Vector(); }, [](const auto& f) { return f.diagonal; }},
                    *storage_);
}

Vector Covariance::diagonal() const {
  return std::visit(overloaded{[](const Matrix& m) -> Vector { return m.diagonal(); },
                               [](const auto& f) -> Vector {
                                 Vector d = f.factor.template cast<double>().rowwise().squaredNorm();
                                 if (f.diagonal.size() > 0) d += f.diagonal;
                                 return d;
                               }},
                    *storage_);
}

template <class F>
Matrix Covariance::factor_block(const Factor<F>& f, const Rows& rows, const Rows& cols) {
  const RowMatrix left = f.factor(rows, Eigen::all).template cast<double>();
  const RowMatrix right = f.factor(cols, Eigen::all).template cast<double>();
  Matrix product = left * right.transpose();
  if (f.diagonal.size() > 0)
    where_equal(rows, cols, [&](Index i, Index j, Index row) { product(i, j) += f.diagonal(row); });
  return product;
}

Matrix Covariance::block(const Rows& rows, const Rows& cols) const {
  check_rows(rows, size());
  check_rows(cols, size());
  return std::visit(overloaded{[&](const Matrix& m) -> Matrix { return m(rows, cols); },
                               [&](const auto& f) { return factor_block(f, rows, cols); }},
                    *storage_);
}

Matrix Covariance::block(Index first_row, Index rows, Index first_col, Index cols) const {
  if (const Matrix* m = stored_dense()) {
    require(first_row >= 0 && first_col >= 0 && first_row + rows <= m->rows() && first_col + cols <= m->cols(),
            ErrorKind::shape, "covariance: block {}+{} x {}+{} is outside {} points", first_row, rows, first_col, cols,
            m->rows());
    return m->block(first_row, first_col, rows, cols);
  }
  return block(consecutive_rows(first_row, rows), consecutive_rows(first_col, cols));
}

Matrix Covariance::matrix() const { return block(0, size(), 0, size()); }

Covariance Covariance::subset(const Rows& rows) const {
  check_rows(rows, size());
  if (rows == consecutive_rows(0, size())) return *this;
  return std::visit(overloaded{[&](const Matrix& m) { return Covariance(Storage(Matrix(m(rows, rows)))); },
                               [&](const auto& f) {
                                 auto kept = f;
                                 kept.factor = f.factor(rows, Eigen::all).eval();
                                 if (f.diagonal.size() > 0) kept.diagonal = f.diagonal(rows).eval();
                                 return Covariance(Storage(std::move(kept)));
                               }},
                    *storage_);
}

Covariance Covariance::scaled(double scale) const {
  return std::visit(overloaded{[&](const Matrix& m) { return Covariance(Storage(Matrix(m * (scale * scale)))); },
                               [&](const auto& f) {
                                 auto scaled = f;
                                 using Scalar = typename std::decay_t<decltype(f.factor)>::Scalar;
                                 scaled.factor *= static_cast<Scalar>(scale);
                                 scaled.diagonal *= scale * scale;
                                 return Covariance(Storage(std::move(scaled)));
                               }},
                    *storage_);
}

Covariance Covariance::scaled(const Vector& factors) const {
  require(factors.size() == size(), ErrorKind::shape, "covariance: {} factors for {} points", factors.size(), size());
  return std::visit(overloaded{[&](const Matrix& m) {
                                 Matrix scaled = factors.asDiagonal() * m * factors.asDiagonal();
                                 return dense(std::move(scaled));  // mirrored: the products may round differently
                               },
                               [&](const auto& f) {
                                 auto scaled = f;
                                 using Scalar = typename std::decay_t<decltype(f.factor)>::Scalar;
                                 scaled.factor = factors.cast<Scalar>().asDiagonal() * f.factor;
                                 if (f.diagonal.size() > 0) scaled.diagonal.array() *= factors.array().square();
                                 return Covariance(Storage(std::move(scaled)));
                               }},
                    *storage_);
}

Covariance Covariance::with_correlations_times(double share) const {
  require(share >= 0 && share <= 1, ErrorKind::shape, "covariance: correlations times {}; from 0 to 1 is possible",
          share);
  if (share == 1) return *this;
  const Vector variance = diagonal();
  return std::visit(overloaded{[&](const Matrix& m) {
                                 Matrix result = share * m;
                                 result.diagonal() = variance;
                                 return dense(std::move(result));
                               },
                               [&](const auto& f) {
                                 auto result = f;
                                 using Scalar = typename std::decay_t<decltype(f.factor)>::Scalar;
                                 result.factor *= static_cast<Scalar>(std::sqrt(share));
                                 result.diagonal = (1 - share) * variance;
                                 if (f.diagonal.size() > 0) result.diagonal += share * f.diagonal;
                                 return Covariance(Storage(std::move(result)));
                               }},
                    *storage_);
}

bool Covariance::all_finite() const {
  return std::visit(overloaded{[](const Matrix& m) { return m.allFinite(); },
                               [](const auto& f) { return f.factor.allFinite() && f.diagonal.allFinite(); }},
                    *storage_);
}

}  // namespace predcorr
