// SPDX-License-Identifier: Apache-2.0
#include "core/prediction/joint_prediction.hpp"

#include <cmath>

#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

using test::difference;
using test::error_of;
using test::missing;

JointPrediction example() {
  Matrix latent(3, 3);
  latent << 2, 0.5, -0.3, 0.5, 1, 0.2, -0.3, 0.2, 1.5;
  return {Eigen::Vector3d(1, -2, 4), Covariance::dense(latent), Eigen::Vector3d(0.1, 0.2, 0.3)};
}

TEST_CASE("Samples give NumPy's mean and covariance, divided by s - 1", "[core]") {
  const Json r = test::reference("core_reference.json").at("linear_algebra");
  const Matrix samples = test::matrix(r.at("samples"));
  const Vector mean = test::vector(r.at("sample_mean"));
  const Matrix covariance = test::matrix(r.at("sample_covariance"));
  const JointPrediction p = from_samples(samples, Vector::Constant(4, 0.25));
  CHECK(difference(p.mean, mean) < 1e-14);
  CHECK(difference(p.latent.matrix(), covariance) < 1e-13);
  CHECK(p.latent.is_factor());
  CHECK(p.latent.width() == 6);
  CHECK(difference(p.observed_variance(), (covariance.diagonal().array() + 0.25).matrix()) < 1e-13);
  const JointPrediction single = from_samples(MatrixF(samples.cast<float>()), Vector::Zero(4));
  CHECK(difference(single.mean, mean) < 1e-6);
  CHECK(difference(single.latent.matrix(), covariance) < 2e-6);
}

TEST_CASE("The mean of float samples is summed in double", "[core]") {
  // 4000 samples around 10000: a float sum would be off by far more than the spread of the samples.
  MatrixF samples(4000, 2);
  for (Index i = 0; i < 4000; ++i) samples.row(i) << 10000.0f + 0.5f * static_cast<float>(i % 2), 3.0f;
  const JointPrediction p = from_samples(samples, Vector::Zero(2));
  CHECK(p.mean(0) == 10000.25);
  CHECK(p.mean(1) == 3.0);
  CHECK(p.latent.diagonal()(0) == test::close(0.0625 * 4000 / 3999, 1e-5));
  CHECK(p.latent.diagonal()(1) == 0.0);
}

TEST_CASE("One sample has no covariance", "[core]") {
  CHECK(missing(error_of([] { from_samples(Matrix(Matrix::Ones(1, 3)), Vector::Zero(3)); }),
                {"shape: ", "at least 2 samples", "got 1"}) == "");
  CHECK(missing(error_of([] { from_samples(MatrixF(MatrixF::Ones(0, 3)), Vector::Zero(3)); }), {"got 0"}) == "");
}

TEST_CASE("A subset keeps mean, covariance and noise of the same points", "[core]") {
  const Rows rows = {2, 0};
  const JointPrediction p = example(), part = p.subset(rows);
  CHECK(part.size() == 2);
  CHECK(part.mean == Eigen::Vector2d(4, 1));
  CHECK(part.noise_variance == Eigen::Vector2d(0.3, 0.1));
  CHECK(part.latent.matrix() == p.latent.matrix()(rows, rows));
}

TEST_CASE("An affine map moves the mean and scales both variances", "[core]") {
  const JointPrediction p = example(), mapped = p.affine(-3, 7);
  CHECK(difference(mapped.mean, Eigen::Vector3d(4, 13, -5)) < 1e-15);
  CHECK(difference(mapped.latent.matrix(), 9 * p.latent.matrix()) < 1e-15);
  CHECK(difference(mapped.noise_variance, Eigen::Vector3d(0.9, 1.8, 2.7)) < 1e-15);
  const JointPrediction back = mapped.affine(-1 / 3.0, 7 / 3.0);
  CHECK(difference(back.mean, p.mean) < 1e-14);
  CHECK(difference(back.latent.matrix(), p.latent.matrix()) < 1e-14);
}

TEST_CASE("Standard deviations can be multiplied point by point and leave means and correlations", "[core]") {
  const JointPrediction p = example(), scaled = p.with_deviations_times(Eigen::Vector3d(2, 0.5, 3));
  CHECK(scaled.mean == p.mean);
  Matrix latent(3, 3);
  latent << 8, 0.5, -1.8, 0.5, 0.25, 0.3, -1.8, 0.3, 13.5;
  CHECK(difference(scaled.latent.matrix(), latent) < 1e-15);
  CHECK(difference(scaled.noise_variance, Eigen::Vector3d(0.4, 0.05, 2.7)) < 1e-15);
  // y's correlation of points 0 and 2: -0.3 / sqrt(2.1 * 1.8) before and after.
  const Vector variance = scaled.observed_variance();
  CHECK(scaled.latent.matrix()(0, 2) / std::sqrt(variance(0) * variance(2)) == test::close(-0.3 / std::sqrt(3.78)));
  CHECK(missing(error_of([&] { p.with_deviations_times(Vector::Ones(2)); }), {"shape: ", "2 factors", "3 points"}) ==
        "");
}

TEST_CASE("A sound prediction passes the check", "[core]") {
  CHECK_NOTHROW(check_prediction(example(), 3, "model"));
  CHECK_NOTHROW(check_prediction(from_samples(test::normals(5, 3), Vector::Zero(3)), 3, "model"));
  CHECK_NOTHROW(check_prediction({Vector(), Covariance(), Vector()}, 0, "model"));
}

TEST_CASE("Predictions that cannot be scored are refused", "[core]") {
  const auto refusal = [](const JointPrediction& p) { return error_of([&] { check_prediction(p, 3, "my-model"); }); };
  const double nan = std::nan("");
  JointPrediction p = example();
  CHECK(missing(error_of([&] { check_prediction(p, 4, "my-model"); }), {"shape: my-model", "4 points"}) == "");
  p.mean = Vector::Ones(2);
  CHECK(missing(refusal(p), {"shape: my-model", "2 means"}) == "");
  p = example();
  p.latent = Covariance::dense(Matrix::Identity(2, 2));
  CHECK(missing(refusal(p), {"shape: my-model", "covariance of 2"}) == "");
  p = example();
  p.mean(1) = nan;
  CHECK(missing(refusal(p), {"numerical: my-model", "mean is not finite"}) == "");
  p = example();
  p.noise_variance(2) = -0.1;
  CHECK(missing(refusal(p), {"numerical: my-model", "noise variance"}) == "");
  p.noise_variance(2) = nan;
  CHECK(missing(refusal(p), {"numerical: my-model", "noise variance"}) == "");
  p = example();
  Matrix latent = p.latent.matrix();
  latent(2, 0) = nan;
  p.latent = Covariance::dense(latent);
  CHECK(missing(refusal(p), {"numerical: my-model", "covariance is not finite"}) == "");
  latent(2, 0) = 0;
  latent(1, 1) = -0.5;
  p.latent = Covariance::dense(latent);
  CHECK(missing(refusal(p), {"numerical: my-model", "latent variance is negative", "-0.5"}) == "");
}

}  // namespace
}  // namespace predcorr
