// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/variational/local_reparameterisation.hpp"

#include <cmath>

#include "models/bnn/arithmetic/lane_products.hpp"
#include "tests/support/networks.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

/// The same function in double, as one would write it down.  @param draws of each layer: outputs x rows
/// @return outputs x rows
Matrix written_down(const Network& network, const Vector& mean, const Vector& log_stddev,
                    const std::vector<Matrix>& draws, const Matrix& rows) {
  Matrix a = rows.transpose();
  for (std::size_t l = 0; l < network.layers().size(); ++l) {
    const Network::Layer& layer = network.layers()[l];
    const Vector variance = (2 * log_stddev.segment(layer.at, layer.parameters())).array().exp();
    const Eigen::Map<const Matrix> weights(mean.data() + layer.at, layer.outputs, layer.inputs);
    const Eigen::Map<const Vector> biases(mean.data() + layer.at + weights.size(), layer.outputs);
    const Eigen::Map<const Matrix> weight_variances(variance.data(), layer.outputs, layer.inputs);
    const Eigen::Map<const Vector> bias_variances(variance.data() + weights.size(), layer.outputs);
    const Matrix centre = (weights * a).colwise() + biases;
    const Matrix spread = ((weight_variances * a.cwiseAbs2()).colwise() + bias_variances).cwiseSqrt();
    Matrix z = static_cast<double>(layer.scale) * (centre + spread.cwiseProduct(draws[l]));
    if (l + 1 == network.layers().size()) return z;
    z = test::activated(network.architecture().activation, z);
    a = layer.residual ? Matrix(z + a) : z;
  }
  return a;
}

const std::vector<Architecture> kShapes = {
    {3, {}, 1},
    {2, {}, 7, Activation::relu, true},
    {3, {6}, 1},
    {3, {20}, 2, Activation::relu, true},
    {1, {4}, 1, Activation::tanh},
    {5, {16, 16}, 2, Activation::tanh, true, true},
    {3, {9, 7}, 5, Activation::silu},
    {2, {3, 17, 17, 17}, 1, Activation::erf, true, true},
    {4, {18, 18, 18}, 1, Activation::relu, false, true},
};

TEST_CASE("local reparameterisation: outputs and gradients against the formula in double", "[models]") {
  constexpr Index kRows = 7;
  for (std::size_t k = 0; k < kShapes.size(); ++k) {
    const Network network(kShapes[k]);
    const Index count = network.parameter_count();
    Stream stream(50 + k);
    const VectorF mean = network.initial_parameters(stream) + 0.1f * stream.normals(count).cast<float>();
    const VectorF log_stddev = (stream.normals(count).array() * 0.5 - 1).matrix().cast<float>();
    const Matrix rows = stream.normals(kRows * kShapes[k].inputs).reshaped(kRows, kShapes[k].inputs);
    const NetworkInputs x = network_inputs(rows);
    const LocalReparameterisation pass(network);
    LocalReparameterisation::Workspace work;
    pass.draw_noise(stream, x.columns.cols(), work);
    std::vector<Matrix> draws;
    for (const auto& layer : work.layers) draws.push_back(layer.noise.leftCols(kRows).cast<double>());
    // Twice, so that the second pass works in used storage.
    VectorF by_mean(count), by_log_stddev(count);
    MatrixF output_gradient;
    Matrix numbers;
    MatrixF out;
    for (int repeat = 0; repeat < 2; ++repeat) {
      out = pass.forward(mean, log_stddev.array().exp().matrix(), x, work);
      if (repeat == 0) numbers = stream.normals(network.outputs() * kRows).reshaped(network.outputs(), kRows);
      output_gradient = MatrixF::Zero(out.rows(), out.cols());
      output_gradient.topLeftCorner(network.outputs(), kRows) = numbers.cast<float>();
      pass.backward(output_gradient, work, by_mean, by_log_stddev);
    }
    const Vector exact_mean = mean.cast<double>(), exact_log = log_stddev.cast<double>();
    const Matrix wanted = written_down(network, exact_mean, exact_log, draws, rows);
    CAPTURE(k);
    REQUIRE((out.topLeftCorner(network.outputs(), kRows).cast<double>() - wanted).cwiseAbs().maxCoeff() < 1e-4);

    int switched = 0;
    for (Index j = 0; j < 2 * count; ++j) {
      constexpr double kStep = 1e-5;
      const auto at = [&](double step) {
        Vector m = exact_mean, s = exact_log;
        (j < count ? m(j) : s(j - count)) += step;
        return written_down(network, m, s, draws, rows);
      };
      const Matrix above = at(kStep), below = at(-kStep);
      if ((above - 2 * wanted + below).cwiseAbs().maxCoeff() > 1e-8) {  // a ReLU switched in between
        ++switched;
        continue;
      }
      const double slope = ((above - below) / (2 * kStep)).cwiseProduct(numbers).sum();
      CAPTURE(j);
      CHECK((j < count ? by_mean(j) : by_log_stddev(j - count)) == Approx(slope).epsilon(1e-3).margin(2e-4));
    }
    CHECK(switched <= count / 25);
  }
}

