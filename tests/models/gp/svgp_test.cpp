// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "tests/support/helpers.hpp"
#include "tests/support/model_contract.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

std::unique_ptr<const Posterior> fitted(const std::string& name, const TrainingData& data,
                                        const Json& parameters = Json::object(), std::uint64_t seed = 1) {
  return test::model(name, parameters)->fit(data, Stream(seed));
}

double bound(const Posterior& posterior) { return posterior.diagnostics().at("evidence_lower_bound"); }

TEST_CASE("svgp: with all rows in each batch it reaches the collapsed bound's optimum", "[models]") {
  const TrainingData data = test::curve(80, 2, 3);
  const Json kernel = Json::parse(GENERATE(as<std::string>{}, R"("rbf")", R"({"sum": ["matern", "linear"]})",
                                           R"({"sum": ["rbf", {"product": ["white", "linear"]}]})"));
  INFO(kernel.dump());
  // Both take their inducing points from the same fork of the same stream.
  const auto collapsed = fitted("sgpr", data, {{"kernel", kernel}, {"inducing_points", 10}, {"steps", 500}});
  const auto found = fitted("svgp", data,
                            {{"kernel", kernel},
                             {"inducing_points", 10},
                             {"batch", 80},
                             {"natural_step", 1},
                             {"steps", 2500},
                             {"learning_rate", 0.05}});
  CHECK(bound(*found) > bound(*collapsed) - 1);
  CHECK(bound(*found) < bound(*collapsed) + 1e-3);
  CHECK(found->diagnostics().at("noise_variance") ==
        Approx(collapsed->diagnostics().at("noise_variance")).epsilon(0.15));
}

TEST_CASE("svgp: with all rows in a batch, its first steps go up the collapsed bound", "[models]") {
  // Adam's first step moves every log hyper-parameter by the learning rate, whichever way is up.
  const TrainingData data = test::curve(80, 2, 3);
  const auto at = [&](int steps) {
    return bound(*fitted(
        "svgp", data,
        {{"inducing_points", 10}, {"batch", 80}, {"natural_step", 1}, {"steps", steps}, {"learning_rate", 0.02}}));
  };
  CHECK(at(0) == test::close(bound(*fitted("sgpr", data, {{"inducing_points", 10}, {"steps", 0}}))));
  CHECK(at(20) > at(5));
  CHECK(at(100) > at(20));
}

TEST_CASE("svgp: a large noise is found by default, with every row an inducing point", "[models]") {
  // Half of the variance is noise. The noise starts at a tenth, and what the variational part fits of it goes slowly.
  Stream stream(5);
  TrainingData data;
  data.inputs = stream.normals(500).reshaped(100, 5);
  data.targets = ((data.inputs.col(0).array() + (2 * data.inputs.col(1).array()).sin()) / std::sqrt(1.5)).matrix() +
                 stream.normals(100);
  data.targets /= std::sqrt(2.0);
  const auto collapsed = fitted("sgpr", data), found = fitted("svgp", data);
  // 500 steps do not get all the way: 1.2 nats are left, which 2000 steps make up but for 0.2. At a rate of 0.02 it was
  // 3.2 nats and a noise of 0.21; a rate of 0.1 is closer here and worse for mini-batches.
  CHECK(bound(*found) > bound(*collapsed) - 1.5);
  CHECK(bound(*fitted("svgp", data, {{"steps", 2000}})) > bound(*collapsed) - 0.5);
  CHECK(found->diagnostics().at("noise_variance") == Approx(0.5).epsilon(0.3));
}

TEST_CASE("svgp: mini-batches come within a few nats of the optimum", "[models]") {
  const TrainingData data = test::curve(600, 1, 3);
  const auto collapsed = fitted("sgpr", data, {{"inducing_points", 15}});
  const auto found = fitted("svgp", data, {{"inducing_points", 15}, {"batch", 60}, {"steps", 1500}});
  CHECK(bound(*found) < bound(*collapsed) + 1e-3);
  CHECK(bound(*found) > bound(*collapsed) - 6);  // 0.01 nats for each row
  CHECK(found->diagnostics().at("noise_variance") == Approx(0.01).epsilon(0.2));
  const Matrix query = Vector::LinSpaced(9, -1.5, 1.5);
  const JointPrediction p = found->predict(query);
  CHECK((p.mean - (2 * query.col(0)).array().sin().matrix()).cwiseAbs().maxCoeff() < 0.06);
  CHECK(found->diagnostics().at("steps") == 1500);
}

