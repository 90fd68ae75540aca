// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/infinite_width/ntk.hpp"

#include <Eigen/Eigenvalues>
#include <cmath>

#include "core/kernels/kernel.hpp"
#include "models/bnn/engine/network.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

Matrix points(Index n, Index d, std::uint64_t seed = 4) { return Stream(seed).normals(n * d).reshaped(n, d); }

TEST_CASE("ntk: one hidden layer by angles", "[models]") {
  const double w0 = 1.5, w1 = 0.8, b0 = 0.3, b1 = 0.2, pi = std::acos(-1.0);
  const Matrix x = points(5, 3), z = points(4, 3, 5);
  const auto relu = NeuralTangent(KernelActivation::relu, Vector{{w0, w1}}, Vector{{b0, b1}}).cross(x, z);
  const auto erf = NeuralTangent(KernelActivation::erf, Vector{{w0, w1}}, Vector{{b0, b1}}).cross(x, z);
  for (Index i = 0; i < 5; ++i)
    for (Index j = 0; j < 4; ++j) {
      const double k = b0 + w0 * x.row(i).dot(z.row(j)) / 3;
      const double a = b0 + w0 * x.row(i).squaredNorm() / 3, b = b0 + w0 * z.row(j).squaredNorm() / 3;
      const double t = std::acos(k / std::sqrt(a * b));
      const double function = b1 + w1 * std::sqrt(a * b) * (std::sin(t) + (pi - t) * std::cos(t)) / (2 * pi);
      CHECK(relu.function(i, j) == test::close(function));
      CHECK(relu.tangent(i, j) == test::close(function + w1 * (pi - t) / (2 * pi) * k));
      const double root = std::sqrt((1 + 2 * a) * (1 + 2 * b));
      const double level = b1 + w1 * 2 / pi * std::asin(2 * k / root);
      CHECK(erf.function(i, j) == test::close(level));
      CHECK(erf.tangent(i, j) == test::close(level + w1 * 4 / pi / std::sqrt(root * root - 4 * k * k) * k));
    }
}

TEST_CASE("ntk: on the diagonal a ReLU layer halves both", "[models]") {
  // K_1 = b + w K_0 / 2 and T_1 = K_1 + w T_0 / 2, from E[relu(u)^2] = var / 2 and E[relu'(u)^2] = 1/2.
  const Matrix x = points(3, 2);
  const auto k = NeuralTangent(KernelActivation::relu, Vector{{1, 2, 3}}, Vector{{0.1, 0.2, 0.3}}).gram(x);
  for (Index i = 0; i < 3; ++i) {
    const double k0 = 0.1 + x.row(i).squaredNorm() / 2, k1 = 0.2 + k0, k2 = 0.3 + 1.5 * k1, t1 = k1 + k0;
    CHECK(k.function(i, i) == test::close(k2));
    CHECK(k.tangent(i, i) == test::close(k2 + 1.5 * t1));
  }
}

TEST_CASE("ntk: functions have the network kernel's covariance", "[models]") {
  const Matrix x = points(6, 3), z = points(110, 3, 5);  // more than one tile
  const std::vector<double> w = {1.2, 2, 1.5}, b = {0.3, 0.1, 0.2};
  const Vector wv = Eigen::Map<const Vector>(w.data(), 3), bv = Eigen::Map<const Vector>(b.data(), 3);
  for (const KernelActivation activation : {KernelActivation::relu, KernelActivation::erf}) {
    const std::string name = word_of(activation) + "-network";
    INFO(name);
    const KernelPtr kernel = read_kernel({{name, {{"weight_variance", w}, {"bias_variance", b}}}});
    const NeuralTangent network(activation, wv, bv);
    CHECK(test::difference(network.cross(x, z).function, kernel->cross(x, z)) < 1e-13);
    const NeuralTangent::Covariances gram = network.gram(z), cross = network.cross(z, z);
    CHECK(test::difference(gram.function, cross.function) < 1e-9);  // 1e-10 at equal points is the kernel's own
    CHECK(test::difference(gram.tangent, cross.tangent) < 1e-7);    // where an angle near 0 is rounded
    CHECK(gram.tangent == gram.tangent.transpose());
  }
}

