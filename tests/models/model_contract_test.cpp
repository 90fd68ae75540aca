// SPDX-License-Identifier: Apache-2.0
#include "tests/support/model_contract.hpp"

#include <fmt/format.h>

#include <limits>

#include "models/conformance/conformance.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

std::unique_ptr<const Posterior> fit(const Model& model, const test::CheckData& data, std::uint64_t seed) {
  return model.fit(data, Stream(seed), data.privileged);
}

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
      const conformance::CheckResult evaluation = conformance::run(check, trial);
      INFO("check " << check.name << ": " << evaluation.detail);
      CHECK(evaluation.verdict != conformance::Verdict::failed);
      // What a check may pass over, and why.
      const bool asked = check.name == "weights" ? model.traits().takes_weights
                         : check.name == "raw-targets"
                             ? !model.traits().reads_truth
                             : check.name != "twin-queries" || model.traits().controlled == nullptr;
      CHECK((evaluation.verdict != conformance::Verdict::not_applicable) == asked);
    }
  });
}

TEST_CASE("model contract: another stream gives another prediction where anything is drawn", "[models]") {
  const test::CheckData data = test::training_data();
  const Matrix query = test::query_points(9);
  for_every_model([&](const Model& model, const std::string& name) {
    if (!test::is_random(name)) return;
    const JointPrediction first = fit(model, data, 1)->predict(query);
    const JointPrediction other = fit(model, data, 2)->predict(query);
    CHECK(other.mean != first.mean);
    CHECK(other.latent.matrix() != first.latent.matrix());
  });
}

TEST_CASE("model contract: three rows are enough", "[models]") {
  for_every_model([&](const Model& model, const std::string&) {
    test::check_sound(fit(model, test::training_data(3, 3), 1)->predict(test::query_points(6)), 6);
  });
}

TEST_CASE("model contract: targets that do not vary are refused by every model, in the same words", "[models]") {
  const std::string needed = "needed to learn how far targets vary";
  for_every_model([&](const Model& model, const std::string&) {
    for (const double level : {0.0, 5.25, 1e9}) {
      test::CheckData data = test::training_data(20);
      data.targets.setConstant(level);
      CHECK(test::error_of([&] { fit(model, data, 1); }) ==
            fmt::format("data: fit: the training targets are all {} (20 rows); at least 2 different ones are {}", level,
                        needed));
    }
    CHECK(test::error_of([&] { fit(model, test::training_data(1), 1); }) ==
          "data: fit: 1 training row(s); at least 2 with different targets are " + needed);
  });
}

TEST_CASE("model contract: two rows, or 19 targets of 20 equal, give error bars of the targets' order", "[models]") {
  test::CheckData rare = test::training_data(20);
  rare.targets.setConstant(-0.2294157);  // as 19 zeros and a 1 are once they are standardised
  rare.targets(7) = 4.3588989;
  test::CheckData two = test::training_data(2);
  two.targets << -1, 1;
  for_every_model([&](const Model& model, const std::string&) {
    for (const test::CheckData& data : {rare, two}) {
      INFO(data.targets.size() << " rows");
      const Vector sigma = fit(model, data, 1)->predict(test::query_points(9)).observed_variance().cwiseSqrt();
      CHECK(sigma.minCoeff() > 1e-3);
      CHECK(sigma.maxCoeff() < 1e3);
    }
  });
}

TEST_CASE("model contract: a refit to more rows predicts what a fit to them does", "[models]") {
  const test::CheckData data = test::training_data(), more = test::with_rows(data, test::curve(5, 3, 8));
  const Matrix query = test::query_points(9);
  for_every_model([&](const Model& model, const std::string&) {
    const auto first = fit(model, data, 1);
    const JointPrediction fresh = fit(model, more, 1)->predict(query);
    test::check_equal(model.refit(*first, more, Stream(1), more.privileged)->predict(query), fresh);
  });
}

TEST_CASE("model contract: a query of another width is refused", "[models]") {
  const test::CheckData data = test::training_data();
  for_every_model([&](const Model& model, const std::string&) {
    const auto posterior = fit(model, data, 1);
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
    test::CheckData data = test::training_data();
    data.inputs(5, 1) = nan;
    CHECK(test::error_of([&] { fit(model, data, 1); }) == refused);
    data = test::training_data();
    data.targets(7) = inf;
    CHECK(test::error_of([&] { fit(model, data, 1); }) == refused);
    Matrix query = test::query_points(4);
    query(2, 2) = nan;
    const auto posterior = fit(model, test::training_data(), 1);
    CHECK(test::error_of([&] { posterior->predict(query); }) ==
          "data: predict: the query has values that are not finite");
  });
}

}  // namespace
}  // namespace predcorr
