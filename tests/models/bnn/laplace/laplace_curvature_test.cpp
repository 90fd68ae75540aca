// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/laplace/laplace_curvature.hpp"

#include <Eigen/Cholesky>
#include <cmath>

#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

Matrix random_rows(Index n, Index d, std::uint64_t seed) { return Stream(seed).normals(n * d).reshaped(n, d); }

/// A network with hidden units, its rows and what they say by plain linear algebra.
struct Example {
  Network network{{3, {5, 4}, 1, Activation::tanh, true}};
  VectorF parameters;
  Matrix inputs = random_rows(12, 3, 1), query = random_rows(9, 3, 2);

  Example() {
    Stream stream(3);
    parameters = network.initial_parameters(stream);
  }

  Matrix jacobian(const Matrix& rows) const {
    const NetworkInputs columns = network_inputs(rows);
    Network::Workspace work;
    network.forward(parameters, columns, work);
    MatrixF jacobian;
    network.jacobian(0, work, jacobian);
    return jacobian.transpose().cast<double>();
  }

  /// J' J / noise + precision.  @param precision of each layer
  Matrix hessian(double noise, const Vector& precision) const {
    const Matrix j = jacobian(inputs);
    Matrix h = j.transpose() * j / noise;
    for (std::size_t l = 0; l < 3; ++l)
      h.diagonal().segment(network.layers()[l].at, network.layers()[l].parameters()).array() +=
          precision(static_cast<Index>(l));
    return h;
  }
};

double log_determinant(const Matrix& a) { return 2 * Eigen::LLT<Matrix>(a).matrixLLT().diagonal().array().log().sum(); }

Matrix covariance(const Matrix& h, const Matrix& j) { return j * Eigen::LLT<Matrix>(h).solve(j.transpose()); }

double value_of(const Curvature& curvature, const LaplaceScales& scales) {
  Vector gradient;
  double by_noise = 0;
  return curvature.log_determinant(scales, gradient, by_noise);
}

/// The derivatives against central differences of the value.
void check_derivatives(const Curvature& curvature, const LaplaceScales& scales) {
  Vector by_precision;
  double by_noise = 0;
  curvature.log_determinant(scales, by_precision, by_noise);
  REQUIRE(by_precision.size() == curvature.groups());
  const double step = 1e-4;
  const auto slope = [&](const auto& moved) {
    LaplaceScales up = scales, down = scales;
    moved(up) *= std::exp(step);
    moved(down) *= std::exp(-step);
    return (value_of(curvature, up) - value_of(curvature, down)) / (2 * step);
  };
  CHECK(by_noise == Approx(slope([](LaplaceScales& s) -> double& { return s.noise_variance; })).epsilon(1e-6));
  for (Index g = 0; g < by_precision.size(); ++g)
    CHECK(by_precision(g) == Approx(slope([g](LaplaceScales& s) -> double& { return s.precision(g); })).epsilon(1e-6));
}

TEST_CASE("laplace curvature: the whole matrix in either space is the brute-force one", "[models]") {
  const Example e;
  const double noise = 0.3;
  const Matrix j = e.jacobian(e.query);
  for (const bool layerwise : {false, true}) {
    const LaplaceScales scales{noise, layerwise ? Vector{{0.7, 2, 5}} : Vector{{0.7}}};
    const Matrix h = e.hessian(noise, layerwise ? scales.precision : Vector::Constant(3, 0.7));
    for (const LaplaceSpace space : {LaplaceSpace::weights, LaplaceSpace::functions}) {
      INFO((layerwise ? "layerwise " : "") << (space == LaplaceSpace::weights ? "weights" : "functions"));
      const auto curvature = full_curvature(e.network, e.parameters, e.inputs, 0, layerwise, space);
      CHECK(value_of(*curvature, scales) == Approx(log_determinant(h)).epsilon(1e-6));
      check_derivatives(*curvature, scales);
      curvature->settle(scales);
      CHECK(test::difference(curvature->covariance(e.query).matrix(), covariance(h, j)) < 1e-6);
    }
  }
}

TEST_CASE("laplace curvature: a factor where there are more points than weights", "[models]") {
  const Example e;
  const LaplaceScales scales{0.3, Vector{{0.7}}};
  const Matrix many = random_rows(600, 3, 8), h = e.hessian(0.3, Vector::Constant(3, 0.7));
  const Matrix expected = covariance(h, e.jacobian(many));
  const auto curvature = full_curvature(e.network, e.parameters, e.inputs, 0, false, LaplaceSpace::weights);
  curvature->settle(scales);
  const Covariance latent = curvature->covariance(many);
  CHECK(latent.width() == e.network.parameter_count());
  CHECK(test::difference(latent.matrix(), expected) < 1e-6);
  for (const LayerApproximation approximation : {LayerApproximation::kronecker, LayerApproximation::diagonal}) {
    const auto layered = layered_curvature(e.network, e.parameters, e.inputs, false, approximation);
    layered->settle(scales);
    const Covariance wide = layered->covariance(many), dense = layered->covariance(many.topRows(40));
    CHECK(wide.width() == e.network.parameter_count());
    REQUIRE_FALSE(dense.is_factor());
    CHECK(test::difference(wide.block(0, 40, 0, 40), dense.matrix()) < 1e-6);
  }
}

