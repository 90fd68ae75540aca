// SPDX-License-Identifier: Apache-2.0
#include "results/statistics/rank_tests.hpp"

#include <cmath>

#include "core/base/stream.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

TEST_CASE("friedman: SciPy's, with and without ties", "[results]") {
  for (const Json& expected : test::reference("statistics_reference.json").at("friedman")) {
    const Matrix scores = test::matrix(expected.at("scores"));
    const FriedmanTest test = friedman(scores);
    CHECK(test.datasets == scores.rows());
    CHECK(test.models == scores.cols());
    for (std::size_t j = 0; j < test.mean_ranks.size(); ++j)
      CHECK(test.mean_ranks[j] == test::close(expected.at("mean_ranks").at(j).get<double>(), 1e-14));
    CHECK(test.chi_square == test::close(expected.at("chi_square").get<double>(), 1e-12));
    CHECK(test.p == test::close(expected.at("p").get<double>(), 1e-12));
    CHECK(test.f.value() == test::close(expected.at("f").get<double>(), 1e-12));
    CHECK(test.f_p == test::close(expected.at("f_p").get<double>(), 1e-12));
  }
}

TEST_CASE("friedman: the comparison of reference, where higher is better", "[results]") {
  const Json& json = test::reference("comparison.json");
  const FriedmanTest test = friedman(-test::matrix(json.at("scores")));
  for (std::size_t j = 0; j < test.mean_ranks.size(); ++j)
    CHECK(test.mean_ranks[j] == test::close(json.at("mean_ranks").at(j).get<double>(), 1e-14));
  CHECK(test.chi_square == test::close(json.at("friedman").at("chi_square").get<double>(), 1e-13));
  CHECK(test.p == test::close(json.at("friedman").at("p_value").get<double>(), 1e-12));
}

TEST_CASE("friedman: only the order within a data set counts", "[results]") {
  Matrix scores(6, 4);
  for (Index i = 0; i < 6; ++i) scores.row(i) = Stream(2).fork("row", static_cast<std::uint64_t>(i)).normals(4);
  Matrix moved = scores.array().exp();
  moved.row(3) = 1e6 * moved.row(3).array() - 5;
  CHECK(friedman(moved).chi_square == friedman(scores).chi_square);
  CHECK(friedman(scores.colwise().reverse()).chi_square == test::close(friedman(scores).chi_square, 1e-14));
  moved(0, 0) *= 1 + 1e-14;  // rounding
  CHECK(friedman(moved).chi_square == friedman(scores).chi_square);
}

TEST_CASE("friedman: all data sets agree", "[results]") {
  const FriedmanTest test = friedman(Vector{{1, 2, 3}}.transpose().replicate(4, 1));
  CHECK(test.chi_square == test::close(8));  // N (k - 1)
  CHECK(test.p == test::close(std::exp(-4)));
  CHECK_FALSE(test.f);
  CHECK(test.f_p == test::close(1.0 / (6 * 6 * 6)));
  // Two of three tied: three orders.
  CHECK(friedman(Vector{{1, 2, 2}}.transpose().replicate(3, 1)).f_p == test::close(1.0 / 9));
}

TEST_CASE("friedman: nothing differs", "[results]") {
  const FriedmanTest test = friedman(Matrix::Ones(3, 4));
  CHECK(test.chi_square == 0);
  CHECK(test.p == 1);
  CHECK(test.f.value() == 0);
  CHECK(test.f_p == 1);
  CHECK(test.mean_ranks == std::vector<double>(4, 2.5));
}

TEST_CASE("friedman: refused", "[results]") {
  CHECK(test::error_of([] { friedman(Matrix::Ones(1, 4)); }) ==
        "shape: friedman: needs at least 2 data sets and 2 models, got 1 and 4");
  CHECK_THAT(test::error_of([] { friedman(Matrix::Constant(2, 2, std::nan(""))); }), test::contains("not finite"));
}

TEST_CASE("nemenyi: Demsar's table", "[results]") {
  // Demsar 2006, table 5(a), q of 0.05 for 2 to 10 models, right to one in the last digit; the critical difference of
  // his example, 4 models on 14 data sets, is 1.25, at 0.1 it is 1.12.
  const std::vector<double> table = {1.960, 2.343, 2.569, 2.728, 2.850, 2.949, 3.031, 3.102, 3.164};
  for (int k = 2; k <= 10; ++k)
    CHECK(nemenyi_critical_difference(k, 1) / std::sqrt(k * (k + 1) / 6.0) ==
          Approx(table[static_cast<std::size_t>(k - 2)]).margin(1e-3));
  CHECK(nemenyi_critical_difference(4, 14) == Approx(1.25).margin(0.005));
  CHECK(nemenyi_critical_difference(4, 14, 0.1) == Approx(1.12).margin(0.005));
  CHECK_THAT(test::error_of([] { nemenyi_critical_difference(4, 0); }), test::contains("at least 1 data set, got 0"));
  CHECK_THAT(test::error_of([] { nemenyi_critical_difference(1, 5); }), test::contains("at least 2"));
}

}  // namespace
}  // namespace predcorr
