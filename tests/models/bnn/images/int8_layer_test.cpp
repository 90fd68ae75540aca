// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/images/int8_layer.hpp"

#include "models/bnn/arithmetic/lane_products.hpp"
#include "models/bnn/images/image_layers.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

struct Shape {
  ImageShape input;
  ConvolutionOptions options;
};

std::vector<Shape> shapes() {
  return {{{7, 6, 5}, {9, {3, 3, 1, 1, 1}}},
          {{8, 8, 16}, {32, {3, 3, 2, 1, 1}, 1, false}},
          {{5, 6, 3}, {37, {2, 3, 3, 1, 0}, 1, true, true}},  // a stride above the window, inputs that nobody sees
          {{6, 5, 8}, {4, {1, 1, 2, 0, 0}, 1, true}},
          {{5, 4, 4}, {6, {3, 3, 1, 1, 1}, 2, true}},
          {{7, 6, 20}, {20, {3, 3, 1, 1, 1}, 20, true}},
          {{7, 7, 9}, {9, {3, 2, 2, 1, 1}, 9, false, true}}};
}

MatrixF image_values(const ImageShape& shape, Index images, std::uint64_t seed) {
  MatrixF values = MatrixF::Zero(padded_rows(shape.channels), images * shape.height * shape.width);
  values.topRows(shape.channels) =
      Stream(seed).normals(shape.channels * values.cols()).cast<float>().reshaped(shape.channels, values.cols());
  return values;
}

/// What quantised numbers stand for.
template <class Derived>
MatrixF restored(const std::vector<std::int8_t>& q, float step, const Eigen::MatrixBase<Derived>& like) {
  return step * Eigen::Map<const Eigen::Matrix<std::int8_t, -1, -1>>(q.data(), like.rows(), like.cols()).cast<float>();
}

/// The three products must be what the float layer makes of the numbers that the integers stand for.
TEST_CASE("int8 layer: products are those of the rounded numbers", "[models]") {
  constexpr Index kImages = 3;
  for (const Shape& shape : shapes()) {
    CAPTURE(shape.options.channels, shape.options.groups, shape.options.window.stride);
    ConvolutionOptions options = shape.options;
    options.scaled = false;
    const auto in_float = convolution(shape.input, options);
    auto int8 = std::make_shared<Int8Options>();
    int8->clipping = Clipping::max;
    options.int8 = int8;
    const auto layer = convolution(shape.input, options);
    Stream stream(3);
    VectorF parameters(layer->parameter_count());
    layer->initialise(stream, false, parameters.data(), nullptr);
    if (options.bias) parameters.tail(options.channels) = stream.normals(options.channels).cast<float>();
    const Index weights = parameters.size() - (options.bias ? options.channels : 0);

    const MatrixF x = image_values(shape.input, kImages, 4), by_y = image_values(layer->output(), kImages, 5);
    MatrixF y = by_y, wanted_y = by_y, by_x = MatrixF::Constant(x.rows(), x.cols(), 9), wanted_by_x = by_x;
    ImageValues y_map(y.data(), y.rows(), y.cols()), by_x_map(by_x.data(), by_x.rows(), by_x.cols());
    VectorF gradient(parameters.size()), wanted_gradient(parameters.size());
    const auto work = layer->workspace();
    work->rounding = {11, 0, 7};
    layer->forward(parameters.data(), nullptr, Pass::training, read_only(x), *work, y_map);
    layer->backward(parameters.data(), read_only(x), read_only(y), read_only(by_y), *work, &by_x_map,
                    {gradient.data()});

    Int8State again;
    again.begin(*int8, {11, 0, 7}, "test");
    again.take_inputs(x.data(), x.size());
    again.take_weights(parameters.data(), weights);
    again.take_gradient(by_y.data(), by_y.size());
    VectorF rounded = parameters;
    rounded.head(weights) = restored(again.weights(), again.weight_step(), parameters.head(weights));
    const MatrixF rounded_x = restored(again.inputs(), again.input_step(), x);
    const MatrixF rounded_by_y = restored(again.gradient(), again.gradient_step(), by_y);
    ImageValues wanted_y_map(wanted_y.data(), y.rows(), y.cols()), wanted_map(wanted_by_x.data(), x.rows(), x.cols());
    const auto plain = in_float->workspace();
    in_float->forward(rounded.data(), nullptr, Pass::training, read_only(rounded_x), *plain, wanted_y_map);
    in_float->backward(rounded.data(), read_only(rounded_x), read_only(wanted_y), read_only(rounded_by_y), *plain,
                       &wanted_map, {wanted_gradient.data()});
    const auto close = [](const MatrixF& a, const MatrixF& b) {
      return test::difference(a.cast<double>(), b.cast<double>()) < 2e-6;
    };
    CHECK(close(y, wanted_y));
    CHECK(close(by_x, wanted_by_x));
    CHECK(close(gradient.head(weights), wanted_gradient.head(weights)));
    if (options.bias)  // of the gradient as it was
      CHECK(close(gradient.tail(options.channels), by_y.topRows(options.channels).rowwise().sum()));
    // Rounding is coarse and not nothing.
    in_float->forward(parameters.data(), nullptr, Pass::training, read_only(x), *plain, wanted_y_map);
    CHECK_FALSE(close(y, wanted_y));
    CHECK(test::difference(y.cast<double>(), wanted_y.cast<double>()) < 0.05);

    // What is not training is float, bit for bit.
    layer->forward(parameters.data(), nullptr, Pass::prediction, read_only(x), *work, y_map);
    in_float->forward(parameters.data(), nullptr, Pass::prediction, read_only(x), *plain, wanted_y_map);
    CHECK(y == wanted_y);
  }
}

TEST_CASE("int8 layer: an entry that is not finite is named with its layer and step", "[models]") {
  ConvolutionOptions options{4, {3, 3, 1, 1, 1}};
  options.int8 = std::make_shared<const Int8Options>();
  const auto layer = convolution({4, 4, 4}, options);
  VectorF parameters = VectorF::Ones(layer->parameter_count());
  MatrixF x = image_values({4, 4, 4}, 1, 1);
  x(1, 2) = std::numeric_limits<float>::quiet_NaN();
  MatrixF y = x;
  ImageValues y_map(y.data(), y.rows(), y.cols());
  const auto work = layer->workspace();
  work->rounding.step = 5;
  CHECK(test::error_of([&] {
          layer->forward(parameters.data(), nullptr, Pass::training, read_only(x), *work, y_map);
        }).starts_with("numerical: inputs in 8 bits, convolution 3x3, step 6: "));
}

}  // namespace
}  // namespace predcorr::models
