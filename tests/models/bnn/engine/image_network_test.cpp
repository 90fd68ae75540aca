// SPDX-License-Identifier: Apache-2.0
// Networks that begin with layers on images; models/bnn/engine/network.cpp.
#include "models/bnn/engine/network.hpp"
#include "models/bnn/images/batch_norm.hpp"
#include "models/bnn/images/description.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

constexpr ImageShape kImage = {6, 5, 2};

Architecture architecture(bool scaled, Index outputs = 1) {
  const Json list = Json::parse(R"([
    {"layer": "convolution", "channels": 5}, "batch-norm", "activation",
    {"layer": "residual", "body": [{"layer": "convolution", "channels": 6, "stride": 2}],
     "shortcut": [{"layer": "convolution", "channels": 6, "kernel": 1, "stride": 2, "bias": false}]},
    {"layer": "convolution", "channels": 6, "groups": 6}, {"layer": "dense", "units": 7}])");
  const NetworkDescription description(list);
  Architecture made{kImage.size(), description.dense(), outputs, Activation::tanh, scaled};
  made.images = description.build(kImage, Activation::tanh, scaled);
  return made;
}

struct Example {
  explicit Example(bool scaled, Index outputs = 1) : network(architecture(scaled, outputs)) {
    Stream stream(4);
    parameters = network.initial_parameters(stream);
    parameters.tail(parameters.size() - network.statistic_count()) +=
        0.2f * stream.normals(parameters.size() - network.statistic_count()).cast<float>();
    for (Index i = 0; i < network.statistic_count(); ++i) parameters(i) += 0.2f * static_cast<float>(stream.uniform());
  }

  double loss(const VectorF& at, Pass pass, const MatrixF& by_output) {
    return network.forward(at, inputs, work, pass).cwiseProduct(by_output).cast<double>().sum();
  }

  Network network;
  VectorF parameters;
  Matrix rows = Stream(1).normals(7 * kImage.size()).reshaped(7, kImage.size());
  NetworkInputs inputs = network_inputs(rows);
  Network::Workspace work;
};

/// Single precision allows no fine steps: the slope along random directions is held against the gradient.
void check_slopes(Example& e, Pass pass) {
  MatrixF by_output =
      MatrixF::Zero(e.network.forward(e.parameters, e.inputs, e.work, pass).rows(), e.inputs.columns.cols());
  by_output.topLeftCorner(e.network.outputs(), e.inputs.count) = Stream(8)
                                                                     .normals(e.network.outputs() * e.inputs.count)
                                                                     .reshaped(e.network.outputs(), e.inputs.count)
                                                                     .cast<float>();
  VectorF gradient(e.parameters.size());
  e.network.backward(by_output, e.work, gradient);
  CHECK(gradient.head(e.network.statistic_count()).isZero(0));
  for (const WeightBlock& block : e.network.weight_blocks()) {
    VectorF direction = VectorF::Zero(gradient.size());
    direction.segment(block.at, block.size()) = Stream(9).normals(block.size()).cast<float>().normalized();
    constexpr float kStep = 3e-3f;
    const double slope = (e.loss(e.parameters + kStep * direction, pass, by_output) -
                          e.loss(e.parameters - kStep * direction, pass, by_output)) /
                         (2 * static_cast<double>(kStep));
    CHECK(static_cast<double>(gradient.dot(direction)) == Approx(slope).epsilon(5e-3).margin(5e-3));
  }
}

TEST_CASE("image network: gradients are the loss's slopes", "[models]") {
  for (const bool scaled : {false, true})
    for (const Index outputs : {Index{1}, Index{2}, Index{9}})
      for (const Pass pass : {Pass::training, Pass::evaluation}) {
        CAPTURE(scaled, outputs, pass == Pass::training);
        Example e(scaled, outputs);
        check_slopes(e, pass);
      }
}

TEST_CASE("image network: every weight belongs to one block, batch normalisation to none", "[models]") {
  const Example e(true);
  std::vector<int> seen(static_cast<std::size_t>(e.parameters.size()), 0);
  for (const WeightBlock& block : e.network.weight_blocks())
    for (Index i = block.at; i < block.at + block.size(); ++i) ++seen[static_cast<std::size_t>(i)];
  const auto once = std::count(seen.begin(), seen.end(), 1), never = std::count(seen.begin(), seen.end(), 0);
  CHECK(never == 2 * 2 * 5);  // gamma, beta, mean and variance of five channels
  CHECK(once + never == e.parameters.size());
  CHECK(e.network.weight_blocks().size() == 6);
}