TEST_CASE("svgp: without steps it is sgpr without steps", "[models]") {
  const TrainingData data = test::curve(50, 2, 3);
  const Json parameters = {{"inducing_points", 10}, {"steps", 0}, {"covariance", "full"}, {"mean", "constant"}};
  const Matrix query = test::query_points(6, 2);
  test::check_equal(fitted("svgp", data, parameters)->predict(query), fitted("sgpr", data, parameters)->predict(query),
                    1e-12);
}

TEST_CASE("svgp: the same seed gives the same bits, another one others", "[models]") {
  const TrainingData data = test::curve(100, 2, 3);
  const Json parameters = {{"inducing_points", 8}, {"batch", 20}, {"steps", 25}};
  const Matrix query = test::query_points(6, 2);
  const JointPrediction first = fitted("svgp", data, parameters, 4)->predict(query);
  CHECK(test::identical(first, fitted("svgp", data, parameters, 4)->predict(query)));
  CHECK(first.mean != fitted("svgp", data, parameters, 5)->predict(query).mean);
}

TEST_CASE("svgp: batches larger than the data, of one row, or not a divisor of it", "[models]") {
  const TrainingData data = test::curve(40, 2, 3);
  const Matrix query = test::query_points(6, 2);
  const auto with_batch = [&](int batch) {
    const auto posterior = fitted("svgp", data, {{"inducing_points", 8}, {"batch", batch}, {"steps", 60}});
    const JointPrediction p = posterior->predict(query);
    test::check_sound(p, 6);
    return p;
  };
  // Batches of all rows differ in their order only.
  test::check_equal(with_batch(100000), with_batch(40), 1e-9);
  with_batch(1);
  with_batch(27);
}

TEST_CASE("svgp: hyper-parameters stay within their ranges", "[models]") {
  const TrainingData data = test::curve(60, 1, 3);
  const Diagnostics found = fitted("svgp", data,
                                   {{"inducing_points", 10},
                                    {"learning_rate", 0.5},
                                    {"steps", 50},
                                    {"noise_variance", {{"start", 0.5}, {"range", {0.3, 0.6}}}}})
                                ->diagnostics();
  CHECK(found.at("noise_variance") >= 0.3 * (1 - 1e-12));  // best would be 0.01
  CHECK(found.at("noise_variance") < 0.31);
}

TEST_CASE("svgp: its covariance has the form asked for", "[models]") {
  const TrainingData data = test::curve(60, 2, 3);
  const Json parameters = {{"inducing_points", 8}, {"steps", 5}};
  Json full = parameters;
  full["covariance"] = "full";
  const Matrix query = test::query_points(20, 2);
  const Covariance low = fitted("svgp", data, parameters)->predict(query).latent;
  const Covariance dense = fitted("svgp", data, full)->predict(query).latent;
  CHECK(low.is_factor());
  CHECK(low.width() == 8);
  CHECK_FALSE(dense.is_factor());
  CHECK(test::difference(low.diagonal(), dense.diagonal()) < 1e-10);
}

TEST_CASE("svgp: parameters out of range are named", "[models]") {
  const auto refusal = [](const Json& parameters) { return test::error_of([&] { test::model("svgp", parameters); }); };
  CHECK(refusal({{"natural_step", 1.5}}).starts_with("config: test.parameters.natural_step: must be from"));
  CHECK(refusal({{"batch", 0}}) == "config: test.parameters.batch: must be from 1 to 1000000, got 0");
  CHECK(refusal({{"learning_rate", 0}}) == "config: test.parameters.learning_rate: must be above 0, got 0");
}

}  // namespace
}  // namespace predcorr::models
