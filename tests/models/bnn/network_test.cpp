// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/network.hpp"

#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

TEST_CASE("network: NumPy's forward pass", "[models]") {
  const Json expected = test::reference("model_reference.json").at("network");
  const MatrixF x = test::matrix(expected.at("x")).transpose().cast<float>();
  const VectorF parameters = test::vector(expected.at("parameters")).cast<float>();
  for (const bool scaled : {false, true}) {
    const Network network(expected.at("inputs").get<Index>(), expected.at("hidden").get<std::vector<int>>(),
                          expected.at("outputs").get<Index>(), scaled);
    REQUIRE(network.parameter_count() == parameters.size());
    Network::Workspace work;
    const MatrixF& out = network.forward(parameters, x, work);
    const Matrix wanted = test::matrix(expected.at(scaled ? "fan_in_scaled" : "plain"));
    REQUIRE(out.rows() == wanted.cols());
    REQUIRE(out.cols() == wanted.rows());
    // Floats: sums of some twenty products, each rounded to 6e-8.
    for (Index i = 0; i < wanted.rows(); ++i)
      for (Index o = 0; o < wanted.cols(); ++o) CHECK(out(o, i) == Approx(wanted(i, o)).epsilon(1e-5).margin(1e-5));
  }
}

/// Loss = sum of outputs times fixed numbers, in double: its gradient with respect to the outputs is those numbers.
double loss_at(const Network& network, const VectorF& parameters, const MatrixF& x, const MatrixF& numbers) {
  Network::Workspace work;
  return network.forward(parameters, x, work).cast<double>().cwiseProduct(numbers.cast<double>()).sum();
}

TEST_CASE("network: gradient against central differences", "[models]") {
  const bool scaled = GENERATE(false, true);
  const std::vector<int> hidden = GENERATE(std::vector<int>{}, std::vector<int>{6}, std::vector<int>{5, 4});
  const Network network(3, hidden, 2, scaled);
  Stream stream(5);
  const VectorF parameters = stream.normals(network.parameter_count()).cast<float>();
  const MatrixF x = stream.normals(3 * 7).reshaped(3, 7).cast<float>();
  const MatrixF numbers = stream.normals(2 * 7).reshaped(2, 7).cast<float>();
  Network::Workspace work;
  network.forward(parameters, x, work);
  VectorF gradient(network.parameter_count());
  network.backward(parameters, numbers, work, gradient);
  // In each parameter the network is piecewise linear: a step of 2^-8 is exact up to rounding, 1e-6 * 2^8, unless a
  // unit switches in between; a few may.
  int switched = 0;
  for (Index j = 0; j < gradient.size(); ++j) {
    const VectorF step = 0.00390625f * VectorF::Unit(gradient.size(), j);
    const double up = loss_at(network, parameters + step, x, numbers);
    const double down = loss_at(network, parameters - step, x, numbers);
    const double here = loss_at(network, parameters, x, numbers);
    if (std::abs(up - 2 * here + down) > 1e-4) {
      ++switched;
      continue;
    }
    CAPTURE(scaled, hidden.size(), j);
    CHECK(gradient(j) == Approx((up - down) / 0.0078125).epsilon(2e-3).margin(5e-3));
  }
  CHECK(switched <= gradient.size() / 8);
}

TEST_CASE("network: a workspace may be used again with another batch", "[models]") {
  const Network network(2, {8}, 1, true);
  Stream stream(6);
  const VectorF parameters = network.initial_parameters(stream);
  const MatrixF a = MatrixF::Random(2, 9), b = MatrixF::Random(2, 4), ones = MatrixF::Ones(1, 4);
  Network::Workspace used, fresh;
  network.forward(parameters, a, used);
  CHECK(network.forward(parameters, b, used) == network.forward(parameters, b, fresh));
  VectorF first(parameters.size()), second(parameters.size());
  network.backward(parameters, ones, used, first);
  network.backward(parameters, ones, fresh, second);
  CHECK(first == second);
}

TEST_CASE("network: initial weights have the variances that are promised", "[models]") {
  Stream stream(7);
  const Network he(50, {200}, 1, false), unit(50, {200}, 1, true);
  const VectorF p = he.initial_parameters(stream), q = unit.initial_parameters(stream);
  REQUIRE(p.size() == 50 * 200 + 200 + 200 + 1);
  // 10000 draws: the variance's standard error is 1.4%.
  CHECK(p.head(10000).squaredNorm() / 10000 == Approx(2.0 / 50).epsilon(0.06));
  CHECK(p.segment(10000, 200).isZero());
  CHECK(p.segment(10200, 200).squaredNorm() / 200 == Approx(2.0 / 200).epsilon(0.4));
  CHECK(p(10400) == 0);
  CHECK(q.squaredNorm() / static_cast<float>(q.size()) == Approx(1).epsilon(0.06));
  CHECK((q.array() != 0).all());
}

TEST_CASE("network: no hidden layer is a linear function", "[models]") {
  const Network network(2, {}, 1, false);
  CHECK(network.parameter_count() == 3);
  CHECK(network.outputs() == 1);
  Network::Workspace work;
  const MatrixF out = network.forward(VectorF{{2, -3, 0.5f}}, MatrixF{{1, 0}, {0, 1}}, work);
  CHECK(out == MatrixF{{2.5f, -2.5f}});
}

}  // namespace
}  // namespace predcorr::models
