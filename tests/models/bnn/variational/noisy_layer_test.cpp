// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/variational/noisy_layer.hpp"

#include <Eigen/LU>
#include <cmath>

#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

Matrix random_matrix(Index rows, Index cols, std::uint64_t seed) {
  return Stream(seed).normals(rows * cols).reshaped(rows, cols);
}

const NoisyScales kScales{.rows = 30, .noise_variance = 0.4, .prior_variance = 0.7, .damping = 0.05};

/// a (x) g for vectors of matrices stacked by columns.
Matrix kronecker_product(const Matrix& a, const Matrix& g) {
  Matrix product(a.rows() * g.rows(), a.cols() * g.cols());
  for (Index i = 0; i < a.rows(); ++i)
    for (Index j = 0; j < a.cols(); ++j) product.block(i * g.rows(), j * g.cols(), g.rows(), g.cols()) = a(i, j) * g;
  return product;
}

/// The matrix of a linear map of outputs x inputs matrices, column by column.
template <class Map>
Matrix matrix_of(Index outputs, Index inputs, const Map& map) {
  Matrix columns(outputs * inputs, outputs * inputs);
  for (Index k = 0; k < outputs * inputs; ++k) {
    Matrix unit = Matrix::Zero(outputs, inputs);
    unit.reshaped()(k) = 1;
    columns.col(k) = Matrix(map(unit)).reshaped();
  }
  return columns;
}

Matrix covariance(const NoisyLayer& layer, Index outputs, Index inputs, const NoisyScales& scales = kScales) {
  const Matrix root = matrix_of(outputs, inputs, [&](const Matrix& e) { return layer.deviation(e, scales); });
  return root * root.transpose();
}

Matrix preconditioner(const NoisyLayer& layer, Index outputs, Index inputs) {
  return matrix_of(outputs, inputs, [&](const Matrix& e) { return layer.natural(e, kScales); });
}

/// sum of (delta x') (delta x')' over the rows, divided by how many there are.
Matrix mean_curvature(const LayerGradients& rows) {
  const Index outputs = rows.deltas.rows(), inputs = rows.inputs.rows();
  Matrix sum = Matrix::Zero(outputs * inputs, outputs * inputs);
  for (Index i = 0; i < rows.inputs.cols(); ++i) {
    const Vector gradient = (rows.deltas.col(i) * rows.inputs.col(i).transpose()).reshaped();
    sum += gradient * gradient.transpose();
  }
  return sum / static_cast<double>(rows.inputs.cols());
}

Matrix inverse(const Matrix& a) { return a.fullPivLu().inverse(); }
Matrix identity(Index n) { return Matrix::Identity(n, n); }

TEST_CASE("noisy layer: the matrix-variate normal's covariance and steps are the Kronecker formula's", "[models]") {
  const LayerGradients rows{random_matrix(4, 9, 1), random_matrix(3, 9, 2)};
  const auto layer = matrix_normal_layer({3, 3, 0, 1, false});
  layer->observe(rows, 1);
  layer->refresh(kScales);
  const Matrix a = rows.inputs * rows.inputs.transpose() / 9, g = rows.deltas * rows.deltas.transpose() / 9 / 0.4;
  const double pi = std::sqrt((a.trace() / 4) / (g.trace() / 3));
  const auto damped_inverse = [&](double share) {
    const double r = std::sqrt(share);
    return kronecker_product(inverse(a + pi * r * identity(4)), inverse(g + r / pi * identity(3)));
  };
  const Matrix expected = damped_inverse(1 / (30 * 0.7)) / 30;
  CHECK(test::difference(covariance(*layer, 3, 4), expected) < 1e-12);
  CHECK(test::difference(preconditioner(*layer, 3, 4), damped_inverse(1 / (30 * 0.7) + 0.05)) < 1e-12);
  CHECK(layer->total_variance(kScales) == Approx(expected.trace()));
  const Matrix unfactored = 30 * kronecker_product(a, g) + identity(12) / 0.7;
  CHECK(layer->unfactored_variance(kScales) == Approx(inverse(unfactored).trace()));
}

TEST_CASE("noisy layer: one output makes either kind exact", "[models]") {
  const LayerGradients rows{random_matrix(4, 9, 1), Matrix::Constant(1, 9, 0.6)};
  const Matrix curvature = mean_curvature(rows) / 0.4;
  const Matrix posterior = inverse(30 * curvature + identity(4) / 0.7);
  const Matrix step = inverse(curvature + (1 / (30 * 0.7) + 0.05) * identity(4));
  for (const auto& make : {matrix_normal_layer, eigenbasis_layer}) {
    const auto layer = make({3, 1, 0, 1, false});
    layer->observe(rows, 1);
    layer->refresh(kScales);
    layer->observe(rows, 0.5);
    CHECK(test::difference(covariance(*layer, 1, 4), posterior) < 1e-12);
    CHECK(test::difference(preconditioner(*layer, 1, 4), step) < 1e-12);
    CHECK(layer->total_variance(kScales) == Approx(posterior.trace()));
    CHECK(layer->unfactored_variance(kScales) == Approx(posterior.trace()));
  }
}

