// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "tests/support/model_contract.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

Problem toy_problem(ProtocolName protocol, std::uint64_t seed) {
  const Json parameters = {{"dim", 2}, {"train", 12}, {"pool", 6}, {"test", 5}};
  const auto source = Registry<DatasetSource>::instance().make({.name = "toy-relu", .parameters = parameters}, "test");
  DataRequest request;
  request.protocol.name = protocol;
  request.seed = seed;
  return Problem(*source.object, request);
}

TEST_CASE("oracle: one point by hand", "[models]") {
  // k(x, x) = 1, k(0, 1) = e^-1/2, noise 0.01: mean = k y / 1.01, variance = 1 - k^2 / 1.01.
  // A second row, far away, has no say.
  test::CheckData data = test::training_data(2, 1);
  data.inputs << 0, 1000;
  data.targets << 2, 5;
  const JointPrediction p = test::model("oracle")->fit(data, Stream(1), data.privileged)->predict(Matrix::Ones(1, 1));
  CHECK(p.mean(0) == test::close(2 * std::exp(-0.5) / 1.01));
  CHECK(p.latent.matrix()(0, 0) == test::close(1 - std::exp(-1.0) / 1.01));
  CHECK(p.noise_variance(0) == test::close(0.01));
}

TEST_CASE("oracle: predicts the problem's own posterior, standardised or not", "[models]") {
  const auto protocol = GENERATE(ProtocolName::paper, ProtocolName::modern);
  const Problem problem = toy_problem(protocol, 4);
  const Rows query = joined(problem.split().pool, problem.split().test);
  const TrainingSet training = problem.training(problem.split().train);
  const auto posterior = test::model("oracle")->fit(training.data, Stream(1), problem.privileged(training));
  const JointPrediction p = training.to_target_units(posterior->predict(problem.inputs(query)));
  test::check_equal(p, *problem.oracle(problem.split().train, query), 1e-10);
}

TEST_CASE("oracle: the stream does not matter", "[models]") {
  const test::CheckData data = test::training_data();
  const auto oracle = test::model("oracle");
  CHECK(test::identical(oracle->fit(data, Stream(1), data.privileged)->predict(test::query_points(5)),
                        oracle->fit(data, Stream(2), data.privileged)->predict(test::query_points(5))));
}

TEST_CASE("oracle: only it and its control need the truth, and it says so where there is none", "[models]") {
  for (const std::string& name : Registry<Model>::instance().names()) {
    INFO("model " << name);
    const auto model = test::model(name, test::cheap_parameters(name));
    const bool control = name.rfind("control-", 0) == 0;
    CHECK(model->traits().reads_truth == (name == "oracle" || name == "control-oracle-correlations"));
    CHECK((model->traits().controlled != nullptr) == control);
    const bool wraps_constant = name == "bootstrap" || name == "calibrated";
    const ModelKind kind = control                                      ? ModelKind::control
                           : name == "constant" || wraps_constant       ? ModelKind::floor
                           : name == "oracle" || name == "gp-hindsight" ? ModelKind::ceiling
                                                                        : ModelKind::contender;
    CHECK(to_string(model->traits().kind) == std::string(to_string(kind)));
  }
  const TrainingData data = test::training_data();  // and nothing privileged
  CHECK(test::error_of([&] { test::model("oracle")->fit(data, Stream(1)); }) ==
        "data: oracle: the truth of this data set is not known; leave the oracle out, or use toy-relu or gp-sample");
}

}  // namespace
}  // namespace predcorr
