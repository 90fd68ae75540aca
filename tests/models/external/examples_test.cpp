// SPDX-License-Identifier: Apache-2.0
// The programs in models/external/, run as a suite runs them. What is not installed is left out, and said.
#include "tests/support/external_models.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/model_contract.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/skip.hpp"

namespace predcorr::models {
namespace {

std::shared_ptr<const Model> example(const std::string& program, const std::string& file, Json more) {
  more["command"] = {program, std::string(PREDCORR_SOURCE_DIR "/models/external/") + file};
  return test::model("external", more);
}

/// Learns a curve: its mean is closer to the truth than no model's, its prediction joint, the same again, and the same
/// for some of the points.
void check_learns(const Model& model, double tolerance) {
  const TrainingData data = test::noisy_sine(60);
  const Matrix query = Vector::LinSpaced(15, -0.9, 0.9);
  const auto fit = model.fit(data, Stream(3));
  const JointPrediction p = fit->predict(query);
  test::check_sound(p, 15);
  const Vector truth = (2 * query.col(0)).array().sin();
  CHECK((p.mean - truth).norm() < 0.4 * truth.norm());
  const Matrix close = fit->predict(Vector{{0.2, 0.205}}).latent.matrix();
  CHECK(close(0, 1) > 0.3 * std::sqrt(close(0, 0) * close(1, 1)));
  CHECK(test::identical(model.fit(data, Stream(3))->predict(query), p));
  const Rows some = {9, 2, 5};
  test::check_equal(fit->predict(query(some, Eigen::all)), p.subset(some), tolerance);
}

TEST_CASE("example: scikit-learn's Gaussian process is the exact posterior of its kernel", "[models]") {
  test::need(test::has_python("sklearn"), "scikit-learn");
  const auto model = example("python3", "sklearn_gp.py", {{"parameters", {{"restarts", 0}}}});
  check_learns(*model, 1e-5);
}

TEST_CASE("example: scikit-learn's random forest", "[models]") {
  test::need(test::has_python("sklearn"), "scikit-learn");
  check_learns(*example("python3", "sklearn_forest.py", {{"parameters", {{"trees", 50}}}}), 1e-9);
}

TEST_CASE("example: a PyTorch ensemble with a Laplace last layer", "[models]") {
  test::need(test::has_python("torch"), "PyTorch");
  const Json small = {{"members", 3}, {"draws", 10}, {"epochs", 60}, {"units", 10}};
  const auto model = example("python3", "torch_laplace_ensemble.py", {{"parameters", small}});
  check_learns(*model, 1e-9);
}

TEST_CASE("example: linear regression in R is the model of docs/extending.md", "[models]") {
  test::need(test::has_r("jsonlite"), "R with jsonlite");
  const TrainingData data = test::training_data();
  const Matrix query = test::query_points(9);
  const auto r = example("Rscript", "linear_model.R", {{"format", "csv"}, {"parameters", {{"noise_variance", 0.2}}}});
  const auto cpp = test::model("bayesian-line", {{"noise_variance", 0.2}});
  test::check_equal(r->fit(data, Stream(1))->predict(query), cpp->fit(data, Stream(1))->predict(query), 1e-12);
  CHECK(r->fit(data, Stream(1))->predict(query.topRows(1)).size() == 1);
  // What goes wrong in R comes back as a reason.
  CHECK(test::missing(
            test::error_of([&] { example("Rscript", "linear_model.R", {{"format", "npz"}})->fit(data, Stream(1)); }),
            {"the model reports: ", "cannot open"}) == "");
}

}  // namespace
}  // namespace predcorr::models
