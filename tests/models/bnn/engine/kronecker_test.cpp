// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/engine/kronecker.hpp"

#include <algorithm>
#include <limits>

#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

Matrix random_rows(Index n, Index d) { return Stream(4).normals(n * d).reshaped(n, d); }

/// The network's own Jacobian: points x parameters.
Matrix jacobian(const Network& network, const VectorF& parameters, const Matrix& rows) {
  const NetworkInputs inputs = network_inputs(rows);
  Network::Workspace work;
  network.forward(parameters, inputs, work);
  MatrixF columns;
  network.jacobian(0, work, columns);
  return columns.transpose().cast<double>();
}

/// a (x) g for vectors of matrices stacked by columns: entry ((o, i), (p, j)) is a_ij g_op.
Matrix kronecker_product(const Matrix& a, const Matrix& g) {
  Matrix product(a.rows() * g.rows(), a.cols() * g.cols());
  for (Index i = 0; i < a.rows(); ++i)
    for (Index j = 0; j < a.cols(); ++j) product.block(i * g.rows(), j * g.cols(), g.rows(), g.cols()) = a(i, j) * g;
  return product;
}

/// Largest error of n A (x) G as a layer's block of J' J, relative to the block's largest entry.
double worst_block(const Architecture& architecture, const Matrix& rows) {
  const Network network(architecture);
  Stream stream(3);
  const VectorF parameters = network.initial_parameters(stream);
  const Matrix j = jacobian(network, parameters, rows);
  const PointGradients points = point_gradients(network, parameters, rows);
  const auto n = static_cast<double>(rows.rows());
  double worst = 0;
  for (std::size_t l = 0; l < network.layers().size(); ++l) {
    const Network::Layer& layer = network.layers()[l];
    const Matrix block = j.middleCols(layer.at, layer.parameters());
    KroneckerFactors factors = KroneckerFactors::zero(layer);
    factors.add(points.layers[l], 1 / n);
    const Matrix exact = block.transpose() * block;
    const Matrix off = n * kronecker_product(factors.inputs, factors.deltas) - exact;
    worst = std::max(worst, off.cwiseAbs().maxCoeff() / exact.cwiseAbs().maxCoeff());
  }
  return worst;
}

TEST_CASE("kronecker: exact for one row of any network", "[models]") {
  // The Jacobian is in float.
  CHECK(worst_block({4, {7}, 1, Activation::tanh, true}, random_rows(1, 4)) < 1e-6);
  CHECK(worst_block({4, {6, 6}, 1, Activation::silu, true, true}, random_rows(1, 4)) < 1e-6);
  CHECK(worst_block({4, {6, 6}, 1, Activation::erf, false}, random_rows(1, 4)) < 1e-6);
}

TEST_CASE("kronecker: exact for all rows of a linear network, whose deltas are equal", "[models]") {
  CHECK(worst_block({4, {}, 1, Activation::relu, true}, random_rows(23, 4)) < 1e-6);
  CHECK(worst_block({4, {}, 1, Activation::relu, false}, random_rows(23, 4)) < 1e-6);
}

TEST_CASE("kronecker: an approximation otherwise", "[models]") {
  CHECK(worst_block({4, {7}, 1, Activation::tanh, true}, random_rows(23, 4)) > 1e-2);
}

TEST_CASE("kronecker: points' gradients are the Jacobian's, with or without neighbours", "[models]") {
  const Network network({3, {9}, 1, Activation::relu, true});
  Stream stream(5);
  const VectorF parameters = network.initial_parameters(stream);
  const Matrix rows = random_rows(11, 3), j = jacobian(network, parameters, rows);
  const PointGradients all = point_gradients(network, parameters, rows);
  const PointGradients some = point_gradients(network, parameters, rows.middleRows(4, 2));
  Network::Workspace work;
  const NetworkInputs inputs = network_inputs(rows);
  CHECK(all.outputs == network.forward(parameters, inputs, work).row(0).head(11).transpose().cast<double>());
  CHECK(all.outputs.segment(4, 2) == some.outputs);
  for (std::size_t l = 0; l < 2; ++l) {
    const Network::Layer& layer = network.layers()[l];
    REQUIRE(all.layers[l].inputs.cols() == 11);
    CHECK(all.layers[l].inputs.row(layer.inputs) == Matrix::Ones(1, 11));  // no padding
    CHECK(all.layers[l].inputs.middleCols(4, 2) == some.layers[l].inputs);
    CHECK(all.layers[l].deltas.middleCols(4, 2) == some.layers[l].deltas);
    for (Index i = 0; i < 11; ++i) {
      const Matrix outer = all.layers[l].deltas.col(i) * all.layers[l].inputs.col(i).transpose();
      CHECK((outer.reshaped().transpose() - j.row(i).segment(layer.at, layer.parameters())).norm() < 1e-6);
    }
  }
}

TEST_CASE("kronecker: sums of blocks are the sum", "[models]") {
  const LayerGradients all{random_rows(4, 10), random_rows(3, 10)};
  KroneckerFactors whole = KroneckerFactors::zero({3, 3, 0, 1, false}), parts = whole;
  whole.add(all, 0.1);
  parts.add({all.inputs.leftCols(6), all.deltas.leftCols(6)}, 0.1);
  parts.add({all.inputs.rightCols(4), all.deltas.rightCols(4)}, 0.1);
  CHECK((whole.inputs - 0.1 * all.inputs * all.inputs.transpose()).norm() < 1e-14);
  CHECK((whole.deltas - 0.1 * all.deltas * all.deltas.transpose()).norm() < 1e-14);
  CHECK((whole.inputs - parts.inputs).norm() + (whole.deltas - parts.deltas).norm() < 1e-14);
}

TEST_CASE("kronecker: the spectrum is that of the product", "[models]") {
  const LayerGradients rows{random_rows(4, 2), random_rows(3, 9)};  // A is of rank 2
  KroneckerFactors factors = KroneckerFactors::zero({3, 3, 0, 1, false});
  factors.add(rows, 1);
  const KroneckerSpectrum spectrum(factors);
  const Matrix product = kronecker_product(factors.inputs, factors.deltas);
  const Matrix basis = kronecker_product(spectrum.input_basis, spectrum.delta_basis);
  const Vector values = spectrum.eigenvalues().reshaped();
  CHECK((basis * values.asDiagonal() * basis.transpose() - product).norm() < 1e-12 * product.norm());
  CHECK((basis.transpose() * basis - Matrix::Identity(12, 12)).norm() < 1e-12);
  CHECK(values.minCoeff() >= 0);
  CHECK((KroneckerSpectrum::eigenvalues(factors) - spectrum.eigenvalues()).norm() < 1e-12 * values.norm());
  factors.deltas(1, 1) = std::numeric_limits<double>::quiet_NaN();
  CHECK(test::error_of([&] { KroneckerSpectrum{factors}; }) ==
        "numerical: the Kronecker factor of a layer's deltas is not finite; lower learning_rate");
}

}  // namespace
}  // namespace predcorr::models
