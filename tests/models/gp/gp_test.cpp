// SPDX-License-Identifier: Apache-2.0
#include "models/gp/evidence.hpp"
#include "tests/support/model_contract.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

std::unique_ptr<const Posterior> fitted(const TrainingData& data, const Json& parameters = Json::object()) {
  return test::model("gp", parameters)->fit(data, Stream(1));
}

TEST_CASE("gp: reaches scikit-learn's optimum", "[models]") {
  const Json expected = test::reference("model_reference.json").at("gp");
  const TrainingData data{test::matrix(expected.at("x")), test::vector(expected.at("y")), nullptr};
  const auto posterior = fitted(data);
  const Diagnostics found = posterior->diagnostics();
  CHECK(found.at("log_marginal_likelihood") >= expected.at("log_marginal_likelihood").get<double>() - 1e-3);
  // The optimum is flat: what is within 1e-3 of it in evidence is within a few per cent in parameters.
  CHECK(found.at("noise_variance") == Approx(expected.at("noise_variance").get<double>()).epsilon(0.05));
  CHECK(found.at("signal_variance") == Approx(expected.at("signal_variance").get<double>()).epsilon(0.15));
  const JointPrediction p = posterior->predict(test::matrix(expected.at("query")));
  const Vector mean = test::vector(expected.at("mean"));
  const Matrix latent = test::matrix(expected.at("latent_cov"));
  CHECK((p.mean - mean).cwiseAbs().maxCoeff() < 0.01);
  CHECK((p.latent.matrix() - latent).cwiseAbs().maxCoeff() < 0.05 * latent.maxCoeff());
}

TEST_CASE("gp: optimising raises the evidence and never lowers it", "[models]") {
  const TrainingData data = test::training_data(40, 2);
  const auto evidence = [&](int steps) {
    return fitted(data, {{"steps", steps}})->diagnostics().at("log_marginal_likelihood");
  };
  const double first = evidence(0), few = evidence(5), many = evidence(200);
  CHECK(few > first + 1);
  CHECK(many >= few);
  CHECK(fitted(data, {{"steps", 0}})->diagnostics().at("evidence_evaluations") == 1);
}

TEST_CASE("gp: without steps the first guess is kept", "[models]") {
  // Five points at 0, 1, 2, 3, 10: sorted distances 1 1 1 2 2 3 7 8 9 10, the sixth of ten is 3.
  // The targets' mean square is 1.
  const TrainingData data{Vector{{0, 1, 2, 3, 10}}, Vector{{1, -1, 1, -1, 1}}, nullptr};
  const Diagnostics found = fitted(data, {{"steps", 0}})->diagnostics();
  CHECK(found.at("signal_variance") == test::close(1));
  CHECK(found.at("noise_variance") == test::close(0.1));
  const RbfHyperParameters guess{0, Vector{{std::log(3.0)}}, std::log(0.1)};
  CHECK(found.at("log_marginal_likelihood") ==
        test::close(rbf_evidence(data.inputs, data.targets, guess).log_likelihood));
}

TEST_CASE("gp: the noise stays above its bound", "[models]") {
  TrainingData data = test::training_data(30, 1);
  data.targets = data.inputs.col(0).array().sin();  // no noise at all
  const double variance = data.targets.squaredNorm() / 30;
  const double noise = fitted(data, {{"smallest_noise_variance", 0.02}})->diagnostics().at("noise_variance");
  CHECK(noise == Approx(0.02 * variance).epsilon(1e-6));
}

TEST_CASE("gp: learns the noise and finds the curve", "[models]") {
  TrainingData data = test::training_data(150, 1);
  const auto posterior = fitted(data);
  CHECK(posterior->diagnostics().at("noise_variance") == Approx(0.01).epsilon(0.35));
  const Matrix query = Vector::LinSpaced(9, -1.5, 1.5);
  const JointPrediction p = posterior->predict(query);
  CHECK((p.mean - (2 * query.col(0)).array().sin().matrix()).cwiseAbs().maxCoeff() < 0.15);
}

TEST_CASE("gp: an input that does nothing gets a long length-scale", "[models]") {
  const auto posterior = fitted(test::training_data(60, 2));
  Matrix query(2, 2);
  query << 0.5, -1, 0.5, 1;  // they differ in the second input alone
  const Matrix latent = posterior->predict(query).latent.matrix();
  CHECK(latent(0, 1) / std::sqrt(latent(0, 0) * latent(1, 1)) > 0.5);
  const JointPrediction p = posterior->predict(query);
  CHECK(p.mean(0) == Approx(p.mean(1)).margin(0.1));
}

TEST_CASE("gp: units of the targets carry through", "[models]") {
  TrainingData data = test::training_data(25, 2);
  const Matrix query = test::query_points(5, 2);
  const JointPrediction p = fitted(data)->predict(query);
  data.targets *= 1e6;
  test::check_equal(fitted(data)->predict(query), p.affine(1e6, 0), 1e-3);  // optimisers stop at slightly other points
}

TEST_CASE("gp: the stream does not matter", "[models]") {
  const TrainingData data = test::training_data();
  const auto gp = test::model("gp");
  CHECK(test::identical(gp->fit(data, Stream(1))->predict(test::query_points(5)),
                        gp->fit(data, Stream(2))->predict(test::query_points(5))));
}

TEST_CASE("gp: parameters out of range are named", "[models]") {
  CHECK(test::error_of([] {
          test::model("gp", {{"steps", -1}});
        }) == "config: test.parameters.steps: must be from 0 to 100000, got -1");
  CHECK(test::error_of([] {
          test::model("gp", {{"smallest_noise_variance", 0}});
        }) == "config: test.parameters.smallest_noise_variance: must be above 0, got 0");
}

}  // namespace
}  // namespace predcorr::models
