// SPDX-License-Identifier: Apache-2.0
#include "tests/support/model_contract.hpp"

#include <limits>

#include "models/conformance/conformance.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

/// Calls `check(model, name)` for every registered model, with its name in the messages.
template <class F>
void for_every_model(const F& check) {
  const std::vector<std::string> names = Registry<Model>::instance().names();
  REQUIRE(names.size() >= 10);
  for (const std::string& name : names) {
    INFO("model " << name);
    check(*test::model(name, test::cheap_parameters(name)), name);
  }
}

TEST_CASE("model contract: every check of the conformance kit", "[models]") {
  for_every_model([&](const Model& model, const std::string&) {
    conformance::Trial trial(model, 1);
    for (const conformance::Check& check : conformance::all_checks()) {
      const conformance::Outcome outcome = conformance::run(check, trial);
      INFO("check " << check.name << ": " << outcome.detail);
      CHECK(outcome.verdict != conformance::Verdict::failed);
      // What a check may pass over, and why.
      const bool asked = check.name == "weights"       ? model.takes_weights()
                         : check.name == "raw-targets" ? !model.needs_truth()
                                                       : check.name != "twin-queries" || model.controlled() == nullptr;
      CHECK((outcome.verdict != conformance::Verdict::not_applicable) == asked);
    }
  });
}

TEST_CASE("model contract: another stream gives another prediction where anything is drawn", "[models]") {
  const TrainingData data = test::training_data();
  const Matrix query = test::query_points(9);
  for_every_model([&](const Model& model, const std::string& name) {
    if (!test::is_random(name)) return;
    const JointPrediction first = model.fit(data, Stream(1))->predict(query);
    const JointPrediction other = model.fit(data, Stream(2))->predict(query);
    CHECK(other.mean != first.mean);
    CHECK(other.latent.matrix() != first.latent.matrix());
  });
}

TEST_CASE("model contract: three rows are enough", "[models]") {
  for_every_model([&](const Model& model, const std::string&) {
    test::check_sound(model.fit(test::training_data(3, 3), Stream(1))->predict(test::query_points(6)), 6);
  });
}

TEST_CASE("model contract: a refit to more rows predicts what a fit to them does", "[models]") {
  const TrainingData data = test::training_data(), more = test::with_rows(data, test::curve(5, 3, 8));
  const Matrix query = test::query_points(9);
  for_every_model([&](const Model& model, const std::string&) {
    const auto first = model.fit(data, Stream(1));
    const JointPrediction fresh = model.fit(more, Stream(1))->predict(query);
    test::check_equal(model.refit(*first, more, Stream(1))->predict(query), fresh);
  });
}

TEST_CASE("model contract: a query of another width is refused", "[models]") {
  const TrainingData data = test::training_data();
  for_every_model([&](const Model& model, const std::string&) {
    const auto posterior = model.fit(data, Stream(1));
    CHECK(test::error_of([&] { posterior->predict(test::query_points(4, 2)); }) ==
          "shape: predict: the model was fitted to 3 inputs, the query has 2");
    CHECK(test::error_of([&] { posterior->predict(test::query_points(4, 4)); }) ==
          "shape: predict: the model was fitted to 3 inputs, the query has 4");
  });
}

TEST_CASE("model contract: numbers that are not finite are refused", "[models]") {
  const double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
  for_every_model([&](const Model& model, const std::string&) {
    const std::string refused = "data: fit: the training data has values that are not finite";
    TrainingData data = test::training_data();
    data.inputs(5, 1) = nan;
    CHECK(test::error_of([&] { model.fit(data, Stream(1)); }) == refused);
    data = test::training_data();
    data.targets(7) = inf;
    CHECK(test::error_of([&] { model.fit(data, Stream(1)); }) == refused);
    Matrix query = test::query_points(4);
    query(2, 2) = nan;
    const auto posterior = model.fit(test::training_data(), Stream(1));
    CHECK(test::error_of([&] { posterior->predict(query); }) ==
          "data: predict: the query has values that are not finite");
  });
}

}  // namespace
}  // namespace predcorr
