// SPDX-License-Identifier: Apache-2.0
#include "models/resampling/resampling.hpp"

#include <cmath>
#include <set>

#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

using namespace models;

Resampling options(const Json& given) { return read_parameters<Resampling>(given, "test"); }

std::string refused(const Json& given, Spread spread = Spread::members, bool left_out = false) {
  return test::error_of([&] { options(given).check(spread, left_out); });
}

/// members x n draws.
Matrix draws(const Json& given, Index rows, Index members, std::uint64_t seed = 1,
             const std::vector<Index>& groups = {}) {
  const Resampler resampler(options(given), rows, groups);
  Matrix all(members, rows);
  for (Index m = 0; m < members; ++m) {
    Stream stream = Stream(seed).fork("member", static_cast<std::uint64_t>(m));
    all.row(m) = resampler.draw(stream).transpose();
  }
  return all;
}

TEST_CASE("resampling: rows with replacement", "[models]") {
  const Matrix counts = draws(Json::object(), 20, 4000);
  CHECK(counts.rowwise().sum() == Vector::Constant(4000, 20));
  // Binomial counts: mean 1, variance 0.95; over members standard errors of 0.0155 and, with a fourth central moment of
  // 3.5, 0.026. Four of them, for 20 rows.
  for (Index i = 0; i < 20; ++i) {
    CHECK(counts.col(i).mean() == Approx(1).margin(0.062));
    CHECK((counts.col(i).array() - 1).square().mean() == Approx(0.95).margin(0.104));
  }
  CHECK(draws({{"fraction", 0.26}}, 20, 5).rowwise().sum() == Vector::Constant(5, 5));
  CHECK(draws({{"fraction", 1.5}}, 20, 5).rowwise().sum() == Vector::Constant(5, 30));
  CHECK(draws({{"fraction", 0.001}}, 20, 5).rowwise().sum() == Vector::Ones(5));
}

TEST_CASE("resampling: rows without replacement", "[models]") {
  const Matrix counts = draws({{"replacement", false}, {"fraction", 0.3}}, 10, 4000);
  CHECK(counts.rowwise().sum() == Vector::Constant(4000, 3));
  CHECK(counts.maxCoeff() == 1);
  for (Index i = 0; i < 10; ++i) CHECK(counts.col(i).mean() == Approx(0.3).margin(4 * 0.0073));
  // Two rows: neither both nor none.
  CHECK(draws({{"replacement", false}, {"fraction", 0.9}}, 2, 9).rowwise().sum() == Vector::Ones(9));
}

TEST_CASE("resampling: Dirichlet weights", "[models]") {
  // n Dirichlet(1, ..., 1): mean 1, variance (n - 1) / (n + 1), and each weight / n has a Beta(1, n - 1) distribution:
  // P(weight < 1) = 1 - (1 - 1 / n)^(n - 1). Standard errors over 4000: 0.0146, at most 0.04 and 0.0077.
  constexpr Index n = 12;
  const Matrix weights = draws({{"scheme", "bayesian"}}, n, 4000);
  CHECK((weights.rowwise().sum().array() - n).abs().maxCoeff() < 1e-10);
  CHECK(weights.minCoeff() > 0);
  for (Index i = 0; i < n; ++i) {
    CHECK(weights.col(i).mean() == Approx(1).margin(4 * 0.0146));
    CHECK((weights.col(i).array() - 1).square().mean() == Approx(11.0 / 13).margin(0.16));
    CHECK((weights.col(i).array() < 1).cast<double>().mean() == Approx(1 - std::pow(11.0 / 12, 11)).margin(4 * 0.0077));
  }
}

TEST_CASE("resampling: blocks of consecutive rows stay together", "[models]") {
  constexpr Index n = 12;
  const Matrix counts = draws({{"block_size", 4}}, n, 3000);
  CHECK(counts.rowwise().sum() == Vector::Constant(3000, n));
  for (Index m = 0; m < 3000; ++m) {
    // Taking a block away wherever one begins must leave nothing; a cyclic run has a beginning unless it is the circle.
    Vector left = counts.row(m).transpose();
    const double common = left.minCoeff();
    left.array() -= common;
    Index blocks = 0, first = 0;
    if (common > 0) {
      CHECK(common == 1);
      CHECK(left.isZero(0));
      continue;
    }
    while (left(first) != 0) ++first;  // a row in no block
    for (Index i = first; i < first + n; ++i)
      while (left(i % n) > 0) {
        for (Index k = 0; k < 4; ++k) left((i + k) % n) -= 1;
        ++blocks;
      }
    CHECK(left.isZero(0));
    CHECK(blocks == 3);
  }
  for (Index i = 0; i < n; ++i) CHECK(counts.col(i).mean() == Approx(1).margin(4 * std::sqrt(2.0 / 3000)));
  // The last block is cut off: 10 rows of 4 + 4 + 2.
  CHECK(draws({{"block_size", 4}}, 10, 5).rowwise().sum() == Vector::Constant(5, 10));
}

