// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/pruning/remainder.hpp"

#include "models/bnn/pruning/pruning_scores.hpp"
#include "tests/models/bnn/pruning/small_networks.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/refusal.hpp"

namespace predcorr::models {
namespace {

/// Of every layer a share of the weights, and a unit or two that nothing leads to.
std::vector<char> holes(const Network& network, double share, std::uint64_t seed) {
  Stream stream(seed);
  std::vector<char> left(static_cast<std::size_t>(network.layout_count()), 1);
  for (const WeightBlock& block : network.weight_blocks())
    for (Index i = 0; i < block.outputs * block.weight_columns(); ++i) {
      const bool dead = block.outputs > 2 && i % block.outputs == block.outputs / 2;
      left[static_cast<std::size_t>(block.at + i)] = stream.uniform() < share && !dead ? 1 : 0;
    }
  return left;
}

struct BothPasses {
  MatrixF outputs;
  VectorF gradient;
};

/// Outputs, and the gradient of the sum of their squares.
BothPasses both_passes(const Network& network, const VectorF& parameters, const Matrix& rows, Pass pass) {
  Network::Workspace work;
  const NetworkInputs inputs = network.inputs_of(rows);
  const MatrixF outputs = network.forward(parameters, inputs, work, pass);
  VectorF gradient(network.parameter_count());
  network.backward(outputs, work, gradient);
  return {outputs.topLeftCorner(network.outputs(), inputs.count), gradient};
}

std::vector<test::SmallNetwork> networks() {
  std::vector<test::SmallNetwork> all = test::small_networks();
  for (const char* name : {R"("vgg-8")", R"("resnet-8")", R"("mobile-8")"}) all.push_back({name, name});
  return all;
}

TEST_CASE("remainder: the small network is the whole one with zeros, there and back", "[models]") {
  const TrainingData data = test::small_images(8);
  for (const test::SmallNetwork& c : networks())
    for (const bool scaled : {false, true})
      for (const Pass pass : {Pass::training, Pass::evaluation}) {
        CAPTURE(c.what, scaled, pass);
        const Network whole = test::network_of(c, data, 2, scaled);
        Stream stream(5);
        const VectorF first = whole.initial_parameters(stream);
        const Remainder remainder = remainder_of(whole, holes(whole, 0.4, 7));
        const Network& small = remainder.network;
        CHECK(small.is_masked());
        REQUIRE(std::ssize(remainder.places) == small.parameter_count());
        if (c.what != "grouped") {  // channels of other groups than one or all stay
          CHECK(small.layout_count() < whole.layout_count());
          CHECK(small.operations() < whole.operations());
        }
        const VectorF of_small = remainder.of(first);
        VectorF of_whole = VectorF::Zero(first.size());
        of_whole(remainder.places) = of_small;
        const BothPasses wanted = both_passes(whole, of_whole, data.inputs, pass);
        const BothPasses got = both_passes(small, of_small, data.inputs, pass);
        CHECK((got.outputs - wanted.outputs).norm() <= 1e-5f * wanted.outputs.norm());
        const VectorF gradient = wanted.gradient(remainder.places);
        CHECK((got.gradient - gradient).norm() <= 1e-4f * gradient.norm());
        CHECK(got.outputs.norm() > 0);
      }
}

TEST_CASE("remainder: Jacobians, decay and statistics are those of what is left", "[models]") {
  const TrainingData data = test::small_images();
  for (const test::SmallNetwork& c : test::small_networks()) {
    CAPTURE(c.what);
    const Network whole = test::network_of(c, data, 1);
    Stream stream(5);
    const Remainder remainder = remainder_of(whole, holes(whole, 0.7, 7));
    const Network& small = remainder.network;
    const VectorF of_small = remainder.of(whole.initial_parameters(stream));
    VectorF of_whole = VectorF::Zero(whole.layout_count());
    of_whole(remainder.places) = of_small;
    const auto jacobian = [&](const Network& network, const VectorF& parameters) {
      Network::Workspace work;
      const NetworkInputs inputs = network.inputs_of(data.inputs);
      network.forward(parameters, inputs, work);
      MatrixF all;
      network.jacobian(0, work, all);
      return all;
    };
    const MatrixF wanted = jacobian(whole, of_whole)(remainder.places, Eigen::all);
    CHECK((jacobian(small, of_small) - wanted).norm() <= 1e-4f * wanted.norm());
    // The statistics move as the whole's do.
    Network::Workspace work, work_whole;
    VectorF moved = of_small, moved_whole = of_whole;
    const NetworkInputs inputs = small.inputs_of(data.inputs), inputs_whole = whole.inputs_of(data.inputs);
    small.forward(of_small, inputs, work, Pass::training);
    whole.forward(of_whole, inputs_whole, work_whole, Pass::training);
    small.update_statistics(work, moved);
    whole.update_statistics(work_whole, moved_whole);
    CHECK((moved - remainder.of(moved_whole)).norm() <= 1e-5f * moved.norm());
    VectorF decay = VectorF::Zero(of_small.size());
    small.add_decay(0.5f, of_small, decay);
    CHECK(decay.tail(decay.size() - small.statistic_count()) ==
          0.5f * of_small.tail(decay.size() - small.statistic_count()));
    CHECK(decay.head(small.statistic_count()).isZero(0));
  }
}

TEST_CASE(
    "remainder: units that nothing leads to go, and so do those that lead to nothing, back to the table's columns",
    "[models]") {
  const Network whole({3, {4, 4}, 1});
  std::vector<char> left(static_cast<std::size_t>(whole.layout_count()), 1);
  const auto gone = [&](std::size_t layer, Index output, Index input) {
    const Network::Layer& l = whole.layers()[layer];
    left[static_cast<std::size_t>(l.at + input * l.outputs + output)] = 0;
  };
  for (Index i = 0; i < 4; ++i) gone(1, 2, i);  // of unit 2 of the second layer nothing is read
  for (Index o = 0; o < 4; ++o) gone(1, o, 1);  // nobody reads unit 1 of the first layer,
  for (Index o = 0; o < 4; ++o)
    if (o != 1) gone(0, o, 0);  // which alone reads the first column
  const Remainder remainder = remainder_of(whole, left);
  CHECK(remainder.network.layers()[0].outputs == 3);
  CHECK(remainder.network.layers()[1].outputs == 3);
  CHECK(remainder.network.columns() == Rows{1, 2});
  CHECK_FALSE(remainder.network.is_masked());  // what is left has no holes
  CHECK(remainder.network.parameter_count() == 3 * 3 + 3 * 4 + 4);
  CHECK(remainder.network.operations() == 2 * (3 * 2 + 3 * 3 + 3));
  CHECK(whole.operations() == 2 * (4 * 3 + 4 * 4 + 4));
  // Of the remainder's, once more: columns are those of the table.
  std::vector<char> less(static_cast<std::size_t>(remainder.network.layout_count()), 1);
  less[0] = less[1] = less[2] = 0;
  CHECK(remainder_of(remainder.network, less).network.columns() == Rows{2});
}

TEST_CASE("remainder: nothing gone leaves the network as it is", "[models]") {
  const TrainingData data = test::small_images(8);
  for (const test::SmallNetwork& c : networks()) {
    CAPTURE(c.what);
    const Network whole = test::network_of(c, data, 1);
    const Remainder all = remainder_of(whole, std::vector<char>(static_cast<std::size_t>(whole.layout_count()), 1));
    CHECK_FALSE(all.network.is_masked());
    CHECK(all.network.layout_count() == whole.layout_count());
    Stream a(1), b(1);
    CHECK(all.network.initial_parameters(a) == whole.initial_parameters(b));
  }
}

TEST_CASE("remainder: a layer that would vanish is named, and a mask of another network refused", "[models]") {
  const TrainingData data = test::small_images();
  const auto without = [&](std::size_t network, std::size_t block) {
    const Network whole = test::network_of(test::small_networks().at(network), data, 1);
    std::vector<char> left(static_cast<std::size_t>(whole.layout_count()), 1);
    const std::vector<std::vector<Index>> places = weight_places(whole);
    for (const Index i : places.at(block)) left[static_cast<std::size_t>(i)] = 0;
    return test::refusal_of([&] { remainder_of(whole, left); });
  };
  CHECK(without(0, 1).find("config: pruning: no weight would be left of the fully connected layer 2; lower sparsity") ==
        0);
  CHECK(without(0, 3).find("no weight would be left of the output layer") != std::string::npos);
  CHECK(without(4, 0).find("no weight would be left of the convolution 3x3") != std::string::npos);
  const Network chain({2, {2, 2}, 1});
  std::vector<char> left(static_cast<std::size_t>(chain.layout_count()), 1);
  // The first layer feeds unit 0 only, the second reads unit 1 only.
  const Network::Layer &first = chain.layers()[0], &second = chain.layers()[1];
  for (Index i = 0; i < 2; ++i) left[static_cast<std::size_t>(first.at + i * 2 + 1)] = 0;
  for (Index o = 0; o < 2; ++o) left[static_cast<std::size_t>(second.at + o)] = 0;
  CHECK(test::refusal_of([&] { remainder_of(chain, left); }).find("no weight leads through it") != std::string::npos);
  CHECK(test::refusal_of([&] {
          remainder_of(chain, std::vector<char>(5, 1));
        }).find("a mask of 5 numbers does not fit a network of 15") != std::string::npos);
}

}  // namespace
}  // namespace predcorr::models
