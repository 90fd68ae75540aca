// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/engine/network.hpp"

#include <cmath>

#include "tests/support/helpers.hpp"
#include "tests/support/networks.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

/// The same function in double, as one would write it down.  @return outputs x rows
Matrix written_down(const Network& network, const Vector& parameters, const Matrix& rows) {
  Matrix a = rows.transpose();
  for (std::size_t l = 0; l < network.layers().size(); ++l) {
    const Network::Layer& layer = network.layers()[l];
    const Eigen::Map<const Matrix> weights(parameters.data() + layer.at, layer.outputs, layer.inputs);
    const Eigen::Map<const Vector> biases(parameters.data() + layer.at + weights.size(), layer.outputs);
    Matrix z = ((weights * a).colwise() + biases) * static_cast<double>(layer.scale);
    if (l + 1 == network.layers().size()) return z;
    z = test::activated(network.architecture().activation, z);
    a = layer.residual ? Matrix(z + a) : z;
  }
  return a;
}

Matrix random_rows(Index n, Index d) { return Stream(4).normals(n * d).reshaped(n, d); }

TEST_CASE("network: NumPy's forward pass", "[models]") {
  const Json expected = test::reference("model_reference.json").at("network");
  const NetworkInputs x = network_inputs(test::matrix(expected.at("x")));
  const VectorF parameters = test::vector(expected.at("parameters")).cast<float>();
  for (const bool scaled : {false, true}) {
    const Network network({expected.at("inputs").get<Index>(), expected.at("hidden").get<std::vector<int>>(),
                           expected.at("outputs").get<Index>(), Activation::relu, scaled});
    REQUIRE(network.parameter_count() == parameters.size());
    Network::Workspace work;
    const MatrixF& out = network.forward(parameters, x, work);
    const Matrix wanted = test::matrix(expected.at(scaled ? "fan_in_scaled" : "plain"));
    REQUIRE(x.count == wanted.rows());
    REQUIRE(out.rows() >= wanted.cols());
    // Floats: sums of some twenty products, each rounded to 6e-8.
    for (Index i = 0; i < wanted.rows(); ++i)
      for (Index o = 0; o < wanted.cols(); ++o) CHECK(out(o, i) == Approx(wanted(i, o)).epsilon(1e-5).margin(1e-5));
  }
}

const std::vector<Architecture> kShapes = {
    {3, {}, 1},
    {3, {6}, 1},
    {3, {50}, 2, Activation::relu, true},
    {1, {4}, 1, Activation::tanh},
    {5, {16, 16}, 2, Activation::tanh, true, true},
    {3, {20, 7}, 5, Activation::silu},
    {2, {3, 33, 33, 33}, 1, Activation::erf, true, true},
    {8, {18, 18, 18}, 1, Activation::relu, false, true},
};

TEST_CASE("network: outputs, gradients and Jacobians of many shapes against the formula in double", "[models]") {
  for (std::size_t k = 0; k < kShapes.size(); ++k) {
    const Network network(kShapes[k]);
    Stream stream(5 + k);
    const VectorF parameters =
        network.initial_parameters(stream) + 0.1f * stream.normals(network.parameter_count()).cast<float>();
    const Vector exact = parameters.cast<double>();
    const Matrix rows = random_rows(7, kShapes[k].inputs);
    const NetworkInputs x = network_inputs(rows);
    Network::Workspace work;
    const MatrixF& out = network.forward(parameters, x, work);
    const Matrix wanted = written_down(network, exact, rows);
    CAPTURE(k);
    REQUIRE(test::difference(out.topLeftCorner(wanted.rows(), 7).cast<double>(), wanted) < 1e-4);

    // The loss is the outputs' sum with fixed weights, so those weights are its gradient by the outputs.
    const Matrix numbers = stream.normals(wanted.size()).reshaped(wanted.rows(), 7);
    MatrixF output_gradient = MatrixF::Zero(out.rows(), out.cols());
    output_gradient.topLeftCorner(wanted.rows(), 7) = numbers.cast<float>();
    VectorF gradient(network.parameter_count());
    network.backward(output_gradient, work, gradient);
    MatrixF jacobian;
    network.jacobian(0, work, jacobian);
    REQUIRE(jacobian.cols() == 7);
    int switched = 0;
    for (Index j = 0; j < gradient.size(); ++j) {
      constexpr double kStep = 1e-5;
      Vector up = exact, down = exact;
      up(j) += kStep;
      down(j) -= kStep;
      const Matrix above = written_down(network, up, rows), below = written_down(network, down, rows);
      if ((above - 2 * wanted + below).cwiseAbs().maxCoeff() > 1e-8) {  // a ReLU switched in between
        ++switched;
        continue;
      }
      const Matrix slope = (above - below) / (2 * kStep);
      CAPTURE(j);
      CHECK(gradient(j) == Approx(slope.cwiseProduct(numbers).sum()).epsilon(1e-3).margin(1e-4));
      CHECK((jacobian.row(j).cast<double>() - slope.row(0)).cwiseAbs().maxCoeff() < 1e-4);
    }
    CHECK(switched <= gradient.size() / 50);
  }
}

