// SPDX-License-Identifier: Apache-2.0
#include "models/resampling/row_folds.hpp"

#include <map>
#include <set>

#include "tests/support/model_contract.hpp"

namespace predcorr::models {
namespace {

/// 24 rows with inputs of their own, in eight groups of three that lie apart: row i is of group i mod 8.
TrainingData grouped() {
  TrainingData data = test::training_data(24, 2);
  for (Index i = 0; i < 24; ++i) data.groups.push_back(i % 8);
  return data;
}

TEST_CASE("row_folds: rows of one group share a fold, and groups are dealt out evenly", "[models]") {
  const TrainingData data = grouped();
  for (const std::uint64_t key : {1, 2, 3}) {
    const std::vector<int> fold_of = row_folds(data, 4, key);
    std::map<int, std::set<Index>> groups_in;
    for (std::size_t i = 0; i < 24; ++i) {
      CHECK(fold_of[i] == fold_of[i % 8]);
      groups_in[fold_of[i]].insert(data.groups[i]);
    }
    REQUIRE(groups_in.size() == 4);
    for (const auto& [fold, groups] : groups_in) CHECK(groups.size() == 2);
  }
  // Without groups the same rows have inputs of their own, and none need stay together.
  TrainingData apart = data;
  apart.groups.clear();
  const std::vector<int> fold_of = row_folds(apart, 4, 1);
  int divided = 0;
  for (std::size_t i = 8; i < 24; ++i) divided += fold_of[i] != fold_of[i % 8];
  CHECK(divided > 0);
}

TEST_CASE("row_folds: a fit that holds out a group has seen no row of it", "[models]") {
  const TrainingData data = grouped();
  int fits = 0;
  held_out_square(data, 4, 1, [&](const Vector& weights, int) {
    for (Index i = 0; i < 24; ++i) CHECK(weights(i) == weights(i % 8));
    CHECK(weights.sum() == 18);
    ++fits;
    return Vector(Vector::Zero(24));
  });
  CHECK(fits == 4);
}

TEST_CASE("row_folds: the held-out square of a mean, by hand", "[models]") {
  // Two groups with targets 1, 1, 4 and 8, 8, 2: each row against the mean of the other group, 6 and 2.
  TrainingData data{Matrix(Vector::LinSpaced(6, 0, 5)), Vector{{1, 8, 1, 8, 4, 2}}};
  data.groups = {0, 1, 0, 1, 0, 1};
  const auto mean = [&](const Vector& weights, int) {
    return Vector(Vector::Constant(6, data.targets.dot(weights) / weights.sum()));
  };
  // (25 + 25 + 4 + 36 + 36 + 0) / 6
  CHECK(held_out_square(data, 2, 5, mean) == Approx(21).epsilon(1e-14));
  // Row 4 weighs three times: group 0's mean is 14 / 5.
  data.weights = Vector{{1, 1, 1, 1, 3, 1}};
  CHECK(held_out_square(data, 2, 5, mean) == Approx((25 + 25 + 3 * 4 + 2 * 5.2 * 5.2 + 0.8 * 0.8) / 8).epsilon(1e-14));
}

}  // namespace
}  // namespace predcorr::models
