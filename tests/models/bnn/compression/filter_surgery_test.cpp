// SPDX-License-Identifier: Apache-2.0
#include <Eigen/Cholesky>

#include "models/bnn/compression/surgery.hpp"
#include "tests/models/bnn/compression/small_fits.hpp"
#include "tests/models/bnn/pruning/small_networks.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/refusal.hpp"

namespace predcorr::models {
namespace {

using Criterion = CompressionCriterion;

std::vector<Part> parts(std::size_t group, const Rows& which) {
  std::vector<Part> all;
  for (const Index part : which) all.push_back({group, part, 0});
  return all;
}

/// The change with least loss of a layer's weights in which the filters `gone` become zero.
Matrix best_change(const test::KnownFisher& known, std::size_t layer, const Rows& gone, const Rows& stay) {
  const Matrix w = known.weights(layer), &s = known.fisher.blocks[layer].deltas;
  Matrix change = Matrix::Zero(w.rows(), w.cols());
  change(gone, Eigen::all) = -w(gone, Eigen::all);
  const Matrix corrections = Matrix(s(stay, stay)).llt().solve(Matrix(s(stay, gone) * w(gone, Eigen::all)));
  change(stay, Eigen::all) = corrections;
  return change;
}

TEST_CASE("kron-obd: a filter's score is what the loss goes up by without it", "[models]") {
  const test::KnownFisher known({7, {9, 6}, 1});
  const auto surgery = filter_surgery(known.fitted, known.fisher, Criterion::kron_obd);
  REQUIRE(surgery->groups().size() == 2);
  for (std::size_t l = 0; l < 2; ++l) {
    const Matrix w = known.weights(l);
    for (Index i = 0; i < w.rows(); ++i) {
      Matrix change = Matrix::Zero(w.rows(), w.cols());
      change.row(i) = -w.row(i);
      CHECK(surgery->groups()[l].scores(i) == Approx(known.loss(l, change)).epsilon(1e-6));
    }
  }
}

TEST_CASE("kron-obs: a filter's score is the least that the loss goes up by, and the others are corrected to it",
          "[models]") {
  const test::KnownFisher known({7, {9, 6}, 1});
  const auto surgery = filter_surgery(known.fitted, known.fisher, Criterion::kron_obs);
  Rows others = consecutive_rows(1, 8);
  CHECK(surgery->groups()[0].scores(0) == Approx(known.loss(0, best_change(known, 0, {0}, others))).epsilon(5e-3));
  const FittedNetwork smaller = surgery->without(parts(0, {0}));
  const Matrix w = known.weights(0);
  CHECK(test::difference(test::KnownFisher::weights_of(smaller, 0),
                         (w + best_change(known, 0, {0}, others))(others, Eigen::all)) < 5e-3);
  // Of several that go together, what is best for all of them.
  const Rows gone = {1, 4, 7}, stay = {0, 2, 3, 5, 6, 8};
  CHECK(test::difference(test::KnownFisher::weights_of(surgery->without(parts(0, gone)), 0),
                         (w + best_change(known, 0, gone, stay))(stay, Eigen::all)) < 5e-3);
}

TEST_CASE("c-obd and c-obs: sums of what the weights of a filter are worth", "[models]") {
  const test::KnownFisher known({7, {9, 6}, 1});
  const auto obd = filter_surgery(known.fitted, known.fisher, Criterion::c_obd);
  const auto obs = filter_surgery(known.fitted, known.fisher, Criterion::c_obs);
  const auto& [a, s] = known.fisher.blocks[1];
  const Matrix w = known.weights(1), a_inverse = a.inverse(), s_inverse = s.inverse();
  Matrix change = Matrix::Zero(6, 10);
  for (Index i = 0; i < 6; ++i) {
    double by_diagonal = 0, by_inverse = 0;
    for (Index j = 0; j < 10; ++j) {
      by_diagonal += 0.5 * w(i, j) * w(i, j) * s(i, i) * a(j, j);
      const double inverse = s_inverse(i, i) * a_inverse(j, j);
      by_inverse += 0.5 * w(i, j) * w(i, j) / inverse;
      if (i == 2) change -= w(i, j) / inverse * s_inverse.col(i) * a_inverse.row(j);  // of this weight alone
    }
    CHECK(obd->groups()[1].scores(i) == Approx(by_diagonal).epsilon(1e-6));
    CHECK(obs->groups()[1].scores(i) == Approx(by_inverse).epsilon(5e-3));
  }
  const Rows stay = {0, 1, 3, 4, 5};
  CHECK(test::difference(test::KnownFisher::weights_of(obs->without(parts(1, {2})), 1),
                         (w + change)(stay, Eigen::all)) < 5e-3);
  CHECK(test::difference(test::KnownFisher::weights_of(obd->without(parts(1, {2})), 1), w(stay, Eigen::all)) == 0);
}

TEST_CASE("kron-obd: where inputs are uncorrelated the published code computes the same", "[models]") {
  test::KnownFisher known({7, {9}, 1});
  const auto scores = [&](Criterion criterion) {
    return filter_surgery(known.fitted, known.fisher, criterion)->groups()[0].scores;
  };
  CHECK(test::difference(scores(Criterion::kron_obd), scores(Criterion::kron_obd_squared)) > 0.05);
  known.fisher.blocks[0].inputs = known.fisher.blocks[0].inputs.diagonal().asDiagonal();
  CHECK(test::difference(scores(Criterion::kron_obd), scores(Criterion::kron_obd_squared)) < 1e-10);
  CHECK(test::difference(scores(Criterion::kron_obs), scores(Criterion::kron_obs_squared)) < 1e-10);
}

/// How many pairs of filters two lists of scores put in the same order, as a share.
double agreement(const Vector& a, const Vector& b) {
  double same = 0, pairs = 0;
  for (Index i = 0; i < a.size(); ++i)
    for (Index j = 0; j < i; ++j, ++pairs) same += (a(i) < a(j)) == (b(i) < b(j)) ? 1 : 0;
  return same / pairs;
}

TEST_CASE(
    "kron-obd: with the full Fisher information at hand, the paper's formula ranks removals better than the code's",
    "[models]") {
  double formula = 0, code = 0;
  constexpr int kNetworks = 10;
  for (std::uint64_t seed = 1; seed <= kNetworks; ++seed) {
    const Network network({6, {12, 12}, 1, Activation::tanh, true});
    Stream stream(seed);
    const FittedNetwork fitted{network, network.initial_parameters(stream)};
    // Inputs that are correlated, as real ones are.
    Matrix rows = stream.normals(60 * 6).reshaped(60, 6);
    rows.rightCols(5).colwise() += 1.5 * Vector(rows.col(0));
    const Batch batch{network.inputs_of(rows), VectorF::Zero(60)};
    const FisherInformation fisher = fisher_information(network, fitted.weights, batch, gaussian_information(1));
    Network::Workspace work;
    network.forward(fitted.weights, batch.inputs, work);
    MatrixF jacobian;
    network.jacobian(0, work, jacobian);
    const auto paper = filter_surgery(fitted, fisher, Criterion::kron_obd);
    const auto published = filter_surgery(fitted, fisher, Criterion::kron_obd_squared);
    for (std::size_t l = 0; l < 2; ++l) {
      const Network::Layer& layer = network.layers()[l];
      Vector exact(layer.outputs);
      for (Index o = 0; o < layer.outputs; ++o) {
        Vector change = Vector::Zero(60);
        for (Index i = 0; i <= layer.inputs; ++i) {
          const Index place = layer.at + i * layer.outputs + o;
          change += static_cast<double>(fitted.weights(place)) * jacobian.row(place).transpose().cast<double>();
        }
        exact(o) = 0.5 * change.squaredNorm() / 60;
      }
      formula += agreement(paper->groups()[l].scores, exact) / (2 * kNetworks);
      code += agreement(published->groups()[l].scores, exact) / (2 * kNetworks);
    }
  }
  CAPTURE(formula, code);
  CHECK(formula > 0.8);
  CHECK(formula > code + 0.03);
}

TEST_CASE("network-slimming: channels go by the scales of batch normalisation behind them", "[models]") {
  const TrainingData data = test::small_images();
  const Network network = test::network_of(test::small_networks().at(5), data, 1);
  Stream stream(5);
  FittedNetwork fitted{network, network.initial_parameters(stream)};
  const std::vector<WeightBlock> blocks = network.weight_blocks();
  // The scales of the first are behind its 6 filters of 9 weights, which have no biases.
  const Index scales = blocks[0].at + 6 * 9;
  fitted.weights.segment(scales, 6) = VectorF{{0.5f, -0.1f, 2, 0.3f, -4, 0.2f}};
  const auto surgery = filter_surgery(fitted, {}, Criterion::network_slimming);
  REQUIRE(surgery->groups().size() == 2);
  CHECK(test::difference(surgery->groups()[0].scores, Vector{{0.5, 0.1, 2, 0.3, 4, 0.2}}) < 1e-6);
  const std::vector<Part> order = removal_order(surgery->groups(), 0.5);
  CHECK(order[0].part == 1);
  CHECK(order[1].part == 5);
  const FittedNetwork smaller = surgery->without({order.data(), 2});
  CHECK(smaller.network.weight_blocks()[0].outputs == 4);
  CHECK(std::ssize(smaller.weights) - smaller.network.statistic_count() == surgery->size_without({order.data(), 2}));
  CHECK(smaller.network.operations() < network.operations());
  const test::KnownFisher dense({7, {9}, 1});
  CHECK(test::refusal_of([&] {
          filter_surgery(dense.fitted, dense.fisher, Criterion::network_slimming);
        }).find("config: compression.criterion: network-slimming goes by the scales of batch norm") == 0);
}

TEST_CASE("filters: what residual sums add up keeps its place, and is not counted twice", "[models]") {
  const TrainingData data = test::small_images();
  const Network network = test::network_of(test::small_networks().at(8), data, 1);
  Stream stream(5);
  const FittedNetwork fitted{network, network.initial_parameters(stream)};
  const auto of = [&](const FittedNetwork& at) {
    return filter_surgery(at, fisher_information(at.network, at.weights, network_data(data), gaussian_information(1)),
                          Criterion::kron_obd);
  };
  const auto surgery = of(fitted);
  const std::vector<Part> gone = removal_order(surgery->groups(), 0.5);
  const FittedNetwork smaller = surgery->without(gone);
  CHECK(smaller.network.is_masked());
  const auto again = of(smaller);
  std::size_t before = 0, after = 0;
  for (const PartGroup& group : surgery->groups()) before += group.parts.size();
  for (const PartGroup& group : again->groups()) after += group.parts.size();
  CHECK(after == before - gone.size());
  CHECK(test::outputs_of(smaller, data.inputs).allFinite());
}

}  // namespace
}  // namespace predcorr::models
