// SPDX-License-Identifier: Apache-2.0
#include "metrics/active_learning/pool_covariance.hpp"

#include "tests/metrics/acquisition/brute_force.hpp"
#include "tests/support/helpers.hpp"

namespace predcorr::metrics {
namespace {

TEST_CASE("pool_covariance: columns, products and squares of every form", "[metrics]") {
  // 5000 points are more than one part of a sum over rows.
  for (const Index n : {9, 300, 5000})
    for (const auto& [form, p] : n == 5000 ? test::random_factors(n + 3, 4, 2) : test::random_forms(n + 3, 4, 2)) {
      INFO(n << ", " << form);
      const PoolCovariance pool(p.latent, n);
      const Rows some = {0, 5, n - 1};
      const Matrix columns = p.latent.block(consecutive_rows(0, n), some);
      Stream stream(7);
      const Vector x = stream.normals(n);
      const Vector product = pool.times(x), squares = pool.squared_columns();
      REQUIRE(pool.size() == n);
      for (std::size_t k = 0; k < some.size(); ++k) {
        const Vector wanted = columns.col(static_cast<Index>(k));
        CHECK(test::difference(pool.column(some[k]), wanted) < 1e-13);
        CHECK(pool.variance()(some[k]) == test::close(wanted(some[k]), 1e-13));
        CHECK(product(some[k]) == Approx(wanted.dot(x)).epsilon(1e-11).margin(1e-10));
        CHECK(squares(some[k]) == test::close(wanted.squaredNorm(), 1e-11));
      }
    }
}

TEST_CASE("pool_covariance: a point outside is refused", "[metrics]") {
  const PoolCovariance pool(test::random_prediction(6, 3, 1).latent, 4);
  CHECK(test::error_of([&] { pool.column(4); }) == "shape: pool: point 4 is outside 0..3");
}

}  // namespace
}  // namespace predcorr::metrics
