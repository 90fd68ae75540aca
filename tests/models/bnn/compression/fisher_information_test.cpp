// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/compression/fisher_information.hpp"

#include <cmath>
#include <numbers>

#include "models/bnn/engine/likelihood.hpp"
#include "tests/models/bnn/pruning/small_networks.hpp"
#include "tests/support/helpers.hpp"

namespace predcorr::models {
namespace {

/// E of a function of y ~ N(mean, variance), by the trapezoidal rule.
template <class F>
double expectation(double mean, double variance, const F& f) {
  double sum = 0;
  const double step = 0.01, deviation = std::sqrt(variance);
  for (double z = -9; z <= 9; z += step)
    sum += step * std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi) * f(mean + deviation * z);
  return sum;
}

TEST_CASE("fisher information: of a normal with both outputs, the expected second derivatives", "[models]") {
  const double mean = 0.4;
  for (const double raw : {-2.0, 0.0, 1.5}) {
    CAPTURE(raw);
    const auto variance_at = [](double r) { return std::log1p(std::exp(r)) + kSmallestVariance; };
    const auto loss = [&](double y, double m, double r) {
      return 0.5 * std::log(variance_at(r)) + 0.5 * (y - m) * (y - m) / variance_at(r);
    };
    const double h = 1e-3;
    const auto second = [&](double dm, double dr) {
      return expectation(mean, variance_at(raw), [&](double y) {
        return (loss(y, mean + dm, raw + dr) - 2 * loss(y, mean, raw) + loss(y, mean - dm, raw - dr)) / (h * h);
      });
    };
    const MatrixF got = heteroscedastic_information()(MatrixF{{static_cast<float>(mean)}, {static_cast<float>(raw)}});
    CHECK(got(0, 0) == Approx(second(h, 0)).epsilon(1e-4));
    CHECK(got(1, 0) == Approx(second(0, h)).epsilon(1e-4));
    // And nothing between the two: the second derivative along both is the sum.
    CHECK(second(h, h) == Approx(second(h, 0) + second(0, h)).epsilon(1e-3));
    CHECK(gaussian_information(0.25)(MatrixF{{1.0f, 2.0f}}) == MatrixF{{4.0f, 4.0f}});
  }
}

TEST_CASE("fisher information: the diagonal is that of all rows' Jacobians, of every layer", "[models]") {
  const TrainingData data = test::small_images();
  const Batch all = network_data(data);
  for (const test::SmallNetwork& c : test::small_networks())
    for (const Index outputs : {1, 2}) {
      CAPTURE(c.what, outputs);
      const Network network = test::network_of(c, data, outputs, true);
      Stream stream(5);
      const VectorF weights = network.initial_parameters(stream);
      const OutputInformation information = outputs == 2 ? heteroscedastic_information() : gaussian_information(0.5);
      const FisherInformation fisher = fisher_information(network, weights, all, information);
      Network::Workspace work;
      const MatrixF values = network.forward(weights, all.inputs, work).topLeftCorner(outputs, all.inputs.count);
      const Matrix expected = information(values).cast<double>();
      Vector wanted = Vector::Zero(weights.size());
      for (Index o = 0; o < outputs; ++o) {
        MatrixF jacobian;
        network.jacobian(o, work, jacobian);
        wanted += jacobian.cast<double>().cwiseAbs2() * expected.row(o).transpose() / 12;
      }
      CHECK(test::difference(fisher.diagonal, wanted) < 1e-4);
    }
}

TEST_CASE("fisher information: the factors of one row give its layers' blocks exactly", "[models]") {
  // Of one row the Fisher information of a fully connected layer is a Kronecker product.
  const Network network({3, {5, 4}, 1, Activation::tanh});
  Stream stream(3);
  const VectorF weights = network.initial_parameters(stream);
  const Batch row{network_inputs(Matrix{{0.3, -1.0, 2.0}}), VectorF{{1}}};
  const FisherInformation fisher = fisher_information(network, weights, row, gaussian_information(0.5));
  Network::Workspace work;
  network.forward(weights, row.inputs, work);
  MatrixF jacobian;
  network.jacobian(0, work, jacobian);
  const Matrix whole = 2 * jacobian.cast<double>() * jacobian.cast<double>().transpose();
  for (std::size_t l = 0; l < 3; ++l) {
    const Network::Layer& layer = network.layers()[l];
    const auto& [a, s] = fisher.blocks[l];
    Matrix product(layer.parameters(), layer.parameters());
    for (Index i = 0; i < a.rows(); ++i)
      for (Index j = 0; j < a.cols(); ++j) product.block(i * s.rows(), j * s.rows(), s.rows(), s.rows()) = a(i, j) * s;
    CHECK(test::difference(product, whole.block(layer.at, layer.at, product.rows(), product.rows())) < 1e-5);
  }
}

TEST_CASE(
    "fisher information: a convolution's diagonal blocks are near the factors' product, and grouped ones have none",
    "[models]") {
  const TrainingData data = test::small_images();
  const Network network = test::network_of(test::small_networks().at(6), data, 1);
  Stream stream(5);
  const FisherInformation fisher =
      fisher_information(network, network.initial_parameters(stream), network_data(data), gaussian_information(1));
  const std::vector<WeightBlock> blocks = network.weight_blocks();
  CHECK(blocks.at(1).is_grouped());
  CHECK(fisher.blocks.at(1).deltas.size() == 0);
  CHECK(fisher.blocks.at(0).deltas.rows() == 6);
  CHECK(fisher.blocks.at(0).inputs.rows() == 10);  // a window of 3 x 3, and the bias
  // The trace of a product is that of the whole, if patches and gradients do not know of each other.
  const auto& [a, s] = fisher.blocks.at(0);
  const double trace = fisher.diagonal.segment(blocks[0].at, blocks[0].size()).sum();
  CHECK(a.trace() * s.trace() > 0.1 * trace);
  CHECK(a.trace() * s.trace() < 100 * trace);
}

}  // namespace
}  // namespace predcorr::models
