// SPDX-License-Identifier: Apache-2.0
#include "results/statistics/studentised_range.hpp"

#include <cmath>

#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

TEST_CASE("studentised range: SciPy's quantiles for 2 to 100 models", "[results]") {
  const Json& json = test::reference("statistics_reference.json").at("studentised_range");
  REQUIRE(json.size() >= 99);
  for (const Json& expected : json) {
    INFO(expected.dump());
    CHECK(studentised_range_quantile(expected.at("k").get<int>(), expected.at("alpha").get<double>()) ==
          test::close(expected.at("q").get<double>(), 1e-8));
  }
}

TEST_CASE("studentised range: SciPy's tails", "[results]") {
  for (const Json& expected : test::reference("statistics_reference.json").at("studentised_range_tail"))
    CHECK(studentised_range_tail(expected.at("k").get<int>(), expected.at("q").get<double>()) ==
          test::close(expected.at("p").get<double>(), 1e-9));
}

TEST_CASE("studentised range: of two it is a difference of two normal numbers, far out too", "[results]") {
  for (const double q : {0.0, 0.3, 2.0, 8.0, 20.0})
    CHECK(studentised_range_tail(2, q) == test::close(std::erfc(q / 2), 1e-12));
  for (const double alpha : {0.9, 0.05, 1e-20})
    CHECK(std::erfc(studentised_range_quantile(2, alpha) / 2) == test::close(alpha, 1e-10));
}

TEST_CASE("studentised range: a quantile's tail is what was asked for, and grows with the models", "[results]") {
  double before = 0;
  for (const int k : {2, 7, 100, 5000}) {
    CHECK(studentised_range_tail(k, 0) == test::close(1, 1e-12));
    for (const double alpha : {0.999, 0.05, 1e-12})
      CHECK(studentised_range_tail(k, studentised_range_quantile(k, alpha)) == test::close(alpha, 1e-10));
    const double q = studentised_range_quantile(k, 0.05);
    CHECK(q > before);
    before = q;
  }
}

TEST_CASE("studentised range: refused", "[results]") {
  CHECK_THAT(test::error_of([] { studentised_range_tail(1, 1); }), test::contains("at least 2 normal numbers, got 1"));
  CHECK_THAT(test::error_of([] { studentised_range_tail(2, -1); }), test::contains("at least 0 and finite, got -1"));
  CHECK_THAT(test::error_of([] { studentised_range_quantile(3, 0); }), test::contains("between 0 and 1, got 0"));
  CHECK_THAT(test::error_of([] { studentised_range_quantile(3, 1); }), test::contains("between 0 and 1, got 1"));
}

}  // namespace
}  // namespace predcorr
