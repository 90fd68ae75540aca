// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/variational/dropout.hpp"

#include <cmath>

#include "models/bnn/arithmetic/lane_products.hpp"
#include "models/bnn/images/description.hpp"
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

/// A convolution, a depthwise one, one of two groups within a residual sum, then fully connected layers.
Network image_network() {
  const NetworkDescription description(Json::parse(R"([
    {"layer": "convolution", "channels": 4}, "batch-norm", "activation",
    {"layer": "convolution", "channels": 4, "groups": 4, "bias": false}, "activation",
    {"layer": "residual", "body": [{"layer": "convolution", "channels": 6, "groups": 2, "stride": 2}],
     "shortcut": [{"layer": "convolution", "channels": 6, "kernel": 1, "stride": 2}]},
    {"layer": "dense", "units": 5}])"));
  Architecture architecture{50, description.dense(), 1, Activation::tanh};
  architecture.images = description.build({5, 5, 2}, Activation::tanh, false);
  return Network(architecture);
}

TEST_CASE("dropout: on images the weights' mask is that of channels", "[models]") {
  const Network network = image_network();
  Stream stream(3);
  const VectorF plain = network.initial_parameters(stream) + VectorF::Constant(network.parameter_count(), 0.01f);
  const NetworkInputs x = network_inputs(Stream(4).normals(4 * 50).reshaped(4, 50));
  for (const bool of_data : {false, true}) {
    const Dropout dropout{0.4, of_data};
    VectorF masked = plain;
    dropout.mask_weights(network, 17, masked);
    Network::Workspace work, unmasked;
    dropout.draw_masks(network, x.columns.cols(), 5, work);  // makes room; then what the weights' factors say
    const std::vector<WeightBlock> blocks = network.weight_blocks();
    const std::vector<ChannelMask> masks = network.channel_masks(work);
    REQUIRE(masks.size() == 4);
    for (std::size_t b = 0; b < blocks.size(); ++b) {
      const WeightBlock& block = blocks[b];
      const auto factor = [&](Index k, Index o) {
        const Index at = block.at + k * block.outputs + o;
        return masked(at) == 0 ? 0.0f : std::round(masked(at) / plain(at) * 0.6f) / 0.6f;  // 0 or 1 / (1 - rate)
      };
      if (block.has_bias)
        CHECK(masked.segment(block.at + block.weight_columns() * block.outputs, block.outputs) ==
              plain.segment(block.at + block.weight_columns() * block.outputs, block.outputs));
      if (b >= masks.size()) {
        MatrixF& mask = work.layers[b - masks.size()].mask;
        for (Index k = 0; k < block.weight_columns(); ++k) mask.row(k).setConstant(factor(k, 0));
        continue;
      }
      CHECK(block.input_channels == masks[b].channels);
      CHECK((masks[b].factors->size() == 0) == (b == 0 && !of_data));
      for (Index o = 0; o < block.outputs; ++o)
        for (Index c = 0; c < block.group_channels; ++c) {
          const Index channel =
              o / (block.outputs / (block.input_channels / block.group_channels)) * block.group_channels + c;
          for (Index k = c; k < block.weight_columns(); k += block.group_channels)
            CHECK(factor(k, o) == factor(c, o));  // the same at every place of the window
          if (masks[b].factors->size() > 0) masks[b].factors->row(channel).setConstant(factor(c, o));
        }
    }
    const MatrixF by_mask = network.forward(plain, x, work), by_weights = network.forward(masked, x, unmasked);
    CHECK((by_mask - by_weights).cwiseAbs().maxCoeff() < 1e-5f);
    CHECK((by_mask - network.forward(plain, x, unmasked)).cwiseAbs().maxCoeff() > 1e-2f);
  }
}

TEST_CASE("dropout: on images gradients go through the masks", "[models]") {
  const Network network = image_network();
  Stream stream(3);
  VectorF parameters = network.initial_parameters(stream);
  const NetworkInputs x = network_inputs(Stream(4).normals(4 * 50).reshaped(4, 50));
  Network::Workspace work;
  Dropout{0.4}.draw_masks(network, x.columns.cols(), 5, work);
  MatrixF by_output = MatrixF::Zero(padded_rows(1), x.columns.cols());
  by_output.row(0).head(4).setConstant(1);
  VectorF gradient(parameters.size());
  network.forward(parameters, x, work, Pass::training);
  network.backward(by_output, work, gradient);
  for (const WeightBlock& block : network.weight_blocks()) {
    VectorF direction = VectorF::Zero(parameters.size());
    direction.segment(block.at, block.size()) = Stream(9).normals(block.size()).cast<float>().normalized();
    constexpr float kStep = 3e-3f;
    const auto loss = [&](const VectorF& at) {
      return network.forward(at, x, work, Pass::training).row(0).head(4).cast<double>().sum();
    };
    const double slope = (loss(parameters + kStep * direction) - loss(parameters - kStep * direction)) / (2 * 3e-3);
    CHECK(static_cast<double>(gradient.dot(direction)) == Approx(slope).epsilon(1e-2).margin(5e-3));
  }
}

}  // namespace
}  // namespace predcorr::models
