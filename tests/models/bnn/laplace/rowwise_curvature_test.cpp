// SPDX-License-Identifier: Apache-2.0
// The curvatures of networks with pruned weights.
#include <Eigen/Cholesky>
#include <cmath>

#include "models/bnn/laplace/laplace_curvature.hpp"
#include "models/bnn/pruning/remainder.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

Matrix random_rows(Index n, Index d, std::uint64_t seed) { return Stream(seed).normals(n * d).reshaped(n, d); }

/// A network with holes, its rows and what they say by plain linear algebra.
struct Example {
  Network network{{3, {5, 4}, 1, Activation::tanh, true}};
  VectorF parameters;
  Matrix inputs = random_rows(12, 3, 1), query = random_rows(9, 3, 2);

  Example() {
    Stream stream(3);
    std::vector<char> left(static_cast<std::size_t>(network.layout_count()), 1);
    for (const WeightBlock& block : network.weight_blocks())
      for (Index i = 0; i < block.outputs * block.weight_columns(); ++i)
        left[static_cast<std::size_t>(block.at + i)] = stream.uniform() < 0.6 ? 1 : 0;
    const Remainder remainder = remainder_of(network, left);
    parameters = remainder.of(network.initial_parameters(stream));
    network = remainder.network;
    REQUIRE(network.is_masked());
  }

  Matrix jacobian(const Matrix& rows) const {
    Network::Workspace work;
    const NetworkInputs columns = network.inputs_of(rows);
    network.forward(parameters, columns, work);
    MatrixF jacobian;
    network.jacobian(0, work, jacobian);
    return jacobian.transpose().cast<double>();
  }

  /// The layer of number k of the flat vector, and its place in that layer's matrix.
  struct Place {
    std::size_t layer;
    Index output, input;
  };
  Place place(Index k) const {
    const Index i = network.kept()[static_cast<std::size_t>(k)];
    std::size_t l = 0;
    while (l + 1 < network.layers().size() && network.layers()[l + 1].at <= i) ++l;
    const Network::Layer& layer = network.layers()[l];
    return {l, (i - layer.at) % layer.outputs, (i - layer.at) / layer.outputs};
  }

  /// h with each layer's precision on its diagonal.
  Matrix with_precision(Matrix h, const Vector& precision) const {
    for (Index k = 0; k < h.rows(); ++k)
      h(k, k) += precision.size() == 1 ? precision(0) : precision(static_cast<Index>(place(k).layer));
    return h;
  }
};

double log_determinant(const Matrix& a) { return 2 * Eigen::LLT<Matrix>(a).matrixLLT().diagonal().array().log().sum(); }

Matrix covariance(const Matrix& h, const Matrix& j) { return j * Eigen::LLT<Matrix>(h).solve(j.transpose()); }

/// Value, derivatives and covariance of a curvature against those of a matrix given for any scales.
template <class Brute>
void check(Curvature& curvature, const Example& e, const Vector& precision, const Brute& brute) {
  const LaplaceScales scales{0.3, precision};
  Vector by_precision;
  double by_noise = 0;
  const double value = curvature.log_determinant(scales, by_precision, by_noise);
  CHECK(value == Approx(log_determinant(brute(0.3, precision))).epsilon(1e-5));
  const double step = 1e-4;
  const double slope = (log_determinant(brute(0.3 * std::exp(step), precision)) -
                        log_determinant(brute(0.3 * std::exp(-step), precision))) /
                       (2 * step);
  CHECK(by_noise == Approx(slope).epsilon(1e-4));
  REQUIRE(by_precision.size() == precision.size());
  for (Index g = 0; g < precision.size(); ++g) {
    Vector up = precision, down = precision;
    up(g) *= std::exp(step);
    down(g) *= std::exp(-step);
    CHECK(by_precision(g) ==
          Approx((log_determinant(brute(0.3, up)) - log_determinant(brute(0.3, down))) / (2 * step)).epsilon(1e-4));
  }
  curvature.settle(scales);
  const Matrix h = brute(0.3, precision);
  CHECK(test::difference(curvature.covariance(e.query).matrix(), covariance(h, e.jacobian(e.query))) < 1e-5);
  const Matrix many = random_rows(70, 3, 8);
  CHECK(test::difference(curvature.covariance(many).matrix(), covariance(h, e.jacobian(many))) < 1e-5);
}

