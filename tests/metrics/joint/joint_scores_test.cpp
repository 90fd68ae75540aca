// SPDX-License-Identifier: Apache-2.0
#include "metrics/joint/joint_scores.hpp"

#include <cmath>
#include <limits>
#include <numbers>

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

TEST_CASE("joint scores: the mean length has no scale of its own, of the mean or of the covariance", "[metrics]") {
  const Json json = reference("mean_length").at(1);
  const Vector mean = test::vector(json.at("mean"));
  const Matrix covariance = test::matrix(json.at("covariance"));
  const double value = metrics::MeanLength(covariance)(mean);
  for (const int k : {-500, -260, -31, 1, 77, 260, 500}) {  // 2^260 is 1.9e78, where covariances have no squares
    INFO("times 2^" << k);
    const metrics::MeanLength length(covariance * std::ldexp(1.0, 2 * k));
    CHECK(length(mean * std::ldexp(1.0, k)) == std::ldexp(value, k));
    CHECK(length(mean * std::ldexp(1.0, std::min(k + 400, 1000))) ==
          test::close(std::ldexp(mean.norm(), std::min(k + 400, 1000)), 1e-10));
    CHECK(length(mean * std::ldexp(1.0, k - 400)) == test::close(length(Vector::Zero(mean.size())), 1e-10));
    CHECK(metrics::MeanLength(Matrix::Zero(mean.size(), mean.size()))(mean * std::ldexp(1.0, 2 * k)) ==
          test::close(std::ldexp(mean.norm(), 2 * k), 1e-10));
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
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK_THAT(test::error_of([&] { metrics::MeanLength(Matrix::Ones(1, 1))(Vector{{infinity}}); }),
             test::contains("too large for a double"));
  CHECK_THAT(test::error_of([&] { metrics::MeanLength(Matrix{{infinity}}); }),
             test::contains("too large for a double"));
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

TEST_CASE("joint scores: where there are too many points, some are drawn by their targets", "[metrics]") {
  const JointPrediction p = test::random_prediction(12, 2, 1);
  const EvaluationData evaluation{.y = Vector::LinSpaced(12, 0, 11), .n_pool = 2, .oracle = std::nullopt};
  const metrics::TestSample all(evaluation, p, 10), some(evaluation, p, 4);
  CHECK(all.y == evaluation.test_targets());
  CHECK(all.prediction.mean == p.mean.tail(10));
  REQUIRE(some.y.size() == 4);
  for (Index i = 0; i < 4; ++i) {
    const auto row = static_cast<Index>(some.y(i));  // targets count the rows
    CHECK(row >= 2);
    CHECK(some.prediction.mean(i) == p.mean(row));
    CHECK(some.prediction.noise_variance(i) == p.noise_variance(row));
    CHECK(all.order[static_cast<std::size_t>(i)] + 2 == row);  // the first of the order in which all are dealt
  }
  CHECK(some.order == consecutive_rows(0, 4));
}

TEST_CASE("joint scores: mean lengths of vectors with noise are those of Gaussian vectors", "[metrics]") {
  const Matrix vectors = Stream(5).normals(40).reshaped(8, 5) * 2;
  const Vector noise{{0.1, 0.1, 0, 2, 0.1, 0.3, 0, 2}};
  for (const double factor : {1.0, 1e-12, 1e6}) {
    const metrics::MeanLength one_by_one((factor * noise).asDiagonal());
    const Vector lengths = metrics::NoisyLengths(factor * noise)(vectors);
    REQUIRE(lengths.size() == 5);
    for (Index c = 0; c < 5; ++c) CHECK(lengths(c) == test::close(one_by_one(vectors.col(c)), 1e-11));
  }
  const Vector pure = vectors.colwise().norm().transpose();
  CHECK(metrics::NoisyLengths(Vector::Zero(8))(vectors) == pure);
  CHECK(test::difference(metrics::NoisyLengths(Vector::Constant(8, 1e-200))(vectors), pure) < 1e-11);
  CHECK(metrics::NoisyLengths(Vector::Constant(8, 1e-300))(vectors) == pure);
  CHECK(metrics::NoisyLengths(noise)(Matrix(8, 0)).size() == 0);
  // A vector of zeros beside others: sqrt(2 / pi) of the only deviation.
  Matrix zero = Matrix::Zero(2, 2);
  zero(0, 1) = 1e100;
  const Vector apart = metrics::NoisyLengths(Vector{{0, 4}})(zero);
  CHECK(apart(0) == test::close(2 * std::sqrt(2 / std::numbers::pi), 1e-11));
  CHECK(apart(1) == test::close(1e100, 1e-11));
}

}  // namespace
}  // namespace predcorr
