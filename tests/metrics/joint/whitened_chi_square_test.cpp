// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "tests/metrics/calibration_cases.hpp"

namespace predcorr {
namespace {

const std::string kName = "whitened_chi_square";

TEST_CASE("whitened_chi_square: SciPy's values", "[metrics]") {
  const Json& json = test::reference("joint_scores_reference.json");
  const EvaluationData evaluation{.y = test::vector(json.at("y")), .n_pool = 0, .oracle = std::nullopt};
  for (const auto& [form, p] : test::forms(test::prediction(json.at("model"))))
    for (const auto& [part, value] : json.at(kName).items()) {
      INFO(form << ", " << part);
      CHECK(test::part(kName, part, evaluation, p) == test::close(value.get<double>()));
    }
}

TEST_CASE("whitened_chi_square: two correlated points by hand", "[metrics]") {
  // Variances 4 and 9, correlation 1/2, z = (1, -1): z'z = 2, z'R^-1 z = 4. P(chi^2_2 <= q) = 1 - exp(-q / 2).
  const JointPrediction p{Vector{{1, 1}}, Covariance::dense(Matrix{{3, 3}, {3, 5}}), Vector{{1, 4}}};
  const EvaluationData evaluation{.y = Vector{{3, -2}}, .n_pool = 0, .oracle = std::nullopt};
  CHECK(test::part(kName, "joint", evaluation, p) == test::close(2));
  CHECK(test::part(kName, "joint_pit", evaluation, p) == test::close(1 - std::exp(-2.0)));
  CHECK(test::part(kName, "marginal", evaluation, p) == test::close(1));
  CHECK(test::part(kName, "marginal_pit", evaluation, p) == test::close(1 - std::exp(-1.0)));
}

TEST_CASE("whitened_chi_square: of draws of the prediction 1 on average, its PIT uniform", "[metrics]") {
  constexpr Index n = 12, kDraws = 500;
  const JointPrediction p = test::random_prediction(n, 3, 6);
  const Matrix root = Cholesky(p.latent.matrix() + Matrix(p.noise_variance.asDiagonal()), 0).lower();
  Stream stream(8);
  Vector square(kDraws), pit(kDraws), marginal_pit(kDraws);
  for (Index d = 0; d < kDraws; ++d) {
    const EvaluationData evaluation{.y = p.mean + root * stream.normals(n), .n_pool = 0, .oracle = std::nullopt};
    square(d) = test::part(kName, "joint", evaluation, p);
    pit(d) = test::part(kName, "joint_pit", evaluation, p);
    marginal_pit(d) = test::part(kName, "marginal_pit", evaluation, p);
  }
  CHECK(std::abs(square.mean() - 1) < 4.5 * std::sqrt(2.0 / n / kDraws));
  CHECK(std::abs(pit.mean() - 0.5) < 4.5 * std::sqrt(1.0 / 12 / kDraws));
  // The variance of u^2 type spread about 1/2: that of (u - 1/2)^2 is 1/180 around 1/12.
  const double spread = (pit.array() - 0.5).square().mean(), error = std::sqrt(1.0 / 180 / kDraws);
  CHECK(std::abs(spread - 1.0 / 12) < 4.5 * error);
  // Correlated residuals taken for independent ones crowd at both ends.
  CHECK((marginal_pit.array() - 0.5).square().mean() > 1.0 / 12 + 4.5 * error);
}

TEST_CASE("whitened_chi_square: a singular covariance leaves the marginal parts", "[metrics]") {
  JointPrediction p = test::random_prediction(6, 2, 1);
  p.noise_variance.setZero();
  const EvaluationData evaluation{.y = p.mean, .n_pool = 0, .oracle = std::nullopt};
  const auto scores = test::scores(kName, evaluation, p);
  for (const std::size_t part : {0, 1}) CHECK(scores.at(part).reason == "the predicted covariance of y is singular");
  for (const std::size_t part : {2, 3}) CHECK(scores.at(part).value == 0.0);
  p.latent = Covariance::dense(Matrix::Zero(6, 6));
  for (const Score& s : test::scores(kName, evaluation, p)) CHECK(s.reason == "a predicted variance of y is 0");
}

}  // namespace
}  // namespace predcorr
