// SPDX-License-Identifier: Apache-2.0
#include "results/leaderboard/common_seeds.hpp"

#include "tests/support/catch.hpp"

namespace predcorr {
namespace {

using Labels = std::vector<std::string>;
using Seeds = std::vector<std::uint64_t>;

TEST_CASE("common seeds: those that every compared model has", "[results]") {
  const CommonSeeds c = common_seeds({{"a", {1, 2, 3, 5}}, {"b", {2, 3, 4, 5}}, {"c", {1, 2, 5, 9}}, {"d", {}}});
  CHECK(c.models == Labels{"a", "b", "c"});
  CHECK(c.left_out.empty());
  CHECK(c.seeds == Seeds{2, 5});
  CHECK((c.has_model("b") && !c.has_model("d")));
  CHECK((c.has_seed(5) && !c.has_seed(3)));
}

TEST_CASE("common seeds: a model with no more than half of the most seeds is not compared", "[results]") {
  const CommonSeeds c = common_seeds({{"a", {1, 2, 3, 4}}, {"half", {1, 2}}, {"more", {1, 2, 3}}});
  CHECK(c.models == Labels{"a", "more"});
  CHECK(c.left_out == Labels{"half"});
  CHECK(c.seeds == Seeds{1, 2, 3});
}

TEST_CASE("common seeds: there may be none", "[results]") {
  CHECK(common_seeds({{"a", {1}}, {"b", {2}}}).seeds.empty());
  CHECK(common_seeds({}).models.empty());
}

}  // namespace
}  // namespace predcorr
