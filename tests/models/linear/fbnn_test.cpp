// SPDX-License-Identifier: Apache-2.0
#include <Eigen/Eigenvalues>

#include "core/linalg/cholesky.hpp"
#include "tests/support/model_contract.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

/// 15 rows of a curve with a gap between -0.4 and 0.6.
TrainingData gapped() {
  Stream stream(41);
  Vector x(15);
  x << Vector::LinSpaced(8, -2, -0.4), Vector::LinSpaced(7, 0.6, 2);
  return {x, (2 * x).array().sin().matrix() + 0.2 * stream.normals(15)};
}

/// All rows in each batch, many features, little jitter, points between and around the data.
Json exact(int epochs = 1000) {
  return {{"features", 60}, {"n_rand", 15},          {"epochs", epochs},    {"batch", 15},
          {"jitter", 1e-4}, {"learning_rate", 0.03}, {"schedule", "cosine"}};
}

/// The exact posterior of the GP whose hyper-parameters the fit reports, with the noise it ended with.
JointPrediction gp(const TrainingData& data, const Diagnostics& found, const Matrix& query) {
  const KernelPtr kernel = read_kernel(
      {{"rbf", {{"variance", found.at("prior_variance")}, {"length_scale", found.at("prior_length_scale.1")}}}});
  Matrix observed = kernel->cross(data.inputs, data.inputs);
  observed.diagonal().array() += found.at("noise_variance");
  const Cholesky factor(std::move(observed));
  const Matrix cross = kernel->cross(query, data.inputs);
  return {cross * factor.solve(data.targets),
          Covariance::dense(kernel->cross(query, query) - cross * factor.solve(cross.transpose())),
          Vector::Constant(query.rows(), found.at("noise_variance"))};
}

/// Largest difference of two latent covariances, in units of the second's variances.
double covariance_error(const JointPrediction& p, const JointPrediction& wanted) {
  const Matrix exact = wanted.latent.matrix();
  const Vector deviation = exact.diagonal().cwiseSqrt();
  return ((p.latent.matrix() - exact).array() / (deviation * deviation.transpose()).array()).abs().maxCoeff();
}
double mean_error(const JointPrediction& p, const JointPrediction& wanted) {
  return ((p.mean - wanted.mean).array() / wanted.latent.diagonal().array().sqrt()).abs().maxCoeff();
}

TEST_CASE("fbnn: with everything in each step it is the exact GP, means, covariances and noise", "[models]") {
  const auto posterior = test::model("fbnn", exact())->fit(gapped(), Stream(1));
  const Diagnostics found = posterior->diagnostics();
  // Data, gap and a little outside, within the box that points are drawn from.
  const Matrix query = Vector::LinSpaced(9, -2.4, 2.4);
  const JointPrediction p = posterior->predict(query), wanted = gp(gapped(), found, query);
  // Nothing but the optimiser's last steps and the jitter stand between them: 0.8% and 0.3% when this was written.
  CHECK(mean_error(p, wanted) < 0.03);
  CHECK(covariance_error(p, wanted) < 0.02);
  // Then the bound is the marginal likelihood, which the prior's noise maximises.
  CHECK(found.at("noise_variance") == Approx(found.at("prior_noise_variance")).epsilon(0.05));
  CHECK(p.noise_variance(0) == found.at("noise_variance"));
  // And the task is one where a poor posterior would show.
  CHECK(wanted.latent.matrix()(4, 4) > 2 * wanted.latent.matrix()(2, 2));
}

TEST_CASE("fbnn: a joint covariance of the features' rank", "[models]") {
  Json parameters = exact(20);
  parameters["features"] = 7;
  const JointPrediction p =
      test::model("fbnn", parameters)->fit(gapped(), Stream(1))->predict(Vector::LinSpaced(12, -2, 2));
  CHECK(p.latent.is_factor());
  CHECK(p.latent.width() == 7);
  CHECK(Eigen::SelfAdjointEigenSolver<Matrix>(p.latent.matrix()).eigenvalues()(4) < 1e-12);
  CHECK(p.latent.matrix()(0, 1) > 0.5 * p.latent.matrix()(0, 0));
}