TEST_CASE("noisy layer: in the eigenbasis variances are those of the curvature's diagonal there", "[models]") {
  const LayerGradients rows{random_matrix(4, 9, 1), random_matrix(3, 9, 2)};
  const auto layer = eigenbasis_layer({3, 3, 0, 1, false});
  layer->observe(rows, 1);
  layer->refresh(kScales);
  KroneckerFactors factors = KroneckerFactors::zero({3, 3, 0, 1, false});
  factors.add(rows, 1.0 / 9);
  const KroneckerSpectrum spectrum(factors);
  const Matrix basis = kronecker_product(spectrum.input_basis, spectrum.delta_basis);
  const auto expected = [&](const Vector& diagonal) {
    const Vector precision = (30 / 0.4) * diagonal.array() + 1 / 0.7;
    return Matrix(basis * precision.cwiseInverse().asDiagonal() * basis.transpose());
  };
  // At first the factors' eigenvalues, which count as 10 batches; with 2990 more of the same rows, the diagonal.
  const Vector kronecker = spectrum.eigenvalues().reshaped();
  const Vector diagonal = (basis.transpose() * mean_curvature(rows) * basis).diagonal();
  CHECK(test::difference(covariance(*layer, 3, 4), expected(kronecker)) < 1e-12);
  for (int i = 0; i < 2990; ++i) layer->observe(rows, 1e-6);
  CHECK(test::difference(covariance(*layer, 3, 4), expected(diagonal + (kronecker - diagonal) / 300)) < 1e-9);
  const Matrix step = preconditioner(*layer, 3, 4);
  const Vector steps = (basis.transpose() * step * basis).diagonal();
  const Vector mixed = diagonal + (kronecker - diagonal) / 300;
  for (Index k = 0; k < 12; ++k) CHECK(steps(k) == Approx(1 / (mixed(k) / 0.4 + 1 / (30 * 0.7) + 0.05)));
  CHECK(layer->total_variance(kScales) == Approx(expected(mixed).trace()));
}

TEST_CASE("noisy layer: the running mean forgets", "[models]") {
  const LayerGradients first{random_matrix(3, 5, 1), random_matrix(2, 5, 2)};
  const LayerGradients second{random_matrix(3, 8, 3), random_matrix(2, 8, 4)};
  const auto both = matrix_normal_layer({2, 2, 0, 1, false}), last = matrix_normal_layer({2, 2, 0, 1, false});
  both->observe(first, 1);
  for (int i = 0; i < 60; ++i) both->observe(second, 0.5);
  last->observe(second, 1);
  both->refresh(kScales);
  last->refresh(kScales);
  CHECK(test::difference(covariance(*both, 2, 3), covariance(*last, 2, 3)) < 1e-12);
  // Halfway the factors are means of the two.
  both->observe(first, 0.5);
  both->settle(kScales);
  KroneckerFactors factors = KroneckerFactors::zero({2, 2, 0, 1, false});
  factors.add(first, 0.5 / 5);
  KroneckerFactors other = KroneckerFactors::zero({2, 2, 0, 1, false});
  other.add(second, 0.5 / 8);
  const Matrix a = factors.inputs + other.inputs, g = (factors.deltas + other.deltas) / 0.4;
  const double pi = std::sqrt((a.trace() / 3) / (g.trace() / 2)), r = std::sqrt(1 / (30 * 0.7));
  const Matrix expected = kronecker_product(inverse(a + pi * r * identity(3)), inverse(g + r / pi * identity(2))) / 30;
  CHECK(test::difference(covariance(*both, 2, 3), expected) < 1e-12);
}

TEST_CASE("noisy layer: without curvature the posterior is the prior", "[models]") {
  const LayerGradients dead{random_matrix(4, 9, 1), Matrix::Zero(3, 9)};
  for (const auto& make : {matrix_normal_layer, eigenbasis_layer}) {
    const auto layer = make({3, 3, 0, 1, false});
    layer->observe(dead, 1);
    layer->refresh(kScales);
    CHECK(test::difference(covariance(*layer, 3, 4), 0.7 * identity(12)) < 1e-6);
  }
}

}  // namespace
}  // namespace predcorr::models
