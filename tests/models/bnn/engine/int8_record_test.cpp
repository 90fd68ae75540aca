// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/engine/int8_record.hpp"

#include "tests/models/bnn/engine/int8_steps.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/helpers.hpp"

namespace predcorr::models {
namespace {

/// A training whose clipping value is chosen anew in every step, an epoch a step; the gradient grows with the epoch.
Int8Record recorded(int epochs, std::vector<double>& clips) {
  test::Int8Steps steps(1);
  Int8Record record;
  for (int epoch = 1; epoch <= epochs; ++epoch) {
    clips.push_back(steps.step(static_cast<float>(epoch)));
    record.observe(steps.network(), steps.work());
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
