// SPDX-License-Identifier: Apache-2.0
#include "metrics/ranks.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/stream.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::metrics {
namespace {

TEST_CASE("ranks: SciPy's ranks and correlations of values with ties", "[metrics]") {
  const Json expected = test::reference("model_reference.json").at("ranks");
  const Vector a = test::vector(expected.at("a")), b = test::vector(expected.at("b"));
  CHECK(average_ranks(a) == test::vector(expected.at("ranks_a")));
  CHECK(average_ranks(b) == test::vector(expected.at("ranks_b")));
  CHECK(pearson(a, b).value() == test::close(expected.at("pearson").get<double>()));
  CHECK(spearman(a, b).value() == test::close(expected.at("spearman").get<double>()));
}

TEST_CASE("ranks: by hand", "[metrics]") {
  CHECK(average_ranks(Vector{{10, 30, 20}}) == Vector{{1, 3, 2}});
  CHECK(average_ranks(Vector{{2, 1, 2, 2}}) == Vector{{3, 1, 3, 3}});
  CHECK(average_ranks(Vector{{7}}) == Vector{{1}});
  CHECK(average_ranks(Vector(0)).size() == 0);
}

/// Straight from the definition, by one sort of all.
Vector ranks_by_force(const Vector& values) {
  Vector sorted = values;
  std::sort(sorted.begin(), sorted.end());
  return values.unaryExpr([&](double v) {
    const auto below = std::lower_bound(sorted.begin(), sorted.end(), v) - sorted.begin();
    const auto up_to = std::upper_bound(sorted.begin(), sorted.end(), v) - sorted.begin();
    return 0.5 * static_cast<double>(below + 1 + up_to);
  });
}

TEST_CASE("ranks: many values against one sort of all, however they are spread", "[metrics]") {
  constexpr Index n = 100003;
  Stream stream(8);
  const Vector normal = stream.normals(n);
  Vector far = normal, signs = normal, packed = normal, mixed = normal;
  far(77) = 1e300;  // all others in one cell
  far(78) = -1e-300;
  signs = normal.unaryExpr([](double v) { return v > 0.3 ? 1.0 : v < -1 ? -1.0 : 0.0; });  // three values
  packed = 1 + 1e-13 * (normal * 100).array().round();                                     // few bits apart, with ties
  mixed = normal.array() * (normal.array().abs() > 1).select(1e-12, Vector::Ones(n).array());
  for (Index i = 0; i < n; i += 3) signs(i) = -0.0;  // equal to 0
  const Vector cube = normal.array().cube() * 1e-9;
  for (const Vector& values : std::vector<Vector>{normal, far, signs, packed, mixed, cube})
    CHECK(average_ranks(values) == ranks_by_force(values));
  CHECK(average_ranks(Vector::Constant(n, 0.3)) == Vector::Constant(n, 0.5 * (n + 1)));
  Vector infinite = normal;
  infinite(5) = std::numeric_limits<double>::infinity();
  CHECK(average_ranks(infinite)(5) == n);
  infinite(6) = std::nan("");
  CHECK(test::error_of([&] { average_ranks(infinite); }) == "numerical: ranks: a value is not a number");
  CHECK(spearman(normal, packed).value() ==
        test::close(pearson(ranks_by_force(normal), ranks_by_force(packed)).value(), 1e-12));
  CHECK(!spearman(normal, Vector::Constant(n, 2)));
}

TEST_CASE("ranks: correlations of lines and of monotone curves", "[metrics]") {
  const Vector x = Vector::LinSpaced(9, -1, 2), curve = x.array().exp();
  CHECK(pearson(x, 3 * x).value() == Approx(1).epsilon(1e-14));
  CHECK(pearson(x, (-x.array() + 4).matrix()).value() == Approx(-1).epsilon(1e-14));
  CHECK(pearson(x, curve).value() < 0.99);
  CHECK(spearman(x, curve).value() == Approx(1).epsilon(1e-14));
  CHECK(spearman(x, -curve).value() == Approx(-1).epsilon(1e-14));
}

TEST_CASE("ranks: correlations know neither scale nor origin nor order", "[metrics]") {
  Stream stream(2);
  const Vector a = stream.normals(30), b = a + stream.normals(30);
  const double r = pearson(a, b).value(), rho = spearman(a, b).value();
  CHECK(pearson(b, a).value() == test::close(r));
  CHECK(pearson(1e-8 * a, (1e8 * b.array() + 3e8).matrix()).value() == test::close(r));
  CHECK(spearman(1e-8 * a, (1e8 * b.array() + 3e8).matrix()).value() == test::close(rho));
  const Rows order = stream.permutation(30);
  CHECK(pearson(a(order), b(order)).value() == test::close(r));
  CHECK(spearman(a(order), b(order)).value() == test::close(rho));
}

TEST_CASE("ranks: what does not vary correlates with nothing", "[metrics]") {
  const Vector varied = Vector::LinSpaced(5, 0, 1);
  for (const double constant : {0.0, 0.1, -1e9, 1e-300}) {
    CHECK(!pearson(varied, Vector::Constant(5, constant)));
    CHECK(!pearson(Vector::Constant(5, constant), varied));
    CHECK(!spearman(varied, Vector::Constant(5, constant)));
  }
  CHECK(!pearson(Vector{{3}}, Vector{{4}}));
}

TEST_CASE("ranks: lists that do not pair up are refused", "[metrics]") {
  CHECK(test::error_of([] { pearson(Vector{{1, 2}}, Vector{{1, 2, 3}}); }) == "shape: correlation: 2 and 3 values");
  CHECK(test::error_of([] { spearman(Vector(0), Vector(0)); }) == "shape: correlation: 0 and 0 values");
}

}  // namespace
}  // namespace predcorr::metrics
