// SPDX-License-Identifier: Apache-2.0
#include "metrics/ranks.hpp"

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
