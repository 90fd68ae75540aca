// SPDX-License-Identifier: Apache-2.0
#include "tests/support/model_contract.hpp"

#include <cmath>
#include <limits>

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

/// A fit to other rows of the same kind, and its prediction of 6 points.
void check_fits(const Model& model, const TrainingData& data, Matrix query) {
  const auto posterior = model.fit(data, Stream(1));
  test::check_sound(posterior->predict(query), query.rows());
  for (const auto& [name, value] : posterior->diagnostics()) {
    INFO("diagnostic " << name);
    CHECK(std::isfinite(value));
  }
}

TEST_CASE("model contract: the same stream gives the same bits", "[models]") {
  const TrainingData data = test::training_data();
  const Matrix query = test::query_points(9);
  for_every_model([&](const Model& model, const std::string& name) {
    const JointPrediction first = model.fit(data, Stream(1))->predict(query);
    CHECK(test::identical(first, model.fit(data, Stream(1))->predict(query)));
    const JointPrediction other = model.fit(data, Stream(2))->predict(query);
    if (test::is_random(name)) {
      CHECK(other.mean != first.mean);
      CHECK(other.latent.matrix() != first.latent.matrix());
    }
  });
}

TEST_CASE("model contract: whole weights count rows", "[models]") {
  TrainingData weighted = test::curve(20, 3, 3), repeated = weighted;
  weighted.weights = Vector::Ones(20);
  weighted.weights.head(6) << 2, 0, 1, 3, 0, 2;
  const Rows rows = {0, 0, 2, 3, 3, 3, 5, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19};
  repeated.inputs = weighted.inputs(rows, Eigen::all).eval();
  repeated.targets = weighted.targets(rows).eval();
  const Matrix query = test::query_points(9);
  for_every_model([&](const Model& model, const std::string& name) {
    if (!model.takes_weights() || test::is_random(name)) return;
    test::check_equal(model.fit(weighted, Stream(1))->predict(query), model.fit(repeated, Stream(1))->predict(query));
  });
}

TEST_CASE("model contract: a prediction is one joint distribution across calls", "[models]") {
  const TrainingData data = test::training_data();
  const Matrix query = test::query_points(9);
  const Rows shuffled = {4, 8, 0, 2, 7, 1, 6, 5, 3}, some = {7, 2, 5}, one = {6};
  for_every_model([&](const Model& model, const std::string&) {
    const auto posterior = model.fit(data, Stream(1));
    const JointPrediction all = posterior->predict(query);
    for (const Rows& rows : {shuffled, some, one}) {
      INFO("rows " << rows.size());
      test::check_equal(posterior->predict(query(rows, Eigen::all)), all.subset(rows));
    }
    CHECK(test::identical(all, posterior->predict(query)));
  });
}

TEST_CASE("model contract: predictions are finite and positive semi-definite", "[models]") {
  const TrainingData data = test::training_data();
  for_every_model([&](const Model& model, const std::string&) {
    check_fits(model, data, test::query_points(20));
    check_fits(model, data, test::query_points(1));
    check_fits(model, data, data.inputs);  // where the data are, variances are smallest
  });
}

TEST_CASE("model contract: no query points give an empty prediction", "[models]") {
  const TrainingData data = test::training_data();
  for_every_model([&](const Model& model, const std::string&) {
    CHECK(model.fit(data, Stream(1))->predict(Matrix(0, 3)).size() == 0);
  });
}

TEST_CASE("model contract: awkward training inputs are no obstacle", "[models]") {
  for_every_model([&](const Model& model, const std::string&) {
    TrainingData data = test::training_data();
    data.inputs.col(1).setConstant(0.7);
    check_fits(model, data, test::query_points(6));

    data = test::training_data();
    data.inputs.bottomRows(12) = data.inputs.topRows(12).eval();
    check_fits(model, data, test::query_points(6));
    data.targets.tail(12) = data.targets.head(12).eval();
    check_fits(model, data, test::query_points(6));

    check_fits(model, test::training_data(24, 1), test::query_points(6, 1));
    check_fits(model, test::training_data(3, 3), test::query_points(6));
  });
}

TEST_CASE("model contract: targets need not be standardised", "[models]") {
  const TrainingData data = test::with_targets_times(test::training_data(), 1e6);
  for_every_model([&](const Model& model, const std::string&) {
    try {
      check_fits(model, data, test::query_points(6));
    } catch (const Error& e) {
      FAIL_CHECK("targets of about 1e6 are refused: " << e.what());
    }
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
