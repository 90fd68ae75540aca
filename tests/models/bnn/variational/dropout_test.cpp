// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/variational/dropout.hpp"

#include <cmath>

#include "models/bnn/arithmetic/lane_products.hpp"
#include "tests/support/networks.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

/// The masked function in double, as one would write it down.  @param masks of each layer's inputs, empty for none:
/// inputs x rows  @return outputs x rows
Matrix written_down(const Network& network, const Vector& parameters, const std::vector<Matrix>& masks,
                    const Matrix& rows) {
  Matrix a = rows.transpose();
  for (std::size_t l = 0; l < network.layers().size(); ++l) {
    const Network::Layer& layer = network.layers()[l];
    const Eigen::Map<const Matrix> weights(parameters.data() + layer.at, layer.outputs, layer.inputs);
    const Eigen::Map<const Vector> biases(parameters.data() + layer.at + weights.size(), layer.outputs);
    const Matrix seen = masks[l].size() > 0 ? Matrix(a.cwiseProduct(masks[l])) : a;
    Matrix z = ((weights * seen).colwise() + biases) * static_cast<double>(layer.scale);
    if (l + 1 == network.layers().size()) return z;
    z = test::activated(network.architecture().activation, z);
    a = layer.residual ? Matrix(z + a) : z;
  }
  return a;
}

const std::vector<Architecture> kShapes = {
    {3, {}, 1},
    {4, {9}, 1},
    {3, {20}, 2, Activation::tanh, true},
    {5, {16, 16, 16}, 2, Activation::tanh, true, true},
    {2, {7, 17, 17}, 5, Activation::relu, false, true},
};

TEST_CASE("dropout: masked outputs and gradients against the formula in double", "[models]") {
  constexpr Index kRows = 7;
  const bool of_data = GENERATE(false, true);
  const Dropout dropout{0.4, of_data};
  for (std::size_t k = 0; k < kShapes.size(); ++k) {
    const Network network(kShapes[k]);
    Stream stream(70 + k);
    const VectorF parameters =
        network.initial_parameters(stream) + 0.1f * stream.normals(network.parameter_count()).cast<float>();
    const Matrix rows = stream.normals(kRows * kShapes[k].inputs).reshaped(kRows, kShapes[k].inputs);
    const NetworkInputs x = network_inputs(rows);
    Network::Workspace work;
    dropout.draw_masks(network, x.columns.cols(), 99, work);  // of another key first: masks must be written wholly
    dropout.draw_masks(network, x.columns.cols(), stream.key(), work);
    std::vector<Matrix> masks;
    for (std::size_t l = 0; l < work.layers.size(); ++l) {
      const MatrixF& mask = work.layers[l].mask;
      REQUIRE((mask.size() > 0) == (l > 0 || of_data));
      masks.emplace_back(mask.size() > 0 ? mask.topLeftCorner(network.layers()[l].inputs, kRows).cast<double>()
                                         : Matrix());
    }
    const Vector exact = parameters.cast<double>();
    const MatrixF& out = network.forward(parameters, x, work);
    const Matrix wanted = written_down(network, exact, masks, rows);
    CAPTURE(k, of_data);
    REQUIRE((out.topLeftCorner(network.outputs(), kRows).cast<double>() - wanted).cwiseAbs().maxCoeff() < 1e-4);

    const Matrix numbers = stream.normals(wanted.size()).reshaped(wanted.rows(), kRows);
    MatrixF output_gradient = MatrixF::Zero(out.rows(), out.cols());
    output_gradient.topLeftCorner(wanted.rows(), kRows) = numbers.cast<float>();
    VectorF gradient(network.parameter_count());
    network.backward(output_gradient, work, gradient);
    MatrixF jacobian;
    network.jacobian(0, work, jacobian);
    int switched = 0;
    for (Index j = 0; j < gradient.size(); ++j) {
      constexpr double kStep = 1e-5;
      Vector up = exact, down = exact;
      up(j) += kStep;
      down(j) -= kStep;
      const Matrix above = written_down(network, up, masks, rows), below = written_down(network, down, masks, rows);
      if ((above - 2 * wanted + below).cwiseAbs().maxCoeff() > 1e-8) {  // a ReLU switched in between
        ++switched;
        continue;
      }
      const Matrix slope = (above - below) / (2 * kStep);
      CAPTURE(j);
      CHECK(gradient(j) == Approx(slope.cwiseProduct(numbers).sum()).epsilon(1e-3).margin(2e-4));
      CHECK((jacobian.row(j).cast<double>() - slope.row(0)).cwiseAbs().maxCoeff() < 1e-4);
    }
    CHECK(switched <= gradient.size() / 50);
  }
}