TEST_CASE("ntk: the limit of Jacobians of wide networks", "[models]") {
  // Pre-activations scaled by 1 / sqrt(fan-in + 1) and unit variances: w_0 = d / (d + 1), b_0 = 1 / (d + 1), and with n
  // for d in the layers behind.
  constexpr Index d = 3, width = 200;
  const double fan = d, n = width;
  const Matrix x = points(3, d);
  const NetworkInputs inputs = network_inputs(x);
  const Vector w{{fan / (fan + 1), n / (n + 1), n / (n + 1)}}, b{{1 / (fan + 1), 1 / (n + 1), 1 / (n + 1)}};
  for (const KernelActivation activation : {KernelActivation::relu, KernelActivation::erf}) {
    CAPTURE(activation == KernelActivation::relu);
    const Activation units = activation == KernelActivation::relu ? Activation::relu : Activation::erf;
    const Network network({d, {static_cast<int>(width), static_cast<int>(width)}, 1, units, true});
    const Matrix expected = NeuralTangent(activation, w, b).gram(x).tangent;
    constexpr int kStarts = 200;
    Matrix sum = Matrix::Zero(3, 3), squares = sum;
    Network::Workspace work;
    MatrixF jacobian;
    VectorF parameters(network.parameter_count());
    for (int s = 0; s < kStarts; ++s) {
      Stream(8).fork("start", static_cast<std::uint64_t>(s)).fill_normals(parameters);
      network.forward(parameters, inputs, work);
      network.jacobian(0, work, jacobian);
      const Matrix gram = (jacobian.transpose() * jacobian).cast<double>();
      sum += gram;
      squares += gram.cwiseAbs2();
    }
    const Matrix mean = sum / kStarts;
    const Matrix error = ((squares / kStarts - mean.cwiseAbs2()) / kStarts).cwiseSqrt();
    for (Index i = 0; i < 9; ++i) {
      // Four standard errors, and the bias of a finite width, of order 1 / n.
      CHECK(std::abs(mean(i) - expected(i)) < 4 * error(i) + 2 * expected.maxCoeff() / n);
      CHECK(error(i) < 0.02 * expected.maxCoeff());
    }
  }
}

TEST_CASE("ntk: tangent kernels are positive semi-definite, equal points included", "[models]") {
  Matrix x = points(40, 2);
  x.bottomRows(20) = x.topRows(20).eval();
  for (const KernelActivation activation : {KernelActivation::relu, KernelActivation::erf})
    for (const Index layers : {2, 5}) {
      CAPTURE(activation == KernelActivation::relu, layers);
      const auto k = NeuralTangent(activation, Vector::Constant(layers, 2), Vector::Constant(layers, 0.5)).gram(x);
      for (const Matrix& m : {k.function, k.tangent, Matrix(k.tangent - k.function)}) {
        const Vector eigenvalues = Eigen::SelfAdjointEigenSolver<Matrix>(m, Eigen::EigenvaluesOnly).eigenvalues();
        CHECK(eigenvalues.minCoeff() > -1e-9 * eigenvalues.maxCoeff());
      }
    }
}

TEST_CASE("ntk: sizes that do not fit are refused", "[models]") {
  CHECK(test::missing(test::error_of([] { NeuralTangent(KernelActivation::relu, Vector::Ones(3), Vector::Ones(2)); }),
                      {"shape: ", "got 3 and 2"}) == "");
  CHECK(test::missing(test::error_of([] {
                        NeuralTangent(KernelActivation::relu, Vector::Ones(2), Vector::Ones(2))
                            .cross(Matrix::Zero(2, 3), Matrix::Zero(2, 2));
                      }),
                      {"shape: ", "3 and 2 inputs"}) == "");
}

}  // namespace
}  // namespace predcorr::models
