// SPDX-License-Identifier: Apache-2.0
#include "results/requests/finding_check.hpp"

#include "tests/results/requests/made_up_scores.hpp"

namespace predcorr {
namespace {

using test::close;
using test::MadeUpScores;

Finding finding_of(const std::string& than, const std::vector<std::string>& datasets, std::optional<double> at_least,
                   std::optional<double> at_most = std::nullopt) {
  return {"m is better than the floor", "a paper", {"up"}, "m", than, datasets, at_least, at_most};
}

TEST_CASE("findings: values and intervals are those of board_request_reference.json", "[results]") {
  const MadeUpScores scores = test::reference_scores();
  const Json& expected = test::reference("board_request_reference.json").at("findings");
  const CheckedFinding all = check_finding(finding_of("floor", {}, 0.0), scores.source());
  CHECK(all.over == "data sets");
  CHECK(all.datasets == std::vector<std::string>{"a", "b", "c"});
  REQUIRE(all.value);
  CHECK(all.value->n == 3);
  CHECK(all.value->mean == close(expected.at("over_datasets").at("value").get<double>(), 1e-12));
  CHECK(all.value->interval->low == close(expected.at("over_datasets").at("low").get<double>(), 1e-10));
  CHECK(all.value->interval->high == close(expected.at("over_datasets").at("high").get<double>(), 1e-10));

  const CheckedFinding one = check_finding(finding_of("floor", {"a"}, 0.0), scores.source());
  CHECK(one.over == "seeds");
  CHECK(one.value->n == 6);
  CHECK(one.value->mean == close(expected.at("over_seeds").at("value").get<double>(), 1e-12));
  CHECK(one.value->interval->low == close(expected.at("over_seeds").at("low").get<double>(), 1e-10));
  CHECK(one.value->interval->high == close(expected.at("over_seeds").at("high").get<double>(), 1e-10));
}

TEST_CASE("findings: the whole interval decides", "[results]") {
  MadeUpScores scores;
  // Mean 2, standard error 1 / sqrt(3) of n = 3, t = 4.3027: from -0.484 to 4.484.
  scores.at("d", "m", "up") = {{1, 1}, {2, 2}, {3, 3}};
  const auto verdict = [&](std::optional<double> at_least, std::optional<double> at_most) {
    return check_finding(finding_of("", {}, at_least, at_most), scores.source()).verdict;
  };
  CHECK(verdict(-0.49, std::nullopt) == FindingVerdict::holds);
  CHECK(verdict(-0.48, std::nullopt) == FindingVerdict::cannot_be_told);
  CHECK(verdict(4.48, std::nullopt) == FindingVerdict::cannot_be_told);
  CHECK(verdict(4.49, std::nullopt) == FindingVerdict::does_not_hold);
  CHECK(verdict(std::nullopt, 4.49) == FindingVerdict::holds);
  CHECK(verdict(std::nullopt, 0) == FindingVerdict::cannot_be_told);
  CHECK(verdict(std::nullopt, -0.49) == FindingVerdict::does_not_hold);
  CHECK(verdict(-1, 5) == FindingVerdict::holds);
  CHECK(verdict(1, 3) == FindingVerdict::cannot_be_told);  // the interval is wider than the range
  CHECK(verdict(5, 6) == FindingVerdict::does_not_hold);
}

TEST_CASE("findings: one seed cannot tell, and what is not there is named", "[results]") {
  MadeUpScores scores;
  scores.at("d", "m", "up") = {{1, 1}};
  scores.at("e", "m", "up") = {{1, 1}};
  scores.at("e", "n", "up") = {{2, 5}};
  const CheckedFinding one = check_finding(finding_of("", {"d"}, 0.0), scores.source());
  CHECK(one.verdict == FindingVerdict::cannot_be_told);
  CHECK(one.value->n == 1);
  CHECK_FALSE(one.value->interval);

  const auto missing = [&](const std::string& than, const std::vector<std::string>& datasets) {
    const CheckedFinding checked = check_finding(finding_of(than, datasets, 0.0), scores.source());
    CHECK(checked.verdict == FindingVerdict::not_measured);
    CHECK_FALSE(checked.value);
    CHECK(to_ordered_json(checked).at("missing") == checked.missing);
    CHECK(to_ordered_json(checked).at("over").is_null());
    return checked.missing;
  };
  CHECK(missing("n", {"d"}) == "n has no up on d");
  CHECK(missing("n", {"e"}) == "m and n have no common seed on e");
  CHECK(missing("", {"d", "f"}) == "data set f is not on this board");  // not the rest alone
  CHECK(missing("n", {}) == "n has no up on d; m and n have no common seed on e");
  CHECK(check_finding(finding_of("", {}, 0.0), MadeUpScores().source()).missing == "the board has no data set");
}

TEST_CASE("findings: a difference is paired, and turns its sign with the models", "[results]") {
  const MadeUpScores scores = test::reference_scores();
  const ScoreSource source = scores.source();
  Finding turned = finding_of("m", {"b"}, 0.0);
  turned.model = "floor";
  const CheckedFinding there = check_finding(finding_of("floor", {"b"}, 0.0), source),
                       back = check_finding(turned, source);
  CHECK(back.value->mean == close(-there.value->mean, 1e-14));
  CHECK(back.value->interval->low == close(-there.value->interval->high, 1e-12));
  CHECK(there.verdict == FindingVerdict::holds);
  CHECK(back.verdict == FindingVerdict::does_not_hold);
  const OrderedJson json = to_ordered_json(there);
  CHECK(json.at("verdict") == "holds");
  CHECK(json.at("than") == "floor");
  CHECK(json.at("at_least") == 0.0);
  CHECK_FALSE(json.contains("at_most"));
  CHECK(json.at("over") == "seeds");
}

}  // namespace
}  // namespace predcorr
