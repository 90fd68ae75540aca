// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/engine/collapse.hpp"

#include <algorithm>
#include <cmath>

#include "tests/support/model_contract.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

/// 2000 rows in order of their targets, 0 to 1.
TrainingData ordered() { return {Vector::LinSpaced(2000, 0, 1), Vector::LinSpaced(2000, 0, 1)}; }

JointPrediction means(const Vector& mean) { return {mean, {}, {}}; }

TEST_CASE("collapse: the explained share is R squared at rows from all of the data", "[models]") {
  Index asked = 0;
  const auto half = [&](const Matrix& rows) {
    asked = rows.rows();
    return means(0.5 * rows.col(0).array() + 0.25);
  };
  // Residuals are half the targets' deviations: a fourth of their variance is left.
  CHECK(explained_share(ordered(), half) == test::close(0.75, 1e-3));
  CHECK(asked == 1000);
  const auto nothing = [](const Matrix& rows) { return means(Vector::Constant(rows.rows(), 0.5)); };
  CHECK(std::abs(explained_share(ordered(), nothing)) < 1e-5);
  const auto worse = [](const Matrix& rows) { return means(Vector::Constant(rows.rows(), 3)); };
  CHECK(explained_share(ordered(), worse) < -10);
}

TEST_CASE("collapse: the warning says by how much", "[models]") {
  CHECK(collapse_warnings(0.05).empty());
  CHECK(
      collapse_warnings(0.031) ==
      std::vector<std::string>{
          "the fit has collapsed: the posterior mean explains 3.1 % of the training targets' variance; fewer units, a "
          "smaller prior variance, or other epochs and learning_rate may help"});
  CHECK_THAT(collapse_warnings(-2, 0.00123).at(0),
             test::contains("explains 0.0 % of") && test::contains("from the prior is 0.00123 nats per weight"));
}

TEST_CASE("collapse: models that stay at their prior say so, others do not", "[models]") {
  const TrainingData data = test::noisy_sine(100);
  const auto warnings = [&](const std::string& name, Json parameters) {
    parameters.update({{"samples", 100}, {"units", 10}});
    return test::model(name, parameters)->fit(data, Stream(1))->warnings();
  };
  const auto collapsed = [&](const std::string& name, const Json& parameters) {
    const std::vector<std::string> all = warnings(name, parameters);
    return std::any_of(all.begin(), all.end(), [](const auto& w) { return w.find("collapsed") != std::string::npos; });
  };
  const Json held = {{"epochs", 300}, {"prior_variance", 1e-6}};
  CHECK_THAT(warnings("bbb", held).at(0), test::contains("collapsed"));
  Json held_for_good = held;
  held_for_good["learn_prior_variance"] = false;
  for (const char* name : {"nng", "nng-eigen"})
    CHECK_THAT(warnings(name, held_for_good).at(0), test::contains("collapsed"));
  CHECK_THAT(warnings("mc-dropout", {{"epochs", 300}, {"length_scale", 100}}).at(0), test::contains("collapsed"));
  CHECK_FALSE(collapsed("bbb", {{"epochs", 500}}));
  CHECK_FALSE(collapsed("nng", {{"epochs", 300}}));
  CHECK_FALSE(collapsed("nng-eigen", {{"epochs", 300}}));
  CHECK_FALSE(collapsed("mc-dropout", {{"epochs", 300}}));
  CHECK(test::model("fbnn", {{"epochs", 100}, {"features", 20}})->fit(data, Stream(1))->warnings().empty());
}

TEST_CASE("collapse: the divergence of bbb's posterior, by hand of what is on record", "[models]") {
  // No inputs that matter, one unit, a fixed prior: 40 of 43 weights are at the prior, where the divergence is 0.
  const TrainingData data{Matrix::Zero(20, 40), Stream(3).normals(20)};
  const Json parameters = {{"units", 1}, {"epochs", 1500}, {"samples", 10}, {"prior_variance", 0.25}};
  const auto posterior = test::model("bbb", parameters)->fit(data, Stream(1));
  CHECK(posterior->diagnostics().at("kl_per_weight") > 0);
  CHECK(posterior->diagnostics().at("kl_per_weight") < 0.3);
  // Trained for an epoch, deviations are still e^-5: log(0.5 / e^-5) + (e^-10 + m^2) / 0.5 - 1/2. Of 4003 initial
  // weights the mean m^2 is 1 up to sqrt(2 / 4003); four times twice that is 0.18.
  Json first = parameters;
  first["epochs"] = 1;
  first["learning_rate"] = 1e-6;
  const double start = test::model("bbb", first)
                           ->fit({Matrix::Zero(20, 4000), data.targets}, Stream(1))
                           ->diagnostics()
                           .at("kl_per_weight");
  CHECK(start == Approx(std::log(0.5) + 5 - 0.5 + 2).margin(0.18));
}

}  // namespace
}  // namespace predcorr::models
