// SPDX-License-Identifier: Apache-2.0
#include "results/validity/seed_jackknife.hpp"

#include <cmath>

#include "core/base/stream.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

TEST_CASE("seed jackknife: SciPy's correlations of means, and their intervals", "[results]") {
  const Json& json = test::reference("validity_reference.json");
  const Matrix score = test::matrix(json.at("score")), target = test::matrix(json.at("target"));
  const SeedJackknife jackknife(score.cols());
  for (const auto& [name, kind] :
       {std::pair{"pearson", Relation::pearson}, std::pair{"spearman", Relation::spearman}}) {
    INFO(name);
    const auto interval = jackknife.interval(relations(jackknife.means(score), jackknife.means(target), kind), 1);
    REQUIRE(interval);
    CHECK(interval->value == test::close(json.at(name).at(0).get<double>()));
    CHECK(interval->low == test::close(json.at(name).at(1).get<double>()));
    CHECK(interval->high == test::close(json.at(name).at(2).get<double>()));
  }
}

TEST_CASE("seed jackknife: of a mean it is Student's interval", "[results]") {
  // 1, 2, 3, 4, 5: mean 3, standard error sqrt(2.5 / 5), t of 4 degrees of freedom 2.7764451052.
  const Matrix values{{1, 2, 3, 4, 5}};
  const SeedJackknife jackknife(5);
  const Matrix means = jackknife.means(values);
  REQUIRE(means.cols() == 6);
  CHECK(means(0, 0) == 3);
  CHECK(means(0, 1) == 3.5);
  CHECK(means(0, 5) == 2.5);
  const auto interval = jackknife.interval(means.row(0).transpose(), 100);
  REQUIRE(interval);
  CHECK(interval->low == test::close(3 - 2.7764451051977987 * std::sqrt(0.5)));
  CHECK(interval->high == test::close(3 + 2.7764451051977987 * std::sqrt(0.5)));
  CHECK(jackknife.interval(means.row(0).transpose(), 4)->high == 4);
}

TEST_CASE("seed jackknife: models of a seed are left out together", "[results]") {
  // Two models whose difference is the same in every seed keep it whichever is left out.
  Matrix values(2, 5);
  values.row(0) = Stream(3).normals(5).transpose();
  values.row(1) = values.row(0).array() + 0.5;
  const Matrix means = SeedJackknife(5).means(values);
  CHECK((means.row(1) - means.row(0)).isApproxToConstant(0.5, 1e-12));
}

TEST_CASE("seed jackknife: equal models are equal wherever they stand", "[results]") {
  const SeedJackknife jackknife(10);
  for (const Index models : {5, 13, 42}) {  // a matrix product treats the last rows otherwise than the first
    INFO(models);
    const Matrix equal = Stream(5).normals(10).transpose().replicate(models, 1),
                 flat = Matrix::Constant(models, 10, 0.1);
    const Matrix line = Vector::LinSpaced(models, 0, 1).replicate(1, 11);
    CHECK((jackknife.means(equal).rowwise() - jackknife.means(equal).row(0)).isZero(0));
    CHECK(relations(jackknife.means(equal), line, Relation::spearman).array().isNaN().all());
    CHECK(relations(jackknife.means(flat), line, Relation::spearman).array().isNaN().all());
  }
}

TEST_CASE("seed jackknife: what does not vary has no relation, and one seed no interval", "[results]") {
  const Matrix flat = Matrix::Ones(3, 3), line = Vector::LinSpaced(3, 0, 1).replicate(1, 3);
  CHECK(std::isnan(relations(flat, line, Relation::pearson)(0)));
  const SeedJackknife jackknife(2);
  CHECK_FALSE(jackknife.interval(relations(flat, line, Relation::spearman), 1));
  CHECK_FALSE(jackknife.interval(Vector{{0.5, 0.4, std::nan("")}}, 1));
  CHECK_THAT(test::error_of([] { SeedJackknife(1); }), test::contains("at least 2 seeds, there are 1"));
}

}  // namespace
}  // namespace predcorr