TEST_CASE("laplace curvature: the last layer alone", "[models]") {
  const Example e;
  const LaplaceScales scales{0.3, Vector{{2.0}}};
  const Matrix h = e.hessian(0.3, Vector::Constant(3, 2)).bottomRightCorner(5, 5);
  const Matrix j = e.jacobian(e.query).rightCols(5);
  const auto curvature = make_curvature(LaplaceStructure::last_layer, e.network, e.parameters, e.inputs, true);
  CHECK(curvature->groups() == 1);
  CHECK(curvature->first_block() == 2);
  CHECK(value_of(*curvature, scales) == Approx(log_determinant(h)).epsilon(1e-6));
  check_derivatives(*curvature, scales);
  curvature->settle(scales);
  CHECK(test::difference(curvature->covariance(e.query).matrix(), covariance(h, j)) < 1e-6);
}

TEST_CASE("laplace curvature: the diagonal is the whole matrix's", "[models]") {
  const Example e;
  const LaplaceScales scales{0.3, Vector{{0.7, 2, 5}}};
  const Matrix h = e.hessian(0.3, scales.precision).diagonal().asDiagonal();
  const auto curvature = make_curvature(LaplaceStructure::diagonal, e.network, e.parameters, e.inputs, true);
  CHECK(value_of(*curvature, scales) == Approx(h.diagonal().array().log().sum()).epsilon(1e-6));
  check_derivatives(*curvature, scales);
  curvature->settle(scales);
  CHECK(test::difference(curvature->covariance(e.query).matrix(), covariance(h, e.jacobian(e.query))) < 1e-6);
}

TEST_CASE("laplace curvature: Kronecker factors in weight space, written down", "[models]") {
  const Example e;
  const LaplaceScales scales{0.3, Vector{{0.7, 2, 5}}};
  // n A (x) G of each layer, A and G from the Jacobian: its rows are delta x' with a one at the end of x.
  const Matrix j = e.jacobian(e.inputs);
  const Index p = e.network.parameter_count();
  Matrix h = Matrix::Zero(p, p);
  for (std::size_t l = 0; l < 3; ++l) {
    const Network::Layer& layer = e.network.layers()[l];
    Matrix a = Matrix::Zero(layer.inputs + 1, layer.inputs + 1), g = Matrix::Zero(layer.outputs, layer.outputs);
    for (Index i = 0; i < 12; ++i) {
      const Vector row = j.row(i).segment(layer.at, layer.parameters());
      const Matrix gradient = row.reshaped(layer.outputs, layer.inputs + 1);
      const Vector delta = gradient.col(layer.inputs), x = gradient.transpose() * delta / delta.squaredNorm();
      a += x * x.transpose() / 12;
      g += delta * delta.transpose() / 12;
    }
    for (Index i = 0; i < a.rows(); ++i)
      for (Index k = 0; k < a.cols(); ++k)
        h.block(layer.at + i * g.rows(), layer.at + k * g.rows(), g.rows(), g.rows()) = 12 / 0.3 * a(i, k) * g;
    h.diagonal().segment(layer.at, layer.parameters()).array() += scales.precision(static_cast<Index>(l));
  }
  const auto curvature = make_curvature(LaplaceStructure::kronecker, e.network, e.parameters, e.inputs, true);
  CHECK(value_of(*curvature, scales) == Approx(log_determinant(h)).epsilon(1e-5));
  check_derivatives(*curvature, scales);
  curvature->settle(scales);
  CHECK(test::difference(curvature->covariance(e.query).matrix(), covariance(h, e.jacobian(e.query))) < 1e-5);
}

TEST_CASE("laplace curvature: with much noise all structures have the prior's covariance", "[models]") {
  const Example e;
  const LaplaceScales scales{1e12, Vector{{2.0}}};
  const Matrix j = e.jacobian(e.query), prior = j * j.transpose() / 2;
  for (const LaplaceStructure structure :
       {LaplaceStructure::full, LaplaceStructure::kronecker, LaplaceStructure::diagonal}) {
    const auto curvature = make_curvature(structure, e.network, e.parameters, e.inputs, false);
    curvature->settle(scales);
    CHECK(test::difference(curvature->covariance(e.query).matrix(), prior) < 1e-6);
  }
}

}  // namespace
}  // namespace predcorr::models
