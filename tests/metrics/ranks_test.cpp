// SPDX-License-Identifier: Apache-2.0
#include "metrics/ranks.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/base/stream.hpp"
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

/// Straight from the definition: sorted, and dealt into groups none of which is wider than the tolerance.
Vector ranks_by_force(const Vector& values, double tolerance) {
  Rows order = consecutive_rows(0, values.size());
  std::sort(order.begin(), order.end(), [&](Index a, Index b) { return values(a) < values(b); });
  Vector ranks(values.size());
  for (Index first = 0; first < values.size();) {
    Index end = first;
    const double low = values(order[static_cast<std::size_t>(first)]);
    while (end < values.size() && values(order[static_cast<std::size_t>(end)]) <= low + tolerance) ++end;
    for (Index i = first; i < end; ++i)
      ranks(order[static_cast<std::size_t>(i)]) = 0.5 * static_cast<double>(first + 1 + end);
    first = end;
  }
  return ranks;
}

TEST_CASE("ranks: values closer than a tolerance are ties, and no chain of them is", "[metrics]") {
  CHECK(average_ranks(Vector{{0.1, 0.3, 0.1 + 1e-12, 0.2}}, {.absolute = 1e-9}) == Vector{{1.5, 4, 1.5, 3}});
  // Steps of 0.6: the third is 1.2 from the first, and begins a group of its own with the fourth.
  CHECK(average_ranks(Vector{{0, 0.6, 1.2, 1.8}}, {.absolute = 1}) == Vector{{1.5, 1.5, 3.5, 3.5}});
  CHECK(average_ranks(Vector{{1e-30, 1e-30 * (1 + 1e-12), 3e-30, 1}}, {.relative = 1e-9}) == Vector{{1.5, 1.5, 3, 4}});
  CHECK(average_ranks(Vector{{-1, -1 + 1e-12, 0}}, {.relative = 1e-9}) == Vector{{1.5, 1.5, 3}});
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(average_ranks(Vector{{-infinity, 0, infinity, infinity}}, {.absolute = 1e-9}) == Vector{{1, 2, 3.5, 3.5}});
  CHECK(varies(Vector{{1, 1 + 1e-8}}, {.absolute = 1e-9}));
  CHECK(!varies(Vector{{1, 1 + 1e-12}}, {.absolute = 1e-9}));
  CHECK(!varies(Vector(0), {}));
  CHECK(!spearman(Vector{{1, 2, 3}}, Vector{{0.5, 0.5 + 1e-12, 0.5 - 1e-12}}, {.absolute = 1e-9}));
}

TEST_CASE("ranks: many values with ties across the buckets, against the definition", "[metrics]") {
  constexpr Index n = 100003;
  Stream stream(9);
  const Vector normal = stream.normals(n), rounding = 1e-13 * stream.normals(n);
  const Vector levels = (normal * 20).array().round() / 20;  // some 150 values, each with rounding of its own
  const Vector two = normal.unaryExpr([](double v) { return v > 0 ? 1.0 : -1.0; });
  Vector outlier = two + rounding;
  outlier(17) = 5e3;  // nearly all in two cells
  struct Case {
    Vector values;
    double tolerance;
  };
  for (const Case& c : std::vector<Case>{{levels + rounding, 1e-9},
                                         {two + rounding, 1e-9},
                                         {outlier, 1e-9},
                                         {normal, 1e-9},
                                         {normal, 1e-4},  // groups of some points, nowhere a gap
                                         {normal, 0.03},  // wider than buckets
                                         {normal * 1e-9, 1e-9},
                                         {normal, 100},  // all
                                         {rounding, 1e-16}})
    CHECK(average_ranks(c.values, {.absolute = c.tolerance}) == ranks_by_force(c.values, c.tolerance));
  // What rounding adds does not count.
  CHECK(average_ranks(levels + rounding, {.absolute = 1e-9}) == average_ranks(levels));
  const double exact = spearman(two, normal).value();
  CHECK(spearman(two + rounding, normal, {.absolute = 1e-9}).value() == test::close(exact, 1e-12));
  CHECK(spearman(two + rounding, normal).value() < 0.9 * exact);
}

TEST_CASE("ranks: correlations at scales whose squares no double holds", "[metrics]") {
  Stream stream(2);
  const Vector a = stream.normals(30), b = a + stream.normals(30);
  for (const int k : {-1000, -600, -90, 90, 600, 1000})
    for (const int l : {-1000, 0, 1000})
      CHECK(pearson(a * std::ldexp(1.0, k), b * std::ldexp(1.0, l)).value() == pearson(a, b).value());
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
