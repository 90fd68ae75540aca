// SPDX-License-Identifier: Apache-2.0
#include "results/validity/validity.hpp"

#include <cmath>
#include <limits>

#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

const Json& numbers() { return test::reference("validity_reference.json"); }

Quantity score() { return {"s", false, Direction::higher, test::matrix(numbers().at("score"))}; }
Quantity target() { return {"t", true, Direction::higher, test::matrix(numbers().at("target"))}; }
SeedJackknife seeds() { return SeedJackknife(7); }

bool equal(const std::optional<JackknifeInterval>& a, const std::optional<JackknifeInterval>& b) {
  return a && b && std::abs(a->value - b->value) < 1e-12 && std::abs(a->low - b->low) < 1e-12 &&
         std::abs(a->high - b->high) < 1e-12;
}

TEST_CASE("validity: relations are SciPy's", "[results]") {
  const ValidityRelation r = relate(score(), target(), nullptr, seeds());
  CHECK(r.models == 6);
  CHECK(r.pearson->value == test::close(numbers().at("pearson").at(0).get<double>()));
  CHECK(r.spearman->low == test::close(numbers().at("spearman").at(1).get<double>()));
  CHECK_FALSE(r.over_marginal);
}

TEST_CASE("validity: order of models, offsets and signs do not matter", "[results]") {
  const ValidityRelation r = relate(score(), target(), nullptr, seeds());
  Quantity turned = score(), aim = target();
  turned.values = score().values.colwise().reverse().eval();
  aim.values = target().values.colwise().reverse().eval();
  CHECK(equal(relate(turned, aim, nullptr, seeds()).spearman, r.spearman));
  turned = score();
  turned.values = -3 * turned.values.array() + 7;
  turned.better = Direction::lower;
  CHECK(equal(relate(turned, target(), nullptr, seeds()).pearson, r.pearson));
}

TEST_CASE("validity: models that lack a value are left out, and fewer than five tell nothing", "[results]") {
  Quantity holes = score();
  holes.values(2, 3) = std::numeric_limits<double>::quiet_NaN();
  const ValidityRelation r = relate(holes, target(), nullptr, seeds());
  CHECK(r.models == 5);
  Quantity fewer = score(), aim = target();
  const Rows rows = {0, 1, 3, 4, 5};
  fewer.values = score().values(rows, Eigen::all).eval();
  aim.values = target().values(rows, Eigen::all).eval();
  CHECK(equal(r.pearson, relate(fewer, aim, nullptr, seeds()).pearson));
  holes.values(4, 0) = std::numeric_limits<double>::quiet_NaN();
  const ValidityRelation four = relate(holes, target(), nullptr, seeds());
  CHECK(four.models == 4);
  CHECK_FALSE(four.pearson);
  CHECK_FALSE(four.spearman);
}

TEST_CASE("validity: the gain over another score is a difference over the same seeds", "[results]") {
  const Quantity own = score();
  CHECK(equal(relate(own, target(), &own, seeds()).over_marginal, JackknifeInterval{0, 0, 0}));
  Quantity flat = score();
  flat.values.setOnes();
  CHECK_FALSE(relate(own, target(), &flat, seeds()).over_marginal);
}

TEST_CASE("validity: an order that no seed moves has a value and no bounds", "[results]") {
  // Five models whose order is the same in every seed: leaving one out changes no rank.
  Quantity a{"s", false, Direction::higher, Matrix(5, 4)}, b = a;
  for (Index m = 0; m < 5; ++m)
    for (Index s = 0; s < 4; ++s) {
      a.values(m, s) = static_cast<double>(m) + 0.01 * static_cast<double>(s);
      b.values(m, s) = static_cast<double>(m == 0 ? 1 : m == 1 ? 0 : m) + 0.02 * static_cast<double>(s * m);
    }
  const ValidityRelation r = relate(a, b, nullptr, SeedJackknife(4));
  CHECK(r.spearman->value == test::close(0.9));
  CHECK(r.spearman->unmoved());
  CHECK_FALSE(r.pearson->unmoved());
}

TEST_CASE("validity: power by SciPy's paired t tests", "[results]") {
  const Power p = power_of(score(), target().values.rowwise().mean());
  CHECK(p.pairs == numbers().at("pairs").get<Index>());
  CHECK(p.separated == test::close(numbers().at("separated").get<double>()));
  for (Index i = 0; i < 3; ++i)
    CHECK(p.seeds(i) == numbers().at("seeds").at(static_cast<std::size_t>(i)).get<double>());
  CHECK(p.agreement(0) == numbers().at("agreement").get<double>());
  CHECK(power_of(score(), -target().values.rowwise().mean()).agreement(0) == 1 - p.agreement(0));
}

TEST_CASE("validity: equal models are never separated", "[results]") {
  Quantity same = score();
  same.values.row(1) = same.values.row(0);
  same.values.conservativeResize(2, 7);
  const Power p = power_of(same, Vector::Ones(2));
  CHECK(p.pairs == 1);
  CHECK(p.separated == 0);
  CHECK(std::isinf(p.seeds(1)));
  CHECK(std::isnan(p.agreement(0)));
}

}  // namespace
}  // namespace predcorr
