// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/engine/int8_dense.hpp"

#include "models/bnn/arithmetic/lane_products.hpp"
#include "models/bnn/engine/network.hpp"
#include "tests/models/bnn/engine/int8_steps.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

MatrixF normals(Index rows, Index columns, std::uint64_t seed) {
  return Stream(seed).normals(rows * columns).cast<float>().reshaped(rows, columns);
}

MatrixF rounded(const std::vector<std::int8_t>& q, float step, Index rows, Index columns) {
  return step * Eigen::Map<const Eigen::Matrix<std::int8_t, -1, -1>>(q.data(), rows, columns).cast<float>();
}

TEST_CASE("int8 dense: products are those of the rounded numbers", "[models]") {
  for (const auto& [inputs, outputs, count] :
       {std::tuple<Index, Index, Index>{5, 7, 9}, {8, 16, 6}, {33, 20, 12}, {1, 2, 1}}) {
    CAPTURE(inputs, outputs, count);
    const Index columns = padded_columns(count);
    const MatrixF weights = normals(outputs, inputs + 1, 1);
    MatrixF x = MatrixF::Zero(padded_rows(inputs + 1), columns), delta = MatrixF::Zero(padded_rows(outputs), columns);
    x.topLeftCorner(inputs, count) = normals(inputs, count, 2);
    x.row(inputs).head(count).setOnes();
    delta.topLeftCorner(outputs, count) = normals(outputs, count, 3);
    MatrixF z = MatrixF::Constant(padded_rows(outputs + 1), columns, 9);
    MatrixF by_inputs = MatrixF::Constant(padded_rows(inputs), columns, 9);
    Int8Options options;
    options.clipping = Clipping::max;
    Int8Dense dense;
    dense.begin(options, {5, 0, 3});
    constexpr float kScale = 0.5f;
    dense.multiply(Eigen::Map<const MatrixF>(weights.data(), outputs, inputs + 1), kScale, x, count, z);
    dense.take_gradient(delta);
    dense.multiply_back(by_inputs);

    Int8State again;  // padding to multiples of 4 rows is what draws are counted by
    again.begin(options, {5, 0, 3}, "test");
    const Index in4 = (inputs + 3) / 4 * 4, out4 = (outputs + 3) / 4 * 4;
    MatrixF seen = MatrixF::Zero(in4, count), back = MatrixF::Zero(out4, count);
    seen.topRows(inputs) = x.topLeftCorner(inputs, count);
    back.topRows(outputs) = delta.topLeftCorner(outputs, count);
    const MatrixF w = weights.leftCols(inputs);
    again.take_inputs(seen.data(), seen.size());
    again.take_weights(w.data(), w.size());
    again.take_gradient(back.data(), back.size());
    const MatrixF rw = rounded(again.weights(), again.weight_step(), outputs, inputs);
    const MatrixF rx = rounded(again.inputs(), again.input_step(), in4, count).topRows(inputs);
    const MatrixF rd = rounded(again.gradient(), again.gradient_step(), out4, count).topRows(outputs);
    const auto close = [](const MatrixF& a, const MatrixF& b) {
      return test::difference(a.cast<double>(), b.cast<double>()) < 2e-6;
    };
    CHECK(close(z.topLeftCorner(outputs, count), kScale * ((rw * rx).colwise() + weights.col(inputs))));
    CHECK(z.rightCols(columns - count).isZero(0));
    CHECK(close(by_inputs.topLeftCorner(inputs, count), kScale * rw.transpose() * rd));
    CHECK(by_inputs.bottomRows(by_inputs.rows() - inputs).isZero(0));
    MatrixF by_weights(outputs, inputs);
    dense.by_weights(by_weights);
    CHECK(close(by_weights, kScale * rd * rx.transpose()));
  }
}

TEST_CASE("int8 dense: a clipping value holds for its period, whatever passes lie between", "[models]") {
  test::Int8Steps steps(3);
  std::vector<double> clips;
  for (int step = 0; step < 7; ++step) {
    clips.push_back(steps.step(static_cast<float>(step + 1)));
    steps.look();
  }
  for (std::size_t step = 1; step < clips.size(); ++step) CHECK((clips[step] == clips[step - 1]) == (step % 3 != 0));
}

/// With thousands of entries rounding to 8 bits changes a gradient's direction a little, and which layers it does.
TEST_CASE("int8 dense: a network's gradient points where the float one does", "[models]") {
  Architecture shape{20, {40, 40, 40}, 1};
  const Network in_float(shape);
  Stream stream(7);
  const VectorF parameters = in_float.initial_parameters(stream);
  const NetworkInputs inputs = network_inputs(Stream(8).normals(64 * 20).reshaped(64, 20));
  const auto gradient_of = [&](const Network& network, Pass pass, Network::Workspace& work) {
    const MatrixF& out = network.forward(parameters, inputs, work, pass);
    VectorF gradient(parameters.size());
    network.backward(out, work, gradient);
    return gradient;
  };
  Network::Workspace plain;
  const VectorF wanted = gradient_of(in_float, Pass::training, plain);
  CHECK(in_float.reports(plain).empty());
  for (const std::vector<LayerPlace>& kept : {std::vector<LayerPlace>{LayerPlace::first, LayerPlace::last}, {}}) {
    auto options = std::make_shared<Int8Options>();
    options->float_layers = kept;
    shape.int8 = options;
    const Network network(shape);
    Network::Workspace work;
    const VectorF gradient = gradient_of(network, Pass::training, work);
    const float cosine = gradient.dot(wanted) / gradient.norm() / wanted.norm();
    CHECK(cosine > 0.99f);
    CHECK(cosine < 0.999999f);
    const auto reports = network.reports(work);
    REQUIRE(reports.size() == (kept.empty() ? 4 : 2));
    for (const LayerReport& layer : reports) {
      CHECK(layer.report.deviation > 0);
      CHECK(layer.report.deviation < 0.05);
      CHECK(layer.report.rate_factor == Approx(std::max(std::exp(-20 * layer.report.deviation), 0.1)));
    }
    CHECK(work.rounding.step == 1);
    // Another step draws anew; the same step of the same stream gives the same bits.
    CHECK(gradient_of(network, Pass::training, work) != gradient);
    Network::Workspace same;
    CHECK(gradient_of(network, Pass::training, same) == gradient);
    // What is not training is float.
    CHECK(gradient_of(network, Pass::evaluation, work) == gradient_of(in_float, Pass::evaluation, plain));
  }
}

}  // namespace
}  // namespace predcorr::models