TEST_CASE("image network: the Jacobian has each image's gradient", "[models]") {
  Example e(true, 2);
  e.network.forward(e.parameters, e.inputs, e.work);
  MatrixF jacobian;
  std::map<const ImageLayer*, ConvolutionSums> sums;
  e.network.jacobian(1, e.work, jacobian, &sums);
  REQUIRE(jacobian.cols() == 7);
  for (Index i = 0; i < 7; ++i) {
    MatrixF by_output = MatrixF::Zero(e.work.outputs.rows(), e.work.outputs.cols());
    by_output(1, i) = 1;
    VectorF gradient(e.parameters.size());
    e.network.forward(e.parameters, e.inputs, e.work);
    e.network.backward(by_output, e.work, gradient);
    CHECK((jacobian.col(i) - gradient).cwiseAbs().maxCoeff() < 1e-5f);
  }
  // The sums' traces: a convolution without grouped channels has them, and they are squares.
  CHECK(sums.size() == 3);
  for (const auto& [layer, sum] : sums) {
    CHECK(sum.inputs.trace() > 0);
    CHECK(sum.deltas.isApprox(sum.deltas.transpose(), 1e-12));
  }
}

/// Where one pixel is left, a convolution is a fully connected layer, and its Kronecker factors are that layer's.
TEST_CASE("image network: sums of a convolution with one pixel are exact", "[models]") {
  const NetworkDescription description(
      Json::parse(R"([{"layer": "convolution", "channels": 4, "kernel": [3, 2], "padding": 0}])"));
  Architecture shape{6, {}, 1, Activation::tanh, true};
  shape.images = description.build({3, 2, 1}, Activation::tanh, true);
  const Network network(shape);
  Stream stream(2);
  const VectorF parameters = network.initial_parameters(stream);
  const NetworkInputs inputs = network_inputs(Stream(3).normals(6).reshaped(1, 6));
  Network::Workspace work;
  network.forward(parameters, inputs, work);
  MatrixF jacobian;
  std::map<const ImageLayer*, ConvolutionSums> sums;
  network.jacobian(0, work, jacobian, &sums);
  const WeightBlock block = network.weight_blocks().front();
  const Matrix m = Eigen::Map<const MatrixF>(&jacobian(block.at, 0), block.outputs, block.columns).cast<double>();
  const ConvolutionSums& sum = sums.at(block.layer);
  // m = d a', so m m' = d d' |a|^2 and m' m = a a' |d|^2.
  CHECK(test::difference(m * m.transpose(), sum.deltas * sum.inputs.trace()) < 1e-5);
  CHECK(test::difference(m.transpose() * m, sum.inputs * sum.deltas.trace()) < 1e-5);
}

TEST_CASE("image network: a prediction of many images is that of each, and decay spares statistics", "[models]") {
  Example e(false);
  const MatrixF all = e.network.forward(e.parameters, e.inputs, e.work);
  const Matrix many = e.rows.replicate(6, 1);  // more than a block of images
  const NetworkInputs more = network_inputs(many);
  Network::Workspace work;
  const MatrixF& out = e.network.forward(e.parameters, more, work, Pass::prediction);
  for (Index i = 0; i < many.rows(); ++i) CHECK(out(0, i) == all(0, i % 7));

  VectorF gradient = VectorF::Zero(e.parameters.size());
  e.network.add_decay(2, e.parameters, gradient);
  const Index s = e.network.statistic_count();
  CHECK(gradient.head(s).isZero(0));
  CHECK(gradient.tail(gradient.size() - s) == 2 * e.parameters.tail(gradient.size() - s));
}

TEST_CASE("image network: running statistics follow the batches of training", "[models]") {
  Example e(false);
  const VectorF before = e.parameters;
  e.network.forward(e.parameters, e.inputs, e.work, Pass::training);
  e.network.update_statistics(e.work, e.parameters);
  const Index s = e.network.statistic_count();
  CHECK((e.parameters.head(s) - before.head(s)).cwiseAbs().minCoeff() > 0);
  CHECK(e.parameters.tail(before.size() - s) == before.tail(before.size() - s));
  // After many steps with the same batch evaluation gives what training gives, but for n / (n - 1).
  for (int i = 0; i < 200; ++i) {
    e.network.forward(e.parameters, e.inputs, e.work, Pass::training);
    e.network.update_statistics(e.work, e.parameters);
  }
  const MatrixF trained = e.network.forward(e.parameters, e.inputs, e.work, Pass::training);
  const MatrixF evaluated = e.network.forward(e.parameters, e.inputs, e.work, Pass::evaluation);
  CHECK((trained - evaluated).cwiseAbs().maxCoeff() < 0.02f);
  CHECK((trained - evaluated).cwiseAbs().maxCoeff() > 0);
}

}  // namespace
}  // namespace predcorr::models
