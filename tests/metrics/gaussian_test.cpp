// SPDX-License-Identifier: Apache-2.0
#include "metrics/gaussian.hpp"

#include <Eigen/LU>
#include <cmath>
#include <numbers>

#include "tests/metrics/fixtures.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::metrics {
namespace {

TEST_CASE("gaussian: SciPy's joint log density through a factor of fewer columns than points", "[metrics]") {
  const Json expected = test::reference("model_reference.json").at("log_density");
  const RowMatrix factor = test::matrix(expected.at("factor"));
  REQUIRE(factor.cols() < factor.rows());
  const Vector y = test::vector(expected.at("y")), extra = test::vector(expected.at("extra"));
  const double joint = expected.at("joint").get<double>(), joint_extra = expected.at("joint_extra").get<double>();
  JointPrediction p{test::vector(expected.at("mean")), Covariance::from_factor(factor),
                    test::vector(expected.at("noise_var"))};
  CHECK(joint_log_density(y, p) == test::close(joint));
  CHECK(joint_log_density(y, test::densified(p)) == test::close(joint));
  p.latent = Covariance::from_factor(factor, extra);
  CHECK(joint_log_density(y, p) == test::close(joint_extra));
  CHECK(joint_log_density(y, test::densified(p)) == test::close(joint_extra));
  // With all of the diagonal in the factor's extra one and no noise it is the same distribution of y.
  p.latent = Covariance::from_factor(factor, extra + p.noise_variance);
  p.noise_variance.setZero();
  CHECK(joint_log_density(y, p) == test::close(joint_extra));
  // A float factor is the same to seven digits.
  p.latent = Covariance::from_factor(RowMatrixF(factor.cast<float>()), p.latent.extra_diagonal());
  CHECK(joint_log_density(y, p) == test::close(joint_extra, 1e-5));
}

TEST_CASE("gaussian: SciPy's marginal log density", "[metrics]") {
  const Json expected = test::reference("model_reference.json").at("log_density");
  const Matrix factor = test::matrix(expected.at("factor"));
  const Vector variance = factor.rowwise().squaredNorm() + test::vector(expected.at("noise_var"));
  CHECK(marginal_log_density(test::vector(expected.at("y")), test::vector(expected.at("mean")), variance) ==
        test::close(expected.at("marginal").get<double>()));
}

TEST_CASE("gaussian: the factor's path and the dense one agree at any width", "[metrics]") {
  const Index width = GENERATE(1, 2, 14, 15, 40);  // 15 points: the last two go the dense way
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    const JointPrediction p = test::random_prediction(15, width, seed);
    const Vector y = Stream(seed).fork("y").normals(15);
    CHECK(joint_log_density(y, p) == test::close(joint_log_density(y, test::densified(p))));
  }
}

TEST_CASE("gaussian: noise that is tiny beside the factor loses no digits", "[metrics]") {
  JointPrediction p = test::random_prediction(6, 2, 3);
  const double part = GENERATE(1e-6, 1e-7, 1e-9, 1e-11);
  p.noise_variance.setConstant(part);
  // y on the mean: no quadratic form. |C| = part^4 |part I + F'F|, by the determinant lemma.
  const Matrix factor = p.latent.factor_rows(0, 6);
  const Matrix inner = factor.transpose() * factor + part * Matrix::Identity(2, 2);
  const double log_determinant = 4 * std::log(part) + std::log(inner.determinant());
  const double at_mean = -0.5 * (log_determinant + 6 * std::log(2 * std::numbers::pi));
  CHECK(joint_log_density(p.mean, p) == test::close(at_mean, 1e-6));
  // y off the mean by F w: the quadratic form is w' F'F (part I + F'F)^-1 w, next to |w|^2.
  const Vector w{{0.7, -1.1}};
  const double square = w.dot(factor.transpose() * (factor * inner.inverse() * w));
  CHECK(joint_log_density(p.mean + factor * w, p) == test::close(at_mean - 0.5 * square, 1e-6));
}

TEST_CASE("gaussian: correlations by hand", "[metrics]") {
  const Matrix covariance{{4, 3, 0}, {3, 9, 0}, {0, 0, 0}};
  CHECK(correlation_matrix(covariance).isApprox(Matrix{{1, 0.5, 0}, {0.5, 1, 0}, {0, 0, 1}}, 1e-15));
  const Matrix block = correlation_block(Matrix{{3, 0}, {-6, 1}}, Vector{{4, 9}}, Vector{{9, 0}});
  CHECK(block.isApprox(Matrix{{0.5, 0}, {-2.0 / 3, 0}}, 1e-15));
}

TEST_CASE("gaussian: the covariance of y is the latent one plus noise", "[metrics]") {
  const JointPrediction p{Vector{{0, 0}}, Covariance::dense(Matrix{{1, 0.5}, {0.5, 2}}), Vector{{0.25, 3}}};
  CHECK(observed_covariance(p) == Matrix{{1.25, 0.5}, {0.5, 5}});
  CHECK(p.observed_variance() == Vector{{1.25, 5}});
}

