// SPDX-License-Identifier: Apache-2.0
#include <Eigen/Cholesky>
#include <cmath>

#include "models/bnn/compression/surgery.hpp"
#include "tests/models/bnn/compression/small_fits.hpp"
#include "tests/support/helpers.hpp"

namespace predcorr::models {
namespace {

TEST_CASE("removal order: over all groups, no more of one than its cap, and never all", "[models]") {
  const std::vector<PartGroup> groups = {
      {{0, 2, 5, 6}, Vector{{3, 1, 2, 9}}}, {{1}, Vector{{0}}}, {{4, 7}, Vector{{1, 8}}}};
  const auto order = [&](double cap) {
    std::vector<std::pair<std::size_t, Index>> all;
    for (const Part& part : removal_order(groups, cap)) all.emplace_back(part.group, part.part);
    return all;
  };
  using Order = std::vector<std::pair<std::size_t, Index>>;
  CHECK(order(0.99) == Order{{0, 2}, {2, 4}, {0, 5}, {0, 0}});  // of equals the first group's first
  CHECK(order(0.5) == Order{{0, 2}, {2, 4}, {0, 5}});
  CHECK(order(0.3) == Order{{0, 2}});
  CHECK(order(0).empty());
}

TEST_CASE("obd and magnitude: each weight's own worth", "[models]") {
  const test::KnownFisher known({3, {5}, 1, Activation::relu, true});
  const auto obd = weight_surgery(known.fitted, known.fisher, CompressionCriterion::obd);
  const auto magnitude = weight_surgery(known.fitted, known.fisher, CompressionCriterion::magnitude);
  REQUIRE(obd->groups().size() == 2);
  REQUIRE(obd->groups()[0].parts.size() == 15);  // no biases
  const Matrix w = known.weights(0);
  const auto& [a, s] = known.fisher.blocks[0];
  for (Index i = 0; i < 15; ++i) {
    const double weight = w(i % 5, i / 5);
    CHECK(obd->groups()[0].scores(i) ==
          Approx(0.5 * weight * weight * s(i % 5, i % 5) * a(i / 5, i / 5)).epsilon(1e-6));
    CHECK(magnitude->groups()[0].scores(i) == Approx(std::abs(weight) / 2).epsilon(1e-6));
  }
  std::vector<Part> gone = {{0, 3, 0}, {0, 7, 0}};
  const FittedNetwork smaller = obd->without(gone);
  CHECK(smaller.weights.size() == known.fitted.weights.size() - 2);
  CHECK(std::ssize(smaller.weights) == obd->size_without(gone));
  Matrix wanted = w;
  wanted(3, 0) = wanted(2, 1) = 0;
  CHECK(test::difference(test::KnownFisher::weights_of(smaller, 0), wanted) == 0);
}

TEST_CASE("obs: a weight's score is the least that its row's loss goes up by, and the rest of the row is corrected",
          "[models]") {
  const test::KnownFisher known({6, {5}, 1});
  const auto surgery = weight_surgery(known.fitted, known.fisher, CompressionCriterion::obs);
  const Matrix w = known.weights(0);
  const auto& [a, s] = known.fisher.blocks[0];
  // Weights 1 and 4 of row 2 go: w_k + A_kk^-1 A_kp w_p, the bias among what stays.
  const Rows go = {1, 4}, stay = {0, 2, 3, 5, 6};
  Matrix wanted = w;
  wanted.row(2)(go).setZero();
  wanted.row(2)(stay) += Matrix(a(stay, stay)).llt().solve(Vector(a(stay, go) * Vector(w.row(2)(go)))).transpose();
  const FittedNetwork smaller = surgery->without(std::vector<Part>{{0, 1 * 5 + 2, 0}, {0, 4 * 5 + 2, 0}});
  CHECK(test::difference(test::KnownFisher::weights_of(smaller, 0), wanted) < 5e-3);
  const Matrix inverse = a.inverse();
  CHECK(surgery->groups()[0].scores(1 * 5 + 2) ==
        Approx(0.5 * w(2, 1) * w(2, 1) * s(2, 2) / inverse(1, 1)).epsilon(5e-3));
  // No change of the row with these two at zero loses less.
  const auto loss = [&](const Matrix& at) {
    const Vector change = (at - w).row(2).transpose();
    return 0.5 * s(2, 2) * change.dot(a * change);
  };
  for (const Index k : stay)
    for (const double step : {-0.01, 0.01}) {
      Matrix other = wanted;
      other(2, k) += step;
      CHECK(loss(other) > loss(wanted));
    }
}

TEST_CASE("obs: weights that are gone already are nobody's correction", "[models]") {
  const test::KnownFisher known({6, {5}, 1});
  const auto first = weight_surgery(known.fitted, known.fisher, CompressionCriterion::magnitude);
  const FittedNetwork holes = first->without(std::vector<Part>{{0, 2, 0}, {0, 7, 0}});
  const auto second = weight_surgery(holes, known.fisher, CompressionCriterion::obs);
  CHECK(second->groups()[0].parts.size() == 28);
  const FittedNetwork more = second->without(std::vector<Part>{{0, 12, 0}});
  const Matrix w = test::KnownFisher::weights_of(more, 0);
  CHECK(w(2, 0) == 0);
  CHECK(w(2, 1) == 0);
  CHECK(w(2, 2) == 0);
  CHECK(more.weights.size() == known.fitted.weights.size() - 3);
}

}  // namespace
}  // namespace predcorr::models
