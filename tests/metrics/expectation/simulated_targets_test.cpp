// SPDX-License-Identifier: Apache-2.0
#include "metrics/expectation/simulated_targets.hpp"

#include <tbb/global_control.h>
#include <tbb/task_arena.h>

#include "tests/metrics/fixtures.hpp"
#include "tests/support/helpers.hpp"

namespace predcorr {
namespace {

using metrics::simulated_targets;

Matrix covariance_of(const Matrix& y, const Vector& mean) {
  const Matrix centred = y.colwise() - mean;
  return centred * centred.transpose() / static_cast<double>(y.cols());
}

/// Largest difference of a covariance of draws from the right one, in standard errors.
double standard_errors(const Matrix& y, const JointPrediction& p) {
  Matrix right = p.latent.matrix();
  right.diagonal() += p.noise_variance;
  const Matrix found = covariance_of(y, p.mean);
  double most = 0;
  for (Index j = 0; j < right.cols(); ++j)
    for (Index i = 0; i < right.rows(); ++i) {
      const double variance = (right(i, i) * right(j, j) + right(i, j) * right(i, j)) / static_cast<double>(y.cols());
      most = std::max(most, std::abs(found(i, j) - right(i, j)) / std::sqrt(variance));
    }
  return most;
}

TEST_CASE("simulated targets have the prediction's means and covariances, whatever its form", "[metrics]") {
  const JointPrediction dense = test::densified(test::random_prediction(8, 3, 2));
  JointPrediction apart = test::random_prediction(8, 3, 2);
  apart.latent = Covariance::from_factor(apart.latent.factor_rows(0, 8), Vector::LinSpaced(8, 0, 1));
  for (const JointPrediction& p : {dense, apart}) {
    const Matrix y = simulated_targets(p, 40000, Stream(3));
    REQUIRE(y.cols() == 40000);
    const Vector off = (y.rowwise().mean() - p.mean).cwiseQuotient(p.observed_variance().cwiseSqrt());
    CHECK(off.cwiseAbs().maxCoeff() < 4.5 / std::sqrt(40000.0));
    CHECK(standard_errors(y, p) < 4.5);
  }
}

TEST_CASE("simulated targets: many points go by the factor and its diagonal", "[metrics]") {
  const Index n = metrics::kDensePoints + 1;
  JointPrediction p = test::random_prediction(n, 2, 5);
  CHECK(metrics::simulates_by_factor(p));
  CHECK_FALSE(metrics::simulates_by_factor(test::random_prediction(metrics::kDensePoints, 2, 5)));
  p.latent = Covariance::from_factor(p.latent.factor_rows(0, n), Vector::Constant(n, 0.4));
  const Matrix y = simulated_targets(p, 4000, Stream(3));
  const Rows some = {0, 1, 500, n - 1};
  CHECK(standard_errors(y(some, Eigen::all), p.subset(some)) < 4.5);
}

TEST_CASE("simulated targets: predictions of the same points meet common random numbers", "[metrics]") {
  const JointPrediction p = test::densified(test::random_prediction(7, 4, 1));
  const Matrix y = simulated_targets(p, 70, Stream(9));
  const Vector factors = Vector::LinSpaced(7, 0.5, 2);
  JointPrediction other = p.with_deviations_times(factors);
  other.mean.array() += 3;
  const Matrix scaled = factors.asDiagonal() * (y.colwise() - p.mean);
  CHECK(test::difference(simulated_targets(other, 70, Stream(9)), scaled.colwise() + other.mean) < 1e-12);
  CHECK(test::difference(simulated_targets(p, 70, Stream(8)), y) > 0.1);
}

TEST_CASE("simulated targets: a draw depends neither on how many there are nor on threads", "[metrics]") {
  for (const Index n : {Index{30}, metrics::kDensePoints + 1}) {
    const JointPrediction p = test::random_prediction(n, 3, 1);
    const Matrix y = simulated_targets(p, 200, Stream(4));
    CHECK(simulated_targets(p, 65, Stream(4)) == y.leftCols(65));
    const tbb::global_control allowed(tbb::global_control::max_allowed_parallelism, 4);
    tbb::task_arena(1).execute([&] { CHECK(simulated_targets(p, 200, Stream(4)) == y); });
    tbb::task_arena(4).execute([&] { CHECK(simulated_targets(p, 200, Stream(4)) == y); });
  }
}

TEST_CASE("simulated targets: points without variance stay at their mean, and no indefinite matrix is drawn from",
          "[metrics]") {
  JointPrediction p = test::densified(test::random_prediction(4, 1, 1));  // of rank one
  p.noise_variance.setZero();
  const Matrix y = simulated_targets(p, 100, Stream(1));
  const Vector deviation = p.observed_variance().cwiseSqrt();
  const Matrix z = deviation.cwiseInverse().asDiagonal() * (y.colwise() - p.mean);
  for (Index i = 1; i < 4; ++i) CHECK((z.row(i).cwiseAbs() - z.row(0).cwiseAbs()).cwiseAbs().maxCoeff() < 1e-3);

  const JointPrediction sure{Vector{{1, 2}}, Covariance::dense(Matrix{{0, 0}, {0, 1}}), Vector{{0, 0}}};
  CHECK((simulated_targets(sure, 50, Stream(1)).row(0).array() == 1).all());

  const JointPrediction none{Vector{{1, 2}}, Covariance::dense(Matrix{{1, 2}, {2, 1}}), Vector{{0, 0}}};
  CHECK(test::error_of([&] { simulated_targets(none, 5, Stream(1)); }) ==
        "numerical: Cholesky: a 2 x 2 matrix is not positive definite, even with 1.0e-04 of its mean diagonal added");
}

}  // namespace
}  // namespace predcorr
