// SPDX-License-Identifier: Apache-2.0
#include "core/base/text.hpp"
#include "tests/support/catch.hpp"

namespace predcorr {
namespace {

TEST_CASE("Lists of names are separated by commas", "[core]") {
  CHECK(comma_list({}) == "");
  CHECK(comma_list({"gp"}) == "gp");
  CHECK(comma_list({"gp", "svgp", "deep-ensemble"}) == "gp, svgp, deep-ensemble");
}

TEST_CASE("The nearest name is suggested, and all are listed", "[core]") {
  const std::vector<std::string> known = {"boston", "concrete", "power-plant"};
  CHECK(suggestion("bostn", known) == "; did you mean 'boston'? (known: boston, concrete, power-plant)");
  CHECK(suggestion("power_plant", known) == "; did you mean 'power-plant'? (known: boston, concrete, power-plant)");
  CHECK(suggestion("concreet", known) == "; did you mean 'concrete'? (known: boston, concrete, power-plant)");
}

TEST_CASE("The distance counts insertions, deletions and replacements", "[core]") {
  // kitten -> sitting takes 3 edits, the textbook case; 3 of 7 letters is still a guess worth making, 4 of 7 is not.
  CHECK(suggestion("kitten", {"sitting"}) == "; did you mean 'sitting'? (known: sitting)");
  CHECK(suggestion("kittle", {"sitting"}) == "; known: sitting");
  // Of two candidates the one with fewer edits wins, whatever their order: 1 against 2.
  CHECK(suggestion("rate", {"ratios", "rates"}) == "; did you mean 'rates'? (known: ratios, rates)");
  CHECK(suggestion("rate", {"rates", "ratios"}) == "; did you mean 'rates'? (known: rates, ratios)");
}

TEST_CASE("A name far from all is answered by the list alone", "[core]") {
  CHECK(suggestion("xyz", {"boston", "concrete"}) == "; known: boston, concrete");
  CHECK(suggestion("", {"gp"}) == "; known: gp");
  CHECK(suggestion("gp", {}) == "; there are none");
}

TEST_CASE("A list has a name only in full", "[core]") {
  const std::vector<std::string> names = {"gp", "svgp"};
  CHECK(contains(names, "gp"));
  CHECK(contains(names, "svgp"));
  CHECK_FALSE(contains(names, "g"));
  CHECK_FALSE(contains(names, "GP"));
  CHECK_FALSE(contains(names, ""));
  CHECK_FALSE(contains({}, "gp"));
}

}  // namespace
}  // namespace predcorr
