// SPDX-License-Identifier: Apache-2.0
#include "tests/metrics/calibration_cases.hpp"

namespace predcorr {
namespace {

const std::string kName = "energy_score";

TEST_CASE("energy_score: one point's is its CRPS", "[metrics]") {
  for (const double y : {-3.0, 1.0, 1.5, 40.0}) {
    const test::CalibrationCase c(Vector{{y}}, Vector{{1}}, Vector{{2}}, 2);
    INFO("y " << y);
    CHECK(test::score(kName, c.evaluation, c.prediction) ==
          test::close(test::score("crps", c.evaluation, c.prediction), 1e-9));
  }
}

TEST_CASE("energy_score: its definition over draws, in any covariance form", "[metrics]") {
  constexpr Index n = 8, kDraws = 20000;
  const JointPrediction p = test::random_prediction(n, 3, 7);
  const EvaluationData evaluation{.y = Vector::LinSpaced(n, -1, 2), .n_pool = 0, .oracle = std::nullopt};
  const Matrix root = Cholesky(p.latent.matrix() + Matrix(p.noise_variance.asDiagonal()), 0).lower();
  Stream stream(2);
  Vector terms(kDraws);
  for (double& term : terms) {
    const Vector a = p.mean + root * stream.normals(n), b = p.mean + root * stream.normals(n);
    term = 0.5 * ((a - evaluation.y).norm() + (b - evaluation.y).norm()) - 0.5 * (a - b).norm();
  }
  const double error = std::sqrt((terms.array() - terms.mean()).square().mean() / kDraws);
  const double score = test::score(kName, evaluation, p);
  CHECK(std::abs(score - terms.mean()) < 4.5 * error);
  CHECK(test::score(kName, evaluation, test::densified(p)) == test::close(score, 1e-9));
}

TEST_CASE("energy_score: another unit scales it, the truth without spread costs nothing", "[metrics]") {
  const test::CalibrationCase c = test::drawn_case(30, 1.2, 3);
  EvaluationData moved = c.evaluation;
  moved.y = (20 * c.evaluation.y.array() - 7).matrix();
  CHECK(test::score(kName, moved, c.prediction.affine(20, -7)) ==
        test::close(20 * test::score(kName, c.evaluation, c.prediction), 1e-8));
  const test::CalibrationCase sure(Vector{{1, 2}}, Vector{{1, 2}}, Vector{{0, 0}}),
      off(Vector{{4, 6}}, Vector{{1, 2}}, Vector{{0, 0}});
  CHECK(test::score(kName, sure.evaluation, sure.prediction) == 0);
  CHECK(test::score(kName, off.evaluation, off.prediction) == test::close(5, 1e-9));
}

TEST_CASE("energy_score: at any scale, exactly", "[metrics]") {
  const test::CalibrationCase c = test::drawn_case(30, 1.2, 3);
  const double score = test::score(kName, c.evaluation, c.prediction);
  for (const double unit : {1e-140, 1e-78, 1e78, 1e100, 1e140}) {
    EvaluationData evaluation = c.evaluation;
    evaluation.y *= unit;
    INFO("unit " << unit);
    CHECK(test::score(kName, evaluation, c.prediction.affine(unit, 0)) == test::close(score * unit, 1e-10));
  }
  const test::CalibrationCase far(Vector{{1e200, 2e200}}, Vector{{1, 2}}, Vector{{1, 1}});
  CHECK(test::score(kName, far.evaluation, far.prediction) == test::close(std::sqrt(5.0) * 1e200, 1e-10));
}

TEST_CASE("energy_score: the true correlations have the lowest on average", "[metrics]") {
  // Draws of 20 points under one strong common factor; the wrong prediction takes them for independent.
  constexpr Index n = 20, kRuns = 200;
  JointPrediction truth;
  truth.mean = Vector::Zero(n);
  truth.latent = Covariance::from_factor(RowMatrix(RowMatrix::Ones(n, 1)));
  truth.noise_variance = Vector::Constant(n, 0.1);
  JointPrediction independent = truth;
  independent.latent = Covariance::dense(Matrix::Identity(n, n));
  Stream stream(4);
  Vector gain(kRuns);
  for (double& g : gain) {
    const Vector y = Vector::Constant(n, stream.normal()) + std::sqrt(0.1) * stream.normals(n);
    const EvaluationData evaluation{.y = y, .n_pool = 0, .oracle = std::nullopt};
    g = test::score(kName, evaluation, independent) - test::score(kName, evaluation, truth);
  }
  CHECK(gain.mean() > 4.5 * std::sqrt((gain.array() - gain.mean()).square().mean() / kRuns));
}

}  // namespace
}  // namespace predcorr
