// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "tests/support/helpers.hpp"
#include "tests/support/model_contract.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

const Json& expected() { return test::reference("bootstrap_reference.json").at("kernel_ridge"); }

/// The fixture's kernel and rows.
Json kernel() { return {{"rbf", {{"length_scale", expected().at("length_scale")}, {"variance", 1}}}}; }
TrainingData data() { return {test::matrix(expected().at("x")), test::vector(expected().at("y"))}; }

std::unique_ptr<const Posterior> fitted(const TrainingData& rows, const Json& penalties, const Json& of = kernel()) {
  return test::model("kernel-ridge", {{"kernel", of}, {"penalties", penalties}})->fit(rows, Stream(1));
}

TEST_CASE("kernel-ridge: scikit-learn's weighted fit, and its Gaussian process", "[models]") {
  TrainingData weighted = data();
  weighted.weights = test::vector(expected().at("weights"));
  const auto posterior = fitted(weighted, expected().at("penalty"));
  const JointPrediction p = posterior->predict(test::matrix(expected().at("query")));
  CHECK(test::difference(p.mean, test::vector(expected().at("mean"))) < 1e-10);
  CHECK(test::difference(p.latent.matrix(), test::matrix(expected().at("latent_cov"))) < 1e-9);
  CHECK(p.noise_variance(2) == test::close(expected().at("noise_variance").get<double>()));
}

TEST_CASE("kernel-ridge: the penalty with the least leave-one-out error, by leaving rows out", "[models]") {
  const auto chosen = fitted(data(), expected().at("penalties"));
  CHECK(chosen->diagnostics().at("penalty") == expected().at("best").get<double>());
  const Matrix query = test::matrix(expected().at("query"));
  CHECK(test::difference(chosen->predict(query).mean, test::vector(expected().at("best_mean"))) < 1e-9);
  const Vector penalties = test::vector(expected().at("penalties")), errors = test::vector(expected().at("errors"));
  for (Index i = 0; i < penalties.size(); ++i) {
    const Diagnostics found = fitted(data(), {penalties(i), 1e9})->diagnostics();
    CHECK(found.at("penalty") == penalties(i));
    CHECK(std::pow(found.at("leave_one_out_rmse"), 2) == test::close(errors(i)));
  }
}

TEST_CASE("kernel-ridge: a linear kernel with a constant is ridge", "[models]") {
  // The intercept's prior is vague, 1e5 times as wide as a coefficient's.
  const Json of = {{"sum", {{{"linear", {{"variance", 1}, {"origin", 0}}}}, 1e5}}};
  const Matrix query = test::matrix(expected().at("query"));
  const JointPrediction ridge = test::model("ridge", {{"penalties", 0.7}})->fit(data(), Stream(1))->predict(query);
  test::check_equal(fitted(data(), 0.7, of)->predict(query), ridge, 1e-5);
}

TEST_CASE("kernel-ridge: copies of a row are left out together", "[models]") {
  const auto once = fitted(data(), {0.001, 0.01, 0.1, 1});
  const auto twice = fitted(test::with_rows(data(), data()), {0.002, 0.02, 0.2, 2});
  CHECK(twice->diagnostics().at("penalty") == 2 * once->diagnostics().at("penalty"));
  CHECK(twice->diagnostics().at("leave_one_out_rmse") == test::close(once->diagnostics().at("leave_one_out_rmse")));
}

TEST_CASE("kernel-ridge: few rows, constant columns, tiny penalties", "[models]") {
  for (const Json& penalties : {Json{1e-6}, Json{1e-6, 1, 100}})
    for (const Json& of : {Json("rbf"), Json("linear"), kernel()}) {
      for (const Index rows : {2, 3, 24})
        test::check_sound(fitted(test::training_data(rows, 2), penalties, of)->predict(test::query_points(4, 2)), 4);
      TrainingData constant = test::training_data();
      constant.inputs.col(1).setConstant(0.7);
      test::check_sound(fitted(constant, penalties, of)->predict(test::query_points(4)), 4);
    }
}

TEST_CASE("kernel-ridge: what it cannot do is refused", "[models]") {
  CHECK(test::error_of([] { test::model("kernel-ridge", {{"penalties", Json::array()}}); }) ==
        "config: test.parameters: penalties: at least one must be given");
  CHECK(test::error_of([] { fitted(data(), 1, {{"sum", {"rbf", "white"}}}); }) ==
        "config: kernel-ridge: the penalty stands for noise; leave white noise out of the kernel");
  CHECK(test::error_of([] { fitted(data(), {1, 1e-7}); }) ==
        "config: kernel-ridge: penalty 1e-07 is below 1e-06 of the kernel's variance, where rounding would make up the "
        "covariance; penalties must be at least 1e-06");
}

}  // namespace
}  // namespace predcorr
