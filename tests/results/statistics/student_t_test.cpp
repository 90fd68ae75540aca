// SPDX-License-Identifier: Apache-2.0
#include "results/statistics/student_t.hpp"

#include <cmath>
#include <limits>

#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

TEST_CASE("Student's t: SciPy's critical values and tails", "[results]") {
  // scipy.stats.t.ppf(0.975, df)
  CHECK(student_t_critical(1) == test::close(12.706204736174694, 1e-13));
  CHECK(student_t_critical(2) == test::close(4.302652729749462, 1e-13));
  CHECK(student_t_critical(9) == test::close(2.262157162798205, 1e-13));
  CHECK(student_t_critical(100) == test::close(1.9839715185235518, 1e-13));
  CHECK(student_t_critical(101) == test::close(1.983731002955606, 1e-13));
  // 2 * scipy.stats.t.sf(abs(t), df); of 1 degree of freedom 1 - 2 atan(t) / pi, of 2 it is 1 - t / sqrt(2 + t^2).
  CHECK(student_t_p(1, 1) == test::close(0.5, 1e-14));
  CHECK(student_t_p(-2, 2) == test::close(1 - 2 / std::sqrt(6.0), 1e-13));
  CHECK(student_t_p(1e6, 2) == test::close(1e-12, 1e-11));
  CHECK(student_t_p(1e200, 9) == 0);
}

TEST_CASE("Student's t: what a test exceeds with 5 % has a p of 5 %", "[results]") {
  for (const int freedom : {1, 2, 5, 30, 99, 1000}) {
    CHECK(student_t_p(student_t_critical(freedom), freedom) == test::close(kAlpha, 1e-12));
    CHECK(student_t_p(0, freedom) == 1);
  }
  CHECK(student_t_p(std::numeric_limits<double>::infinity(), 3) == 0);
}

TEST_CASE("Student's t: refused", "[results]") {
  CHECK_THAT(test::error_of([] { student_t_critical(0); }), test::contains("at least 1, got 0"));
  CHECK_THAT(test::error_of([] { student_t_p(1, 0); }), test::contains("at least 1, got 0"));
  CHECK_THAT(test::error_of([] { student_t_p(std::nan(""), 2); }), test::contains("not a number"));
}

TEST_CASE("the middle of a sample", "[results]") {
  CHECK(sample_median({3, 1, 2}) == 2);
  CHECK(sample_median({4, 1, 3, 2}) == 2.5);
  CHECK(sample_median({1e308, 1.5e308}) == 1.25e308);
}

}  // namespace
}  // namespace predcorr