constexpr int kDraws = 20000;

/// Of 5 outputs at 4 rows, over draws.
struct Moments {
  Matrix sum = Matrix::Zero(5, 4), squares = sum;
  Vector products = Vector::Zero(5);  // of rows 0 and 1
  void add(const MatrixF& out) {
    const Matrix z = out.topLeftCorner(5, 4).cast<double>();
    sum += z;
    squares += z.cwiseAbs2();
    products += z.col(0).cwiseProduct(z.col(1));
  }
  Matrix mean() const { return sum / kDraws; }
  Matrix variance() const { return squares / kDraws - mean().cwiseAbs2(); }
  Vector covariance() const { return products / kDraws - mean().col(0).cwiseProduct(mean().col(1)); }
};

TEST_CASE("local reparameterisation: pre-activations have the moments that drawn weights give them", "[models]") {
  const Network network({3, {}, 5, Activation::relu, true});
  Stream stream(60);
  const Index count = network.parameter_count(), rows = 4;
  const VectorF mean = stream.normals(count).cast<float>();
  const VectorF stddev = (0.7 * stream.normals(count)).array().exp().matrix().cast<float>();
  const NetworkInputs x = network_inputs(stream.normals(rows * 3).reshaped(rows, 3));
  const LocalReparameterisation pass(network);
  LocalReparameterisation::Workspace work;
  Network::Workspace plain;
  Moments local, drawn;
  VectorF noise(count);
  for (int s = 0; s < kDraws; ++s) {
    pass.draw_noise(stream, x.columns.cols(), work);
    local.add(pass.forward(mean, stddev, x, work));
    stream.fill_normals(noise);
    drawn.add(network.forward(mean + stddev.cwiseProduct(noise), x, plain));
  }
  // Standard errors of a difference: sqrt(2 v / s) of a mean, sqrt(4 v^2 / s) of a variance. 20 of each: 4 of them.
  for (Index o = 0; o < 5; ++o) {
    for (Index i = 0; i < rows; ++i) {
      const double v = drawn.variance()(o, i);
      CHECK(local.mean()(o, i) == Approx(drawn.mean()(o, i)).epsilon(0).margin(4 * std::sqrt(2 * v / kDraws)));
      CHECK(local.variance()(o, i) == Approx(v).epsilon(4 * std::sqrt(4.0 / kDraws)));
    }
    // Rows share drawn weights, but not local draws.
    const double scale = std::sqrt(drawn.variance()(o, 0) * drawn.variance()(o, 1));
    CHECK(std::abs(local.covariance()(o)) < 4 * scale / std::sqrt(kDraws));
    CHECK(std::abs(drawn.covariance()(o)) > 8 * scale / std::sqrt(kDraws));
  }
}

TEST_CASE("local reparameterisation: weights without spread are Network's pass", "[models]") {
  const Network network({2, {12, 12}, 1, Activation::relu, true, true});
  Stream stream(61);
  const VectorF mean = network.initial_parameters(stream), none = VectorF::Zero(mean.size());
  const NetworkInputs x = network_inputs(stream.normals(10).reshaped(5, 2));
  const LocalReparameterisation pass(network);
  LocalReparameterisation::Workspace work;
  Network::Workspace plain;
  pass.draw_noise(stream, x.columns.cols(), work);
  CHECK(pass.forward(mean, none, x, work).row(0) == network.forward(mean, x, plain).row(0));
  VectorF by_mean(mean.size()), by_log_stddev(mean.size()), gradient(mean.size());
  pass.backward(Network::output_unit(plain, 0), work, by_mean, by_log_stddev);
  network.backward(Network::output_unit(plain, 0), plain, gradient);
  CHECK((by_mean - gradient).cwiseAbs().maxCoeff() < 1e-5f);
  CHECK(by_log_stddev.isZero(0));  // and no number that is none
}

}  // namespace
}  // namespace predcorr::models