TEST_CASE("network: a layer's inputs and deltas make each row's gradient", "[models]") {
  const Network network({4, {9, 9}, 1, Activation::silu, true, true});
  Stream stream(9);
  const VectorF parameters = network.initial_parameters(stream);
  const NetworkInputs x = network_inputs(random_rows(5, 4));
  Network::Workspace work;
  network.forward(parameters, x, work);
  MatrixF jacobian;
  network.jacobian(0, work, jacobian);
  for (std::size_t l = 0; l < network.layers().size(); ++l) {
    const Network::Layer& layer = network.layers()[l];
    for (Index i = 0; i < 5; ++i) {
      const MatrixF outer = layer.scale * work.layers[l].delta.col(i).head(layer.outputs) *
                            network.layer_inputs(work, l).col(i).head(layer.inputs + 1).transpose();
      CHECK((jacobian.col(i).segment(layer.at, layer.parameters()) - outer.reshaped()).norm() < 1e-6f);
    }
  }
}

TEST_CASE("network: a workspace may be used again with another batch", "[models]") {
  const Network network({2, {8}, 1, Activation::relu, true});
  Stream stream(6);
  const VectorF parameters = network.initial_parameters(stream);
  const NetworkInputs a = network_inputs(random_rows(9, 2)), b = network_inputs(random_rows(4, 2));
  Network::Workspace used, fresh;
  network.forward(parameters, a, used);
  CHECK(network.forward(parameters, b, used) == network.forward(parameters, b, fresh));
  VectorF first(parameters.size()), second(parameters.size());
  network.backward(Network::output_unit(used, 0), used, first);
  network.backward(Network::output_unit(fresh, 0), fresh, second);
  CHECK(first == second);
}

TEST_CASE("network: a row's outputs do not depend on its neighbours", "[models]") {
  const Network network({3, {50}, 1});
  Stream stream(6);
  const VectorF parameters = network.initial_parameters(stream);
  const Matrix rows = random_rows(20, 3);
  Network::Workspace work;
  const MatrixF all = network.forward(parameters, network_inputs(rows), work);
  const MatrixF some = network.forward(parameters, network_inputs(rows.middleRows(5, 3)), work);
  CHECK(all.row(0).segment(5, 3) == some.row(0).head(3));
}

TEST_CASE("network: initial weights have the variances that are promised", "[models]") {
  Stream stream(7);
  const Network he({50, {200}, 1}), unit({50, {200}, 1, Activation::relu, true}),
      tanh({50, {200}, 1, Activation::tanh});
  const VectorF p = he.initial_parameters(stream), q = unit.initial_parameters(stream);
  const VectorF r = tanh.initial_parameters(stream);
  REQUIRE(p.size() == 50 * 200 + 200 + 200 + 1);
  // 10000 draws: the variance's standard error is 1.4%.
  CHECK(p.head(10000).squaredNorm() / 10000 == Approx(2.0 / 50).epsilon(0.06));
  CHECK(r.head(10000).squaredNorm() / 10000 == Approx(1.0 / 50).epsilon(0.06));
  CHECK(p.segment(10000, 200).isZero());
  // Of the last layer 200 each time, so 10000 of fifty networks.
  double last = p.segment(10200, 200).squaredNorm();
  for (int more = 1; more < 50; ++more) last += he.initial_parameters(stream).segment(10200, 200).squaredNorm();
  CHECK(last / 10000 == Approx(2.0 / 200).epsilon(0.06));
  CHECK(p(10400) == 0);
  CHECK(q.squaredNorm() / static_cast<float>(q.size()) == Approx(1).epsilon(0.06));
  CHECK((q.array() != 0).all());
}

TEST_CASE("network: inputs are columns with a one below, and can be gathered", "[models]") {
  const NetworkInputs all = network_inputs(Matrix{{1, 2, 3}, {4, 5, 6}});
  CHECK(all.count == 2);
  CHECK(all.columns.topLeftCorner(4, 2) == MatrixF{{1, 4}, {2, 5}, {3, 6}, {1, 1}});
  CHECK(all.columns.cwiseAbs().sum() == 23);  // padding is zero
  NetworkInputs chosen;
  gather(all, {1, 0, 1, 1, 0, 1, 0}, chosen);
  CHECK(chosen.columns.row(0).head(7) == MatrixF{{4, 1, 4, 4, 1, 4, 1}});
  gather(all, {1}, chosen);
  CHECK(chosen.count == 1);
  CHECK(chosen.columns.cwiseAbs().sum() == 16);
}

}  // namespace
}  // namespace predcorr::models
