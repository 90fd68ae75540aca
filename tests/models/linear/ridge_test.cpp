// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "tests/support/helpers.hpp"
#include "tests/support/model_contract.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

std::unique_ptr<const Posterior> fitted(const TrainingData& data, const Json& penalties) {
  return test::model("ridge", {{"penalties", penalties}})->fit(data, Stream(1));
}

TrainingData data_of(const Json& expected) { return {test::matrix(expected.at("x")), test::vector(expected.at("y"))}; }

TEST_CASE("ridge: scikit-learn's fit, its noise variance and parameters", "[models]") {
  const Json expected = test::reference("model_reference.json").at("ridge");
  const auto posterior = fitted(data_of(expected), expected.at("penalty"));
  const Matrix query = test::matrix(expected.at("query"));
  const Vector mean = (query * test::vector(expected.at("weights"))).array() + expected.at("intercept").get<double>();
  const JointPrediction p = posterior->predict(query);
  CHECK(test::difference(p.mean, mean) < 1e-10);
  CHECK(p.noise_variance(0) == test::close(expected.at("noise_variance").get<double>()));
  CHECK(posterior->diagnostics().at("effective_parameters") ==
        test::close(expected.at("effective_parameters").get<double>()));
  CHECK(posterior->diagnostics().at("penalty") == expected.at("penalty").get<double>());
}

TEST_CASE("ridge: weights, the latent covariance and the choice of penalty, more rows and more inputs", "[models]") {
  for (const char* shape : {"tall", "wide"}) {
    INFO(shape);
    const Json& all = test::reference("bootstrap_reference.json").at("ridge");
    const Json& expected = all.at(shape);
    TrainingData data = data_of(expected);
    const Matrix query = test::matrix(expected.at("query"));

    const auto chosen = fitted(data, all.at("penalties"));
    CHECK(chosen->diagnostics().at("penalty") == expected.at("best").get<double>());
    CHECK(std::pow(chosen->diagnostics().at("leave_one_out_rmse"), 2) ==
          test::close(test::vector(expected.at("errors")).minCoeff()));
    CHECK(test::difference(chosen->predict(query).mean, test::vector(expected.at("best_mean"))) < 1e-9);

    data.weights = test::vector(expected.at("weights"));
    const JointPrediction p = fitted(data, expected.at("penalty"))->predict(query);
    CHECK(p.latent.width() == query.cols() + 1);
    CHECK(test::difference(p.mean, test::vector(expected.at("mean"))) < 1e-9);
    CHECK(test::difference(p.latent.matrix(), test::matrix(expected.at("latent_cov"))) < 1e-9);
    CHECK(p.noise_variance(1) == test::close(expected.at("noise_variance").get<double>()));
  }
}

TEST_CASE("ridge: every penalty's leave-one-out error is what leaving rows out gives", "[models]") {
  // One penalty beside a far worse one, so that its error goes on record.
  const Json& all = test::reference("bootstrap_reference.json").at("ridge");
  const TrainingData data = data_of(all.at("tall"));
  const Vector penalties = test::vector(all.at("penalties")), errors = test::vector(all.at("tall").at("errors"));
  for (Index i = 0; i < penalties.size(); ++i) {
    const Diagnostics found = fitted(data, {penalties(i), 1e9})->diagnostics();
    CHECK(found.at("penalty") == penalties(i));
    CHECK(std::pow(found.at("leave_one_out_rmse"), 2) == test::close(errors(i)));
  }
}

TEST_CASE("ridge: copies of a row are left out together", "[models]") {
  // Leaving out one of two copies would see the other; here copying all rows changes neither the errors nor, with
  // penalties doubled as well, the choice.
  const TrainingData data = data_of(test::reference("bootstrap_reference.json").at("ridge").at("tall"));
  const auto once = fitted(data, {0.01, 0.1, 1, 10, 100});
  const auto twice = fitted(test::with_rows(data, data), {0.02, 0.2, 2, 20, 200});
  CHECK(twice->diagnostics().at("penalty") == 2 * once->diagnostics().at("penalty"));
  CHECK(twice->diagnostics().at("leave_one_out_rmse") == test::close(once->diagnostics().at("leave_one_out_rmse")));
}

TEST_CASE("ridge: fractions of rows add up", "[models]") {
  TrainingData data = test::curve(12, 2, 4), halves = test::with_rows(data, data);
  halves.weights = Vector::Constant(24, 0.5);
  const Matrix query = test::query_points(5, 2);
  test::check_equal(fitted(data, {0.1, 10})->predict(query), fitted(halves, {0.1, 10})->predict(query), 1e-10);
}

TEST_CASE("ridge: targets in other units", "[models]") {
  const TrainingData data = test::curve(12, 2, 4);
  TrainingData moved = data;
  moved.targets = (data.targets.array() * 3 + 1e4).matrix();
  const Matrix query = test::query_points(5, 2);
  const JointPrediction p = fitted(moved, 1)->predict(query);
  test::check_equal(p, fitted(data, 1)->predict(query).affine(3, 1e4), 1e-9);
}

TEST_CASE("ridge: few rows, constant columns, targets that all but agree", "[models]") {
  for (const Json& penalties : {Json{1e-8}, Json{1e-8, 1, 100}}) {
    for (const Index rows : {2, 3})
      test::check_sound(fitted(test::training_data(rows, 8), penalties)->predict(test::query_points(4, 8)), 4);
    TrainingData data = test::training_data();
    data.inputs.col(1).setConstant(0.7);
    test::check_sound(fitted(data, penalties)->predict(test::query_points(4)), 4);
    data.targets.setConstant(2);
    data.targets(3) += 1e-9;
    const JointPrediction p = fitted(data, penalties)->predict(test::query_points(4));
    test::check_sound(p, 4);
    CHECK(test::difference(p.mean, Vector::Constant(4, 2)) < 1e-8);
  }
}

TEST_CASE("ridge: penalties must be positive and given", "[models]") {
  CHECK(test::error_of([] { test::model("ridge", {{"penalties", Json::array()}}); }) ==
        "config: test.parameters: penalties: at least one must be given");
  CHECK_THAT(test::error_of([] { test::model("ridge", {{"penalties", {1, 0}}}); }), test::contains("above 0"));
}

}  // namespace
}  // namespace predcorr
