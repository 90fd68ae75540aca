// SPDX-License-Identifier: Apache-2.0
#include "results/seed_bootstrap.hpp"

#include <cmath>

#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

TEST_CASE("seed bootstrap: SciPy's correlations of means and NumPy's percentiles", "[results]") {
  const Json& json = test::reference("validity_reference.json");
  const Matrix score = test::matrix(json.at("score")), target = test::matrix(json.at("target"));
  const SeedBootstrap bootstrap(score.cols(), json.at("drawn").get<std::vector<Rows>>());
  for (const auto& [name, kind] :
       {std::pair{"pearson", Relation::pearson}, std::pair{"spearman", Relation::spearman}}) {
    INFO(name);
    const auto interval = interval_of(relations(bootstrap.means(score), bootstrap.means(target), kind));
    REQUIRE(interval);
    CHECK(interval->value == test::close(json.at(name).at(0).get<double>()));
    CHECK(interval->low == test::close(json.at(name).at(1).get<double>()));
    CHECK(interval->high == test::close(json.at(name).at(2).get<double>()));
  }
}

TEST_CASE("seed bootstrap: models of a seed are drawn together, the same each time", "[results]") {
  // Two models whose difference is the same in every seed keep it in every resample.
  Matrix values(2, 5);
  values.row(0) = Stream(3).normals(5).transpose();
  values.row(1) = values.row(0).array() + 0.5;
  const SeedBootstrap bootstrap(5, 300, Stream(1));
  const Matrix means = bootstrap.means(values);
  REQUIRE(means.cols() == 301);
  CHECK((means.row(1) - means.row(0)).isApproxToConstant(0.5, 1e-12));
  CHECK(means(0, 0) == test::close(values.row(0).mean()));
  CHECK(means == SeedBootstrap(5, 300, Stream(1)).means(values));
  CHECK(means != SeedBootstrap(5, 300, Stream(2)).means(values));
  // Resampled means scatter about the mean by sqrt(population variance / 5): 300 of them tell it to some 4 %, twice 8
  // %.
  const double variance = (values.row(0).array() - values.row(0).mean()).square().mean() / 5;
  CHECK((means.row(0).tail(300).array() - means(0, 0)).square().mean() == Approx(variance).epsilon(0.25));
}

TEST_CASE("seed bootstrap: equal models are equal wherever they stand", "[results]") {
  const SeedBootstrap bootstrap(10, 200, Stream(4));
  for (const Index models : {5, 13, 42}) {  // a matrix product treats the last rows otherwise than the first
    INFO(models);
    const Matrix equal = Stream(5).normals(10).transpose().replicate(models, 1),
                 flat = Matrix::Constant(models, 10, 0.1);
    const Matrix line = Vector::LinSpaced(models, 0, 1).replicate(1, 201);
    CHECK((bootstrap.means(equal).rowwise() - bootstrap.means(equal).row(0)).isZero(0));
    CHECK(relations(bootstrap.means(equal), line, Relation::spearman).array().isNaN().all());
    CHECK(relations(bootstrap.means(flat), line, Relation::spearman).array().isNaN().all());
  }
}

TEST_CASE("seed bootstrap: what does not vary has no relation, and one seed no interval", "[results]") {
  const Matrix flat = Matrix::Ones(3, 2), line = Vector::LinSpaced(3, 0, 1).replicate(1, 2);
  CHECK(std::isnan(relations(flat, line, Relation::pearson)(0)));
  CHECK_FALSE(interval_of(relations(flat, line, Relation::spearman)));
  Vector some(4);
  some << 0.5, std::nan(""), 0.2, 0.4;
  CHECK(interval_of(some)->low == test::close(0.205));  // of 0.2 and 0.4 alone
  CHECK_THAT(test::error_of([] { SeedBootstrap(1, 10, Stream(1)); }), test::contains("at least 2 seeds, there are 1"));
}

}  // namespace
}  // namespace predcorr
