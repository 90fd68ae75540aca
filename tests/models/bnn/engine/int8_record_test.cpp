// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/engine/int8_record.hpp"

#include "models/bnn/engine/training.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/helpers.hpp"

namespace predcorr::models {
namespace {

/// A training whose clipping value is chosen anew in every step, an epoch a step; the gradient grows with the epoch.
Int8Record recorded(int epochs, std::vector<double>& clips) {
  Architecture shape{4, {8, 8}, 1};
  auto options = std::make_shared<Int8Options>();
  options->period = 1;
  shape.int8 = options;
  const Network network(shape);
  Stream stream(7);
  const VectorF parameters = network.initial_parameters(stream);
  VectorF gradient(parameters.size());
  const NetworkInputs inputs = network_inputs(Stream(8).normals(40).reshaped(10, 4));
  Network::Workspace work;
  Int8Record record;
  for (int epoch = 1; epoch <= epochs; ++epoch) {
    const MatrixF out = static_cast<float>(epoch) * network.forward(parameters, inputs, work, Pass::training);
    network.backward(out, work, gradient);
    record.observe(network, work);
    clips.push_back(network.reports(work).at(0).report.clip);
  }
  return record;
}

TEST_CASE("int8 record: the first, the middle and the last epoch, of however many", "[models]") {
  for (const int epochs : {1, 2, 5, 64, 65, 200, 1000}) {
    CAPTURE(epochs);
    std::vector<double> clips;
    const Diagnostics record = recorded(epochs, clips).diagnostics();
    CHECK(record.size() == 30);
    CHECK(record.at("int8.layer1.clip.first") == clips.front());
    CHECK(record.at("int8.layer1.clip.last") == clips.back());
    const double middle = record.at("int8.layer1.clip.middle");
    const auto at = std::find(clips.begin(), clips.end(), middle) - clips.begin();
    CHECK(at <= (epochs - 1) / 2);
    CHECK(at >= (epochs - 1) / 2 - epochs / 32);
  }
}

TEST_CASE("int8 record: means over trainings", "[models]") {
  std::vector<double> few, many;
  const Diagnostics record = Int8Record::mean({recorded(2, few), recorded(8, many)});
  CHECK(record.at("int8.layer1.clip.last") == Approx((few.back() + many.back()) / 2));
}

TEST_CASE("int8 record: none of training in float", "[models]") {
  const Network network(Architecture{4, {8}, 1});
  Int8Record record;
  record.observe(network, {});
  CHECK(record.diagnostics().empty());
}

}  // namespace
}  // namespace predcorr::models
