// SPDX-License-Identifier: Apache-2.0
#include "models/calibration/correlation_shrinkage.hpp"

#include <cmath>
#include <numbers>

#include "core/base/stream.hpp"
#include "core/linalg/cholesky.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::models {
namespace {

/// Groups of `n` rows with the equicorrelation `believed`, drawn with `truth`.
std::vector<StandardisedGroup> equicorrelated(int groups, Index n, double believed, double truth) {
  Stream stream(6);
  std::vector<StandardisedGroup> all;
  for (int g = 0; g < groups; ++g) {
    Matrix r = Matrix::Constant(n, n, believed);
    r.diagonal().setOnes();
    const double common = stream.normal();
    all.push_back({r, (std::sqrt(truth) * common + std::sqrt(1 - truth) * stream.normals(n).array()).matrix()});
  }
  return all;
}

TEST_CASE("correlation shrinkage: SciPy's maximum", "[models]") {
  const Json r = test::reference("calibration_reference.json").at("shrinkage");
  std::vector<StandardisedGroup> groups;
  for (std::size_t g = 0; g < r.at("r").size(); ++g)
    groups.push_back({test::matrix(r.at("correlation").at(g)), test::vector(r.at("r").at(g))});
  const CorrelationShrinkage found = fit_correlation_shrinkage(groups);
  CHECK(found.gamma == test::close(r.at("gamma"), 1e-6));
  CHECK(found.log_likelihood == test::close(r.at("log_likelihood"), 1e-10));
  CHECK(found.kept == test::close(r.at("kept"), 1e-10));
  CHECK(found.independent == test::close(r.at("independent"), 1e-10));
  CHECK(found.rows == 36);
}

TEST_CASE("correlation shrinkage: pairs in closed form", "[models]") {
  // r1 + r2 and r1 - r2 are independent with variances 2 (1 + c) and 2 (1 - c), c = gamma rho. With means of squares
  // u and v the score is zero where  (1 - v') / (1 - c) = (1 - u') / (1 + c),  u' = u / 2 / (1 + c), ...; for r with
  // u / 2 = 1 + t and v / 2 = 1 - t that is c = t.
  const double rho = 0.8, t = 0.3;
  const Matrix r{{1, rho}, {rho, 1}};
  const double sum = std::sqrt(2 * (1 + t)), difference = std::sqrt(2 * (1 - t));
  const Vector one{{(sum + difference) / 2, (sum - difference) / 2}},
      two{{(sum - difference) / 2, (sum + difference) / 2}};
  const CorrelationShrinkage found = fit_correlation_shrinkage({{r, one}, {r, two}});
  CHECK(found.gamma == test::close(t / rho, 1e-6));
  CHECK(found.log_likelihood ==
        test::close(-0.5 * (std::log(1 - t * t) / 2 + 1 + std::log(2 * std::numbers::pi)), 1e-9));
  // As correlated as believed or more: nothing is shrunk.
  const Vector equal = Vector::Constant(2, 1.0);
  CHECK(fit_correlation_shrinkage({{r, equal}}).gamma == 1.0);
  // Against each other where agreement is believed: everything.
  const Vector opposite{{1, -1}};
  CHECK(fit_correlation_shrinkage({{r, opposite}}).gamma == 0.0);
}

TEST_CASE("correlation shrinkage: a known factor is found, right correlations stay", "[models]") {
  // c = gamma rho, rho = 0.8. The information about c of a group of n equicorrelated values is
  // ((n - 1)^2 / l1^2 + (n - 1) / l2^2) / 2 with l1 = 1 + (n - 1) c, l2 = 1 - c.
  const Index n = 8;
  const int groups = 400;
  for (const double truth : {0.2, 0.5}) {
    INFO("correlation " << truth);
    const double l1 = 1 + 7 * truth, l2 = 1 - truth;
    const double error = std::sqrt(2 / (groups * (49 / (l1 * l1) + 7 / (l2 * l2)))) / 0.8;
    CHECK(error < 0.04);
    CHECK(std::abs(fit_correlation_shrinkage(equicorrelated(groups, n, 0.8, truth)).gamma - truth / 0.8) < 3 * error);
  }
  const double error = std::sqrt(2 / (groups * (49 / (6.6 * 6.6) + 7 / 0.04))) / 0.8;
  CHECK(fit_correlation_shrinkage(equicorrelated(groups, n, 0.8, 0.8)).gamma > 1 - 3 * error);
}

TEST_CASE("correlation shrinkage: a singular correlation matrix is never kept as it is", "[models]") {
  // Two members: correlations of +-1. Residuals that do not follow them.
  Stream stream(3);
  const RowMatrix f = stream.normals(10);
  const JointPrediction p{Vector::Zero(10), Covariance::from_factor(f), Vector::Zero(10)};
  const Vector residual = stream.normals(10);
  const CorrelationShrinkage found = fit_correlation_shrinkage({standardised_group(p, residual)});
  CHECK(found.gamma < 1);
  CHECK(found.kept == -std::numeric_limits<double>::infinity());
  CHECK(std::isfinite(found.log_likelihood));
  // Even residuals that follow them exactly leave it short of 1.
  const CorrelationShrinkage exact = fit_correlation_shrinkage({standardised_group(p, f.col(0))});
  CHECK(exact.gamma > 0.99);
  CHECK(exact.gamma < 1);
}

TEST_CASE("correlation shrinkage: no pairs, nothing learned", "[models]") {
  CHECK(fit_correlation_shrinkage({}).gamma == 1.0);
  CHECK(fit_correlation_shrinkage({{Matrix::Ones(1, 1), Vector::Ones(1)}, {Matrix(0, 0), Vector()}}).rows == 0);
  // A point without variance says nothing of correlations.
  const RowMatrix f{{1, 0}, {0, 0}, {1, 1}};
  const JointPrediction p{Vector::Zero(3), Covariance::from_factor(f), Vector::Zero(3)};
  const StandardisedGroup group = standardised_group(p, Vector{{3, 9, 2}});
  CHECK(group.r == Vector{{3, 2 / std::sqrt(2.0)}});
  CHECK(group.correlation(0, 1) == test::close(std::sqrt(0.5)));
}

}  // namespace
}  // namespace predcorr::models