TEST_CASE("dropout: draws drop at the rate, independently, and keep the expectation", "[models]") {
  const double rate = GENERATE(0.0025, 0.05, 0.5, 0.9);
  CAPTURE(rate);
  constexpr int kCount = 400000;
  MaskDraws draws(17, rate), other(18, rate);
  const auto kept = static_cast<float>(1 / (1 - rate));
  int dropped = 0, both = 0, in_a_row = 0, strange = 0;
  bool before = false;
  for (int i = 0; i < kCount; ++i) {
    const float value = draws.next(), beside = other.next();
    strange += value != 0 && value != kept;
    const bool now = value == 0;
    dropped += now;
    both += now && beside == 0;
    in_a_row += now && before;
    before = now;
  }
  const auto standard_error = [](double p) { return std::sqrt(p * (1 - p) / kCount); };
  CHECK(strange == 0);
  CHECK(dropped / double{kCount} == Approx(rate).epsilon(0).margin(4 * standard_error(rate)));
  // Neighbours and other keys. Counts of neighbours are not independent of each other; twice the error covers that.
  CHECK(in_a_row / double{kCount} == Approx(rate * rate).epsilon(0).margin(8 * standard_error(rate * rate)));
  CHECK(both / double{kCount} == Approx(rate * rate).epsilon(0).margin(5 * standard_error(rate * rate)));
}

TEST_CASE("dropout: rows of a batch have masks of their own, biases none", "[models]") {
  const Network network({3, {40}, 1});
  Network::Workspace work;
  Dropout{0.5, true}.draw_masks(network, 12, 5, work);
  const MatrixF& mask = work.layers[1].mask;
  REQUIRE(mask.rows() == padded_rows(41));
  REQUIRE(mask.cols() == 12);
  for (Index j = 1; j < 12; ++j) CHECK(mask.col(j) != mask.col(0));
  CHECK((mask.row(40).array() == 1).all());
  const MatrixF first = mask;
  Dropout{0.5, true}.draw_masks(network, 12, 5, work);
  CHECK(mask == first);
  Dropout{0.5, true}.draw_masks(network, 12, 6, work);
  CHECK(mask != first);
}

TEST_CASE("dropout: masked weights are a mask that all rows share", "[models]") {
  const Network network({3, {18, 18}, 2, Activation::tanh, false, true});
  Stream stream(80);
  const VectorF weights =
      network.initial_parameters(stream) + 0.1f * stream.normals(network.parameter_count()).cast<float>();
  const NetworkInputs x = network_inputs(stream.normals(15).reshaped(5, 3));
  for (const bool of_data : {false, true}) {
    const Dropout dropout{0.3, of_data};
    // mask_weights takes draws layer by layer, input by input.
    VectorF masked = weights;
    dropout.mask_weights(network, 7, masked);
    MaskDraws draws(7, 0.3);
    Network::Workspace work, plain;
    dropout.draw_masks(network, x.columns.cols(), 1, work);
    for (std::size_t l = of_data ? 0 : 1; l < 3; ++l)
      for (Index i = 0; i < network.layers()[l].inputs; ++i) work.layers[l].mask.row(i).setConstant(draws.next());
    const MatrixF wanted = network.forward(weights, x, work), got = network.forward(masked, x, plain);
    CHECK((wanted - got).leftCols(5).cwiseAbs().maxCoeff() < 1e-5f);
    CHECK(masked != weights);
  }
}

TEST_CASE("dropout: a rate of 0 leaves everything as it is", "[models]") {
  const Network network({3, {18}, 1});
  Stream stream(81);
  const VectorF weights = network.initial_parameters(stream);
  VectorF masked = weights;
  const Dropout none{0, true};
  none.mask_weights(network, 7, masked);
  CHECK(masked == weights);
  Network::Workspace work;
  none.draw_masks(network, 6, 7, work);
  for (const auto& layer : work.layers) CHECK(layer.mask.size() == 0);
}

}  // namespace
}  // namespace predcorr::models