TEST_CASE("gaussian: SciPy's joint, marginal and copula parts of groups of points", "[metrics]") {
  const Json& json = test::reference("joint_scores_reference.json");
  const JointPrediction model = test::prediction(json.at("model"));
  const Vector y = test::vector(json.at("y"));
  for (const Json& group : json.at("groups")) {
    const Rows rows = group.at("rows").get<Rows>();
    INFO(rows.size() << " points");
    for (const auto& [form, p] : test::forms(model)) {
      INFO(form);
      const JointDensity density = joint_density(y(rows), p.subset(rows));
      CHECK(density.points == std::ssize(rows));
      CHECK(density.joint() == test::close(group.at("joint").get<double>()));
      CHECK(density.marginal == test::close(group.at("marginal").get<double>()));
      CHECK(std::abs(density.copula - group.at("copula").get<double>()) < 1e-10);
    }
  }
}

TEST_CASE("gaussian: the parts of two correlated points by hand", "[metrics]") {
  // Variances 4 and 9, correlation 1/2, residuals 2 and -3: z = (1, -1), z'R^-1 z = 4, |R| = 3/4.
  const JointPrediction p{Vector{{1, 1}}, Covariance::dense(Matrix{{3, 3}, {3, 5}}), Vector{{1, 4}}};
  const JointDensity density = joint_density(Vector{{3, -2}}, p);
  CHECK(density.whitened_square == test::close(4));
  CHECK(density.marginal_square == test::close(2));
  CHECK(density.copula == test::close(-0.5 * (4 - 2 + std::log(0.75))));
  CHECK(density.marginal == test::close(-1 - std::log(2.0) - std::log(3.0) - std::log(2 * std::numbers::pi)));
}

TEST_CASE("gaussian: NumPy's divergence, and 0 from itself", "[metrics]") {
  const Json& json = test::reference("joint_scores_reference.json");
  const JointPrediction truth = test::prediction(json.at("truth")), model = test::prediction(json.at("model"));
  for (const Json& group : json.at("groups")) {
    const Rows rows = group.at("rows").get<Rows>();
    INFO(rows.size() << " points");
    for (const auto& [form, p] : test::forms(model))
      CHECK(kl_divergence(truth.subset(rows), p.subset(rows)) == test::close(group.at("kl").get<double>()));
    CHECK(std::abs(kl_divergence(truth.subset(rows), truth.subset(rows))) < 1e-11);
    // Neither the unit nor the origin matters.
    CHECK(kl_divergence(truth.subset(rows).affine(1e5, 3), model.subset(rows).affine(1e5, 3)) ==
          test::close(group.at("kl").get<double>()));
  }
  CHECK(test::error_of([&] { kl_divergence(truth, model.subset({1, 2})); }) ==
        "shape: divergence: predictions of 36 and 2 points");
}

/// Few members and no noise: a covariance of y of rank `width`.
JointPrediction without_noise(Index n, Index width) {
  JointPrediction p = test::random_prediction(n, width, 5);
  p.noise_variance.setZero();
  return p;
}

TEST_CASE("gaussian: fewer members than points and no noise is singular, in every form and unit", "[metrics]") {
  for (const Index width : {1, 3, 11})
    for (const double unit : {1.0, 1e-8, 1e8}) {
      const JointPrediction p = without_noise(12, width).affine(unit, 0);
      JointPrediction coarse = p;
      coarse.latent = Covariance::from_factor(RowMatrixF(p.latent.factor_rows(0, 12).cast<float>()));
      INFO(width << " members, unit " << unit);
      for (const JointPrediction& form : {p, coarse, test::densified(p)}) {
        CHECK(test::error_of([&] { joint_log_density(p.mean, form); }) ==
              "numerical: the predicted covariance of y is singular: of 12 points some are settled by the others");
        CHECK_THAT(test::error_of([&] { kl_divergence(form, form); }), test::contains("is singular"));
      }
      // As many points as members are regular.
      const JointPrediction some = p.subset(consecutive_rows(0, width));
      CHECK(std::isfinite(joint_log_density(some.mean, some)));
    }
}

TEST_CASE("gaussian: unequal variances alone make nothing singular", "[metrics]") {
  JointPrediction p = test::random_prediction(6, 8, 2);
  const double copula = joint_density(p.mean, p).copula;
  p = p.with_deviations_times(Vector{{1e-9, 1, 1e9, 1e-3, 1e5, 1e-6}});
  CHECK(joint_density(p.mean, p).copula == test::close(copula, 1e-7));
}

TEST_CASE("gaussian: densities of degenerate distributions are refused", "[metrics]") {
  const Vector zero = Vector::Zero(2);
  CHECK(test::error_of([&] { marginal_log_density(zero, zero, Vector{{1, 0}}); }) ==
        "numerical: a predicted variance of y is 0");
  CHECK(test::error_of([&] { joint_log_density(zero, {zero, Covariance::dense(Matrix{{1, 0}, {0, 0}}), zero}); }) ==
        "numerical: a predicted variance of y is 0");
  CHECK(test::error_of([&] { joint_log_density(zero, {zero, Covariance::dense(Matrix::Ones(2, 2)), zero}); }) ==
        "numerical: the predicted covariance of y is singular: of 2 points some are settled by the others");
}

}  // namespace
}  // namespace predcorr::metrics