TEST_CASE("resampling: groups stay together", "[models]") {
  const std::vector<Index> group_of_row = {3, 5, 3, 4, 5, 3};
  const std::vector<Rows> groups = {{0, 2, 5}, {1, 4}, {3}};
  for (const Json& given :
       {Json::object(), Json{{"scheme", "bayesian"}}, Json{{"replacement", false}, {"fraction", 0.67}}}) {
    const Matrix counts = draws(given, 6, 300, 1, group_of_row);
    for (const Rows& group : groups)
      for (const Index i : group) CHECK(counts.col(i) == counts.col(group.front()));
    const Matrix units = counts(Eigen::all, Rows{0, 1, 3});
    const double drawn = given.contains("fraction") ? 2 : 3;
    CHECK((units.rowwise().sum().array() - drawn).abs().maxCoeff() < 1e-10);
    CHECK((units.rowwise() - units.row(0)).cwiseAbs().maxCoeff() > 0);
    CHECK(Resampler(options(given), 6, group_of_row).unit_counts(counts.cast<float>()) == Counts(units.cast<float>()));
  }
}

TEST_CASE("resampling: another stream draws other rows", "[models]") {
  for (const Json& given : {Json::object(), Json{{"scheme", "bayesian"}}, Json{{"block_size", 2}}}) {
    CHECK(draws(given, 9, 3, 1) == draws(given, 9, 3, 1));
    CHECK(draws(given, 9, 3, 1) != draws(given, 9, 3, 2));
  }
}

TEST_CASE("resampling: counts as repeated rows", "[models]") {
  CHECK(repeated_rows(Vector{{0, 2, 1, 0, 3}}) == Rows{1, 1, 2, 4, 4, 4});
}

TEST_CASE("resampling: options that do not go together are refused", "[models]") {
  options(Json::object()).check(Spread::jackknife_after_bootstrap, true);
  options({{"scheme", "bayesian"}}).check(Spread::infinitesimal_jackknife, false);
  const std::string all = "config: scheme 'bayesian' weights all rows: leave out fraction, replacement and block_size";
  CHECK(refused({{"scheme", "bayesian"}, {"fraction", 0.5}}) == all);
  CHECK(refused({{"scheme", "bayesian"}, {"replacement", false}}) == all);
  CHECK(refused({{"scheme", "bayesian"}, {"block_size", 2}}) == all);
  CHECK_THAT(refused({{"scheme", "bayesian"}}, Spread::jackknife_after_bootstrap),
             test::contains("'infinitesimal-jackknife' will do"));
  CHECK_THAT(refused({{"scheme", "bayesian"}}, Spread::members, true), test::contains("take 'members'"));
  CHECK(refused({{"replacement", false}}) ==
        "config: without replacement fraction must be below 1, or all members are the same; got 1");
  CHECK(refused({{"block_size", 3}, {"replacement", false}, {"fraction", 0.5}}) ==
        "config: blocks overlap: block_size 3 needs replacement");
  CHECK_THAT(refused({{"block_size", 3}}, Spread::infinitesimal_jackknife), test::contains("take spread 'members'"));
}

TEST_CASE("resampling: data that the options do not fit", "[models]") {
  const auto built = [](const Json& given, Index rows, const std::vector<Index>& groups = {}) {
    return test::error_of([&] { Resampler(options(given), rows, groups); });
  };
  CHECK(built({{"block_size", 5}}, 5) == "data: resampling: blocks of 5 rows need more rows than that, got 5");
  CHECK(built({{"block_size", 2}}, 4, {0, 0, 1, 1}) ==
        "data: resampling: the rows have groups, which are drawn as a whole; leave out block_size 2");
  CHECK(built(Json::object(), 3, {7, 7, 7}) == "data: resampling: all 3 rows are one group");
  CHECK(built({{"replacement", false}, {"fraction", 0.5}}, 1) ==
        "data: resampling: without replacement at least 2 rows are needed, got 1");
}

}  // namespace
}  // namespace predcorr
