// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "models/gp/collapsed_bound.hpp"
#include "models/gp/gp_prior.hpp"
#include "models/gp/inducing_points.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/model_contract.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

std::unique_ptr<const Posterior> fitted(const std::string& name, const TrainingData& data,
                                        const Json& parameters = Json::object(), std::uint64_t seed = 1) {
  return test::model(name, parameters)->fit(data, Stream(seed));
}

TEST_CASE("sgpr: with all rows as inducing points it predicts as the exact GP", "[models]") {
  const TrainingData data = test::curve(50, 2, 3);
  const Matrix query = test::query_points(8, 2);
  const JointPrediction exact = fitted("gp", data)->predict(query);
  const auto full = fitted("sgpr", data, {{"inducing_points", 50}, {"covariance", "full"}});
  CHECK(full->diagnostics().at("inducing_points") == 50);
  test::check_equal(full->predict(query), exact, 5e-3);  // the searches stop at slightly other points
  const JointPrediction low = fitted("sgpr", data, {{"inducing_points", 50}})->predict(query);
  CHECK((low.mean - exact.mean).cwiseAbs().maxCoeff() < 5e-3);
  CHECK(test::difference(low.latent.diagonal(), exact.latent.diagonal()) < 5e-3);
  CHECK(full->diagnostics().at("evidence_lower_bound") ==
        Approx(fitted("gp", data)->diagnostics().at("log_marginal_likelihood")).margin(0.02));
}

TEST_CASE("sgpr: the same hyper-parameters, the same prediction as the exact GP", "[models]") {
  const TrainingData data = test::curve(50, 2, 3);
  const Matrix query = test::query_points(8, 2);
  const JointPrediction exact = fitted("gp", data, {{"steps", 0}})->predict(query);
  const auto full = fitted("sgpr", data, {{"steps", 0}, {"covariance", "full"}});
  test::check_equal(full->predict(query), exact, 1e-4);
}

TEST_CASE("sgpr: the default covariance is a factor", "[models]") {
  const JointPrediction p =
      fitted("sgpr", test::curve(50, 2, 3), {{"inducing_points", 8}})->predict(test::query_points(30, 2));
  CHECK(p.latent.is_factor());
  CHECK(p.latent.width() == 8);
  CHECK(p.latent.extra_diagonal().minCoeff() >= 0);
  test::check_sound(p, 30);
}

TEST_CASE("sgpr: the bound on record is that of the kernel on record", "[models]") {
  const TrainingData data = test::curve(60, 1, 3);
  const Diagnostics found = fitted("sgpr", data, {{"inducing_points", 6}})->diagnostics();
  const Json rbf = {{"variance", found.at("kernel.1.variance")}, {"length_scale", found.at("kernel.1.length_scale")}};
  const KernelPtr kernel =
      read_kernel({{"sum", {{{"rbf", rbf}}, {{"white", {{"variance", found.at("noise_variance")}}}}}}});
  const Matrix inducing = inducing_points(data.inputs, 6, Stream(1).fork("inducing"));
  CHECK(found.at("evidence_lower_bound") ==
        test::close(CollapsedBound(data.inputs, data.targets).at(*kernel, inducing).bound, 1e-7));
  CHECK(found.at("evidence_evaluations") > 3);
}

TEST_CASE("sgpr: learning raises the bound, moving inducing points raises it more", "[models]") {
  const TrainingData data = test::curve(80, 2, 3);
  const auto bound = [&](int steps, bool optimise) {
    return fitted("sgpr", data, {{"inducing_points", 6}, {"steps", steps}, {"optimise_inducing", optimise}})
        ->diagnostics()
        .at("evidence_lower_bound");
  };
  const double start = bound(0, false), learned = bound(100, false), moved = bound(100, true);
  CHECK(bound(0, true) == test::close(start));
  CHECK(learned > start + 1);
  CHECK(moved > learned + 1);
  CHECK(moved < fitted("gp", data)->diagnostics().at("log_marginal_likelihood"));
}

TEST_CASE("sgpr: finds the curve in many rows with few inducing points", "[models]") {
  const auto posterior = fitted("sgpr", test::curve(1500, 1, 3), {{"inducing_points", 20}});
  CHECK(posterior->diagnostics().at("noise_variance") == Approx(0.01).epsilon(0.15));
  const Matrix query = Vector::LinSpaced(9, -1.5, 1.5);
  const JointPrediction p = posterior->predict(query);
  CHECK((p.mean - (2 * query.col(0)).array().sin().matrix()).cwiseAbs().maxCoeff() < 0.05);
}

TEST_CASE("sgpr: any kernel, mean and noise that gp knows", "[models]") {
  const TrainingData data = test::curve(50, 2, 3);
  const Json parameters = Json::parse(R"({"kernel": {"sum": ["matern", {"product": ["white", "linear"]}]},
    "mean": "linear", "noise_variance": {"start": 0.02, "learn": false}, "inducing_points": 50, "steps": 0,
    "covariance": "full"})");
  Json exact = parameters;
  exact.erase("inducing_points");
  exact.erase("covariance");
  const Matrix query = test::query_points(8, 2);
  test::check_equal(fitted("sgpr", data, parameters)->predict(query), fitted("gp", data, exact)->predict(query), 1e-3);
}

TEST_CASE("sgpr: inducing points of an input that never changes can be moved", "[models]") {
  TrainingData data = test::curve(40, 2, 3);
  data.inputs.col(1).setConstant(0.7);
  const auto moved = fitted("sgpr", data, {{"inducing_points", 8}, {"optimise_inducing", true}}),
             still = fitted("sgpr", data, {{"inducing_points", 8}});
  test::check_sound(moved->predict(test::query_points(6, 2)), 6);
  // They are moved along the other input, for the better: up to the evidence of the exact GP of that input alone, which
  // no bound exceeds, and to its predictions.
  const auto exact = fitted("gp", {data.inputs.col(0), data.targets});
  const double bound = moved->diagnostics().at("evidence_lower_bound"),
               evidence = exact->diagnostics().at("log_marginal_likelihood");
  CHECK(bound > still->diagnostics().at("evidence_lower_bound") + 0.1);
  CHECK(bound > evidence - 0.02);
  CHECK(bound < evidence + 1e-3);
  const Vector at = Vector::LinSpaced(9, -1.5, 1.5);
  const Matrix query = (Matrix(9, 2) << at, Vector::Constant(9, 0.7)).finished();
  CHECK((moved->predict(query).mean - exact->predict(at).mean).cwiseAbs().maxCoeff() < 0.01);
}

TEST_CASE("sgpr: the stream chooses the inducing points", "[models]") {
  const TrainingData data = test::curve(60, 2, 3);
  const Matrix query = test::query_points(5, 2);
  const Json parameters = {{"inducing_points", 6}, {"steps", 3}};
  const JointPrediction first = fitted("sgpr", data, parameters)->predict(query);
  CHECK(test::identical(first, fitted("sgpr", data, parameters)->predict(query)));
  CHECK(first.mean != fitted("sgpr", data, parameters, 2)->predict(query).mean);
}

TEST_CASE("sgpr: parameters out of range are named", "[models]") {
  CHECK(test::missing(test::error_of([] { test::model("sgpr", {{"covariance", "dense"}}); }),
                      {"config: test.parameters.covariance: ", "low-rank", "full"}) == "");
  CHECK(test::error_of([] { test::model("sgpr", {{"inducing_points", 0}}); }) ==
        "config: test.parameters.inducing_points: must be from 1 to 20000, got 0");
}

}  // namespace
}  // namespace predcorr::models
