// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <variant>

#include "core/base/matrix.hpp"

namespace predcorr {

/// The covariance of n function values, in the form its model has it: a dense matrix (Gaussian processes), or a factor
/// F (n x s) with covariance F F' (s samples, members or features) plus, if need be, a diagonal (sparse GPs).
/// Ask for the block you need: with 100 samples over a million points the n x n matrix must never be built.
/// An immutable value; copies share their storage.
class Covariance {
 public:
  /// No points.
  Covariance() : Covariance(dense(Matrix())) {}

  /// @param matrix n x n, symmetric positive semi-definite; the lower triangle is trusted and mirrored.
  static Covariance dense(Matrix matrix);

  /// @param factor n x s, double or float.  @param diagonal n, or empty for none; not negative
  static Covariance from_factor(RowMatrix factor, Vector diagonal = {});
  static Covariance from_factor(RowMatrixF factor, Vector diagonal = {});

  Index size() const;

  /// s of a factor, n of a dense matrix: an upper bound on the rank where there is no extra diagonal.
  Index width() const;

  bool is_factor() const;

  /// F's rows `first` to `first + count - 1` in double; only where is_factor(). @throws Error (shape)
  RowMatrix factor_rows(Index first, Index count) const;

  /// The stored matrix, for whoever files it; null where the covariance has another form.
  const Matrix* stored_dense() const { return std::get_if<Matrix>(storage_.get()); }
  const RowMatrix* stored_factor() const;
  const RowMatrixF* stored_float_factor() const;

  /// The diagonal added to F F': n, or empty.
  Vector extra_diagonal() const;

  /// The n variances. Cost: n s.
  Vector diagonal() const;

  /// Rows x columns of the matrix. Cost: rows * cols * s for a factor.  @throws Error (shape) if a row is out of range
  Matrix block(const Rows& rows, const Rows& cols) const;

  /// The same for consecutive rows and columns, uncopied inputs.
  Matrix block(Index first_row, Index rows, Index first_col, Index cols) const;

  /// The whole matrix: only for few points. Cost: n^2 s for a factor.
  Matrix matrix() const;

  /// The covariance of some of the points, in the same form. Shares storage where `rows` are all of them.
  Covariance subset(const Rows& rows) const;

  /// The covariance of the values times `scale`.
  Covariance scaled(double scale) const;

  /// diag(factors) C diag(factors), in the same form: the covariance of the values, each times its own factor.
  /// A float factor is rounded again. Cost: n s for a factor, n^2 for a dense matrix.
  /// @param factors n, of any sign  @throws Error (shape)
  Covariance scaled(const Vector& factors) const;

  /// The same variances, and correlations times `share`: the rest of a factor's variance becomes extra diagonal.
  /// @param share in [0, 1]
  Covariance with_correlations_times(double share) const;

  /// Whether every stored number is finite.
  bool all_finite() const;

 private:
  template <class F>
  struct Factor {
    F factor;
    Vector diagonal;
  };
  using Storage = std::variant<Matrix, Factor<RowMatrix>, Factor<RowMatrixF>>;
  explicit Covariance(Storage storage) : storage_(std::make_shared<const Storage>(std::move(storage))) {}
  template <class F>
  static Covariance checked_factor(F factor, Vector diagonal);
  template <class F>
  static Matrix factor_block(const Factor<F>& f, const Rows& rows, const Rows& cols);

  std::shared_ptr<const Storage> storage_;
};

}  // namespace predcorr
