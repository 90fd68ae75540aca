// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/images/image_layers.hpp"

#include "models/bnn/arithmetic/lane_products.hpp"
#include "models/bnn/images/batch_norm.hpp"
#include "models/bnn/images/convolution.hpp"
#include "models/bnn/images/description.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

MatrixF numbers(const Json& list) {
  const Vector values = test::vector(list);
  return values.cast<float>();
}

/// A list by image, row, column, channel as layers take it.
MatrixF image_columns(const Json& list, Index channels, bool bare) {
  const MatrixF flat = numbers(list);
  const Index pixels = flat.size() / channels;
  MatrixF columns = MatrixF::Zero(bare ? channels : padded_rows(channels), pixels);
  columns.topRows(channels) = flat.reshaped(channels, pixels);
  return columns;
}

float largest_difference(const MatrixF& values, const MatrixF& wanted) {
  return ((values - wanted).array().abs() / wanted.array().abs().max(1.0f)).maxCoeff();
}

/// Layers of a case, with what a pass leaves.
struct Trial {
  explicit Trial(const Json& given)
      : json(given),
        shape{given.at("height"), given.at("width"), given.at("channels")},
        layers(NetworkDescription(given.at("layers"))
                   .build(shape, JsonType<Activation>::read(given.at("activation")), false)),
        parameters(numbers(given.at("parameters"))),
        statistics(numbers(given.at("statistics"))),
        x(image_columns(given.at("images"), shape.channels, layers->layers().front()->takes_bare_channels())),
        work(layers->workspace()) {
    REQUIRE(parameters.size() == layers->parameter_count());
    REQUIRE(statistics.size() == layers->statistic_count());
    gradient = VectorF::Constant(parameters.size(), 99);
  }

  ConstImageValues images() const { return {x.data(), x.rows(), x.cols()}; }
  ConstImageValues forward(Pass pass) {
    return layers->forward(parameters.data(), statistics.data(), pass, images(), work);
  }
  void backward(GradientSink sink) {
    MatrixF by_output = image_columns(json.at("by_output"), layers->output().channels, false);
    const ConstImageValues by_y(by_output.data(), by_output.rows(), by_output.cols());
    by_x = MatrixF::Constant(padded_rows(shape.channels), x.cols(), 99);
    ImageValues to(by_x.data(), by_x.rows(), by_x.cols());
    layers->backward(parameters.data(), images(), by_y, work, &to, sink);
  }

  const Json& json;
  ImageShape shape;
  std::shared_ptr<const ImageLayers> layers;
  VectorF parameters, statistics;
  MatrixF x;
  ImageLayers::Work work;
  VectorF gradient;
  MatrixF by_x;
};

TEST_CASE("image layers: outputs, gradients and statistics are PyTorch's", "[models]") {
  for (const Json& given : test::reference("image_layers_reference.json").at("cases")) {
    CAPTURE(given.at("name").get<std::string>());
    Trial trial(given);
    const auto& [height, width, channels] = trial.layers->output();
    REQUIRE(given.at("shape") == Json{height, width, channels});
    for (const Pass pass : {Pass::training, Pass::evaluation}) {
      const Json& wanted = given.at(pass == Pass::training ? "training" : "evaluation");
      CAPTURE(pass == Pass::training);
      const ConstImageValues y = trial.forward(pass);
      CHECK(largest_difference(y, image_columns(wanted.at("output"), channels, false)) < 2e-5f);
      trial.backward({trial.gradient.data()});
      CHECK(largest_difference(trial.by_x, image_columns(wanted.at("by_images"), trial.shape.channels, false)) < 1e-4f);
      if (trial.gradient.size() > 0)
        CHECK(largest_difference(trial.gradient, numbers(wanted.at("by_parameters"))) < 1e-4f);
      if (pass == Pass::training && trial.statistics.size() > 0) {
        trial.layers->update_statistics(trial.work, kStatisticsMomentum, trial.statistics.data());
        CHECK(largest_difference(trial.statistics, numbers(given.at("statistics_after"))) < 1e-5f);
      }
    }
  }
}

TEST_CASE("image layers: gradients of images one by one add up to the batch's", "[models]") {
  for (const Json& given : test::reference("image_layers_reference.json").at("cases")) {
    Trial trial(given);
    if (trial.gradient.size() == 0) continue;
    CAPTURE(given.at("name").get<std::string>());
    trial.forward(Pass::evaluation);
    trial.backward({trial.gradient.data()});
    const Index count = given.at("count");
    MatrixF each = MatrixF::Constant(trial.gradient.size(), count, 99);
    trial.backward({each.data(), each.rows()});
    CHECK(largest_difference(each.rowwise().sum(), trial.gradient) < 1e-4f);
    // The second image's is what it has alone.
    const VectorF second = each.col(1 % count);
    const Index pixels = trial.shape.height * trial.shape.width;
    const MatrixF others = trial.x;
    trial.x.leftCols(1 % count * pixels).setRandom();
    if (count > 2) trial.x.rightCols((count - 2) * pixels).setRandom();
    if (count > 1) {
      trial.forward(Pass::evaluation);
      trial.backward({each.data(), each.rows()});
      CHECK(each.col(1) == second);
    }
  }
}

TEST_CASE("image layers: a workspace that saw another batch gives the same bits", "[models]") {
  for (const Json& given : test::reference("image_layers_reference.json").at("cases")) {
    CAPTURE(given.at("name").get<std::string>());
    Trial used(given), fresh(given);
    const Index pixels = used.shape.height * used.shape.width;
    const MatrixF all = used.x;
    used.x = MatrixF::Random(all.rows(), 5 * pixels);  // a larger batch before
    used.forward(Pass::training);
    used.x = all;
    const MatrixF a = used.forward(Pass::training), b = fresh.forward(Pass::training);
    CHECK(a == b);
    used.backward({used.gradient.data()});
    fresh.backward({fresh.gradient.data()});
    CHECK(used.gradient == fresh.gradient);
    CHECK(used.by_x == fresh.by_x);
  }
}

}  // namespace
}  // namespace predcorr::models