TEST_CASE("fbnn: before it learns it is the prior, and the divergence holds it there", "[models]") {
  Json parameters = exact(1);
  parameters["features"] = 300;
  parameters["learning_rate"] = 1e-9;
  const Matrix query = Vector::LinSpaced(5, -2, 2);
  const auto untouched = test::model("fbnn", parameters)->fit(gapped(), Stream(1));
  CHECK(untouched->predict(query).mean.cwiseAbs().maxCoeff() < 1e-6);
  // The mean of 300 features' squares: a relative deviation of 0.71 / sqrt(300) = 4%, over points and 4 of them.
  CHECK(untouched->predict(query).latent.diagonal().mean() ==
        Approx(untouched->diagnostics().at("prior_variance")).epsilon(0.16));
  const auto spread = [&](double kl_weight) {
    Json weighted = exact(300);
    weighted["kl_weight"] = kl_weight;
    const auto posterior = test::model("fbnn", weighted)->fit(gapped(), Stream(1));
    return posterior->predict(query).latent.diagonal().mean() / posterior->diagnostics().at("prior_variance");
  };
  const double none = spread(0), one = spread(1), strong = spread(1000);
  CHECK(none < 0.5 * one);
  CHECK(strong > 0.8);
}

TEST_CASE("fbnn: random points keep the spread in the gap and outside", "[models]") {
  const Matrix query = Vector{{0.1, 2.4, -2.4}};
  const auto ratio = [&](int n_rand) {
    Json parameters = exact(500);
    parameters["n_rand"] = n_rand;
    const auto posterior = test::model("fbnn", parameters)->fit(gapped(), Stream(1));
    const JointPrediction wanted = gp(gapped(), posterior->diagnostics(), query);
    return Vector(posterior->predict(query).latent.diagonal().cwiseQuotient(wanted.latent.diagonal()));
  };
  const Vector with = ratio(15), without = ratio(0);
  CHECK((with.array() - 1).abs().maxCoeff() < 0.1);
  CHECK((without.array() - 1).abs().maxCoeff() > 2 * (with.array() - 1).abs().maxCoeff());
}

TEST_CASE("fbnn: noise can be given, and the prior fitted to fewer rows", "[models]") {
  Json parameters = exact(50);
  parameters["noise_variance"] = 0.3;
  const auto given = test::model("fbnn", parameters)->fit(gapped(), Stream(1));
  CHECK(given->predict(Vector{{0.0}}).noise_variance(0) == 0.3);
  CHECK(given->diagnostics().at("prior_noise_variance") == Approx(0.3));
  parameters = exact(5);
  const double all =
      test::model("fbnn", parameters)->fit(gapped(), Stream(1))->diagnostics().at("prior_length_scale.1");
  parameters["prior_rows"] = 6;
  const double six =
      test::model("fbnn", parameters)->fit(gapped(), Stream(1))->diagnostics().at("prior_length_scale.1");
  CHECK(six != all);
}

TEST_CASE("fbnn: several inputs have a length-scale each, longest where nothing depends", "[models]") {
  const TrainingData data = test::curve(80, 3, 11);
  const auto posterior = test::model("fbnn", {{"epochs", 200}})->fit(data, Stream(1));
  const Diagnostics found = posterior->diagnostics();
  CHECK(found.at("prior_length_scale.2") > 2 * found.at("prior_length_scale.1"));
  CHECK(found.at("prior_length_scale.3") > 2 * found.at("prior_length_scale.1"));
  const TrainingData fresh = test::curve(60, 3, 12);
  const Vector error = posterior->predict(fresh.inputs).mean - fresh.targets;
  CHECK(error.squaredNorm() < 0.25 * fresh.targets.squaredNorm());
}

TEST_CASE("fbnn: divergence and parameters out of range are named", "[models]") {
  Json fast = exact(100);
  fast["learning_rate"] = 1e6;
  const std::string diverged = test::error_of([&] { test::model("fbnn", fast)->fit(gapped(), Stream(1)); });
  INFO(diverged);
  CHECK(diverged.starts_with("numerical: "));
  CHECK(test::error_of([] { test::model("fbnn", {{"jitter", 0}}); }) ==
        "config: test.parameters.jitter: must be above 0, got 0");
  CHECK(test::error_of([] { test::model("fbnn", {{"features", 0}}); }) ==
        "config: test.parameters.features: must be from 1 to 10000, got 0");
}

}  // namespace
}  // namespace predcorr