TEST_CASE("curvature of pruned networks: the whole matrix in either space is the brute-force one", "[models]") {
  const Example e;
  const Matrix j = e.jacobian(e.inputs);
  const auto brute = [&](double noise, const Vector& precision) {
    return e.with_precision(j.transpose() * j / noise, precision);
  };
  for (const LaplaceSpace space : {LaplaceSpace::weights, LaplaceSpace::functions}) {
    CAPTURE(space == LaplaceSpace::weights);
    check(*full_curvature(e.network, e.parameters, e.inputs, 0, true, space), e, Vector{{0.7, 2, 5}}, brute);
    check(*full_curvature(e.network, e.parameters, e.inputs, 0, false, space), e, Vector{{0.7}}, brute);
  }
}

TEST_CASE("curvature of pruned networks: the last layer alone", "[models]") {
  const Example e;
  const Index first = e.network.layers().back().at;
  Index before = 0;
  while (e.network.kept()[static_cast<std::size_t>(before)] < first) ++before;
  const Index count = e.network.parameter_count() - before;
  const Matrix j = e.jacobian(e.inputs).rightCols(count), query = e.jacobian(e.query).rightCols(count);
  const auto curvature = make_curvature(LaplaceStructure::last_layer, e.network, e.parameters, e.inputs, true);
  const Matrix h = j.transpose() * j / 0.3 + 2 * Matrix::Identity(count, count);
  Vector by_precision;
  double by_noise = 0;
  CHECK(curvature->log_determinant({0.3, Vector{{2.0}}}, by_precision, by_noise) ==
        Approx(log_determinant(h)).epsilon(1e-6));
  curvature->settle({0.3, Vector{{2.0}}});
  CHECK(test::difference(curvature->covariance(e.query).matrix(), covariance(h, query)) < 1e-6);
}

TEST_CASE("curvature of pruned networks: the diagonal is the whole matrix's", "[models]") {
  const Example e;
  const Vector squares = e.jacobian(e.inputs).cwiseAbs2().colwise().sum();
  const auto brute = [&](double noise, const Vector& precision) {
    return e.with_precision(Matrix(squares.asDiagonal()) / noise, precision);
  };
  check(*make_curvature(LaplaceStructure::diagonal, e.network, e.parameters, e.inputs, true), e, Vector{{0.7, 2, 5}},
        brute);
}

TEST_CASE("curvature of pruned networks: of Kronecker factors the blocks of rows, restricted to what they have",
          "[models]") {
  const Example e;
  // A: the mean of inputs' products, G's diagonal: that of deltas' squares. Both from passes of the network.
  Network::Workspace work;
  const NetworkInputs columns = e.network.inputs_of(e.inputs);
  e.network.forward(e.parameters, columns, work);
  e.network.backward_deltas(Network::output_unit(work, 0), work);
  std::vector<Matrix> a;
  std::vector<Vector> g;
  for (std::size_t l = 0; l < 3; ++l) {
    const Network::Layer& layer = e.network.layers()[l];
    const Matrix x = e.network.layer_inputs(work, l).topLeftCorner(layer.inputs + 1, 12).cast<double>();
    const Matrix d = layer.scale * work.layers[l].delta.topLeftCorner(layer.outputs, 12).cast<double>();
    a.push_back(x * x.transpose() / 12);
    g.push_back(d.cwiseAbs2().rowwise().mean());
  }
  const auto brute = [&](double noise, const Vector& precision) {
    const Index p = e.network.parameter_count();
    Matrix h = Matrix::Zero(p, p);
    for (Index k = 0; k < p; ++k)
      for (Index q = 0; q < p; ++q) {
        const Example::Place one = e.place(k), other = e.place(q);
        if (one.layer == other.layer && one.output == other.output)
          h(k, q) = 12 / noise * g[one.layer](one.output) * a[one.layer](one.input, other.input);
      }
    return e.with_precision(h, precision);
  };
  check(*make_curvature(LaplaceStructure::kronecker, e.network, e.parameters, e.inputs, true), e, Vector{{0.7, 2, 5}},
        brute);
  check(*make_curvature(LaplaceStructure::kronecker, e.network, e.parameters, e.inputs, false), e, Vector{{0.7}},
        brute);
}

}  // namespace
}  // namespace predcorr::models
