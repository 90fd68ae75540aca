// SPDX-License-Identifier: Apache-2.0
#include "metrics/joint_scores.hpp"

#include "tests/metrics/calibration_cases.hpp"

namespace predcorr {
namespace {

const Json& reference(const char* part) { return test::reference("calibration_metrics_reference.json").at(part); }

TEST_CASE("joint scores: the mean length of Gaussian vectors is SciPy's", "[metrics]") {
  for (const Json& json : reference("mean_length")) {
    const Vector mean = test::vector(json.at("mean"));
    const Matrix covariance = test::matrix(json.at("covariance"));
    const double value = json.at("value").get<double>();
    INFO(mean.size() << " points, length " << value);
    const metrics::MeanLength length(covariance);
    CHECK(length(mean) == test::close(value, 1e-9));
    // Another unit is another scale of Q, and the covariance may be scaled by itself.
    const metrics::MeanLength small(covariance * 1e-16);
    CHECK(small(mean * 1e-8) == test::close(value * 1e-8, 1e-9));
    CHECK(small(mean, 1e8) == test::close(value, 1e-9));
  }
}

TEST_CASE("joint scores: the mean length of correlated vectors is that of draws", "[metrics]") {
  constexpr Index n = 12, kDraws = 20000;
  const JointPrediction p = test::random_prediction(n, 4, 3);
  const Matrix covariance = p.latent.matrix() + Matrix(p.noise_variance.asDiagonal());
  const Matrix root = Cholesky(covariance, 0).lower();
  Stream stream(5);
  Vector lengths(kDraws);
  for (double& length : lengths) {
    const Vector x = p.mean + root * stream.normals(n);
    length = x.norm();
  }
  const double error = std::sqrt((lengths.array() - lengths.mean()).square().mean() / kDraws);
  CHECK(std::abs(metrics::MeanLength(covariance)(p.mean) - lengths.mean()) < 4.5 * error);
}

TEST_CASE("joint scores: vectors that do not vary, or only in one direction", "[metrics]") {
  const Vector m{{3, 4, 12}};
  CHECK(metrics::MeanLength(Matrix::Zero(3, 3))(m) == test::close(13, 1e-10));
  CHECK(metrics::MeanLength(Matrix::Zero(3, 3))(Vector::Zero(3)) == 0);
  // All of it along (1, 1): sqrt(2) |Z| on average sqrt(2) sqrt(2 / pi).
  CHECK(metrics::MeanLength(Matrix::Ones(2, 2))(Vector::Zero(2)) == test::close(2 / std::sqrt(std::acos(-1.0)), 1e-10));
  CHECK_THAT(test::error_of([] { metrics::MeanLength(Matrix::Ones(1, 1))(Vector{{1e200}}); }),
             test::contains("too large to be squared"));
}

TEST_CASE("joint scores: the means of |m + s Z| and of its root are SciPy's", "[metrics]") {
  for (const Json& json : reference("mean_power")) {
    const double m = json.at("m").get<double>(), s = json.at("s").get<double>();
    INFO("m " << m << ", s " << s);
    const double root = json.at("root").get<double>(), one = json.at("one").get<double>();
    CHECK(metrics::mean_root_distance(m, s) == test::close(root, 1e-10));
    CHECK(metrics::mean_root_distance(-m, s) == test::close(root, 1e-10));
    CHECK(metrics::mean_distance(m, s) == test::close(one, 1e-10));
    CHECK(metrics::mean_distance(-m, s) == test::close(one, 1e-10));
  }
  CHECK(metrics::mean_root_distance(-4, 0) == 2);
  CHECK(metrics::mean_distance(-4, 0) == 4);
  CHECK(metrics::mean_root_distance(1e10, 1e-10) == test::close(1e5, 1e-14));
}

TEST_CASE("joint scores: where there are too many points, evenly spaced ones are taken", "[metrics]") {
  const JointPrediction p = test::random_prediction(12, 2, 1);
  const Outcome outcome{.y = Vector::LinSpaced(12, 0, 11), .n_pool = 2, .oracle = std::nullopt};
  const metrics::TestSample all(outcome, p, 10), some(outcome, p, 4);
  CHECK(all.y == outcome.test_targets());
  CHECK(all.prediction.mean == p.mean.tail(10));
  CHECK(some.y == Vector{{2, 4, 7, 9}});
  CHECK(some.prediction.noise_variance(3) == p.noise_variance(9));
}

}  // namespace
}  // namespace predcorr
