// SPDX-License-Identifier: Apache-2.0
#include "results/requests/combined_score.hpp"

#include <cmath>
#include <random>

#include "tests/results/requests/made_up_scores.hpp"

namespace predcorr {
namespace {

using test::close;
using test::kMadeUpCatalogue;
using test::MadeUpScores;

const std::vector<WeightedScore> kBoth = {{{"up"}, 1}, {{"down"}, 2.5}};

const CombinedModel& model_of(const CombinedScores& combined, const std::string& label) {
  return *std::ranges::find(combined.models, label, &CombinedModel::label);
}

TEST_CASE("combined: value, parts and interval are those of board_request_reference.json", "[results]") {
  const MadeUpScores scores = test::reference_scores();
  const Json& expected = test::reference("board_request_reference.json").at("combined");
  const CombinedScores combined = combine(scores.source(), kBoth, kMadeUpCatalogue, "floor", "ceiling");
  const CombinedModel& m = model_of(combined, "m");
  REQUIRE(m.value);
  CHECK(*m.value == close(expected.at("value").get<double>(), 1e-12));
  CHECK(m.parts.at(0).value() == close(expected.at("parts").at("up").get<double>(), 1e-12));
  CHECK(m.parts.at(1).value() == close(expected.at("parts").at("down").get<double>(), 1e-12));
  REQUIRE(m.interval);
  CHECK(m.interval->low == close(expected.at("low").get<double>(), 1e-9));
  CHECK(m.interval->high == close(expected.at("high").get<double>(), 1e-9));
  CHECK(m.missing.empty());
  // Floor and ceiling are 0 and 1 by definition, which seeds say nothing of.
  CHECK(model_of(combined, "floor").value == 0);
  CHECK(model_of(combined, "ceiling").value == 1);
  CHECK_FALSE(model_of(combined, "floor").interval);
  CHECK_FALSE(model_of(combined, "ceiling").interval);
  CHECK(combined.models.front().label == "ceiling");
  CHECK(combined.models.back().label == "floor");
}

TEST_CASE("combined: a hand-made example", "[results]") {
  MadeUpScores scores;
  for (const auto& [model, up, down] : {std::tuple{"floor", 0.0, 8.0}, {"ceiling", 4.0, 0.0}, {"m", 1.0, 2.0}}) {
    scores.at("d", model, "up") = {{1, up}};
    scores.at("d", model, "down") = {{1, down}};
  }
  const CombinedScores combined = combine(scores.source(), kBoth, kMadeUpCatalogue, "floor", "ceiling");
  const CombinedModel& m = model_of(combined, "m");
  // Parts (1 - 0) / (4 - 0) = 1/4 and (2 - 8) / (0 - 8) = 3/4, weights 1 and 2.5: (0.25 + 2.5 * 0.75) / 3.5.
  CHECK(m.parts.at(0).value() == close(0.25));
  CHECK(m.parts.at(1).value() == close(0.75));
  CHECK(m.value.value() == close(2.125 / 3.5));
  CHECK_FALSE(m.interval);  // one seed
}

TEST_CASE("combined: only ratios of weights count, and units do not", "[results]") {
  MadeUpScores scores = test::reference_scores();
  const CombinedModel before = model_of(combine(scores.source(), kBoth, kMadeUpCatalogue, "floor", "ceiling"), "m");
  const std::vector<WeightedScore> tenfold = {{{"up"}, 10}, {{"down"}, 25}};
  const CombinedModel scaled = model_of(combine(scores.source(), tenfold, kMadeUpCatalogue, "floor", "ceiling"), "m");
  CHECK(scaled.value.value() == close(*before.value, 1e-13));
  CHECK(scaled.interval->low == close(before.interval->low, 1e-12));
  for (const char* model : {"floor", "m", "ceiling"})
    for (auto& [seed, value] : scores.at("a", model, "down")) value = 1000 * value - 7;
  const CombinedModel moved = model_of(combine(scores.source(), kBoth, kMadeUpCatalogue, "floor", "ceiling"), "m");
  CHECK(moved.value.value() == close(*before.value, 1e-12));
  CHECK(moved.interval->high == close(before.interval->high, 1e-12));
}

TEST_CASE("combined: a model that lacks a part has none, and says which", "[results]") {
  MadeUpScores scores = test::reference_scores();
  for (const auto& [seed, value] : SeedValues(scores.at("a", "m", "up"))) {
    scores.at("a", "n", "up")[seed] = value;
    scores.at("b", "n", "up")[seed] = value;
    scores.at("c", "n", "up")[seed] = value;
    scores.at("c", "n", "down")[seed] = value;
  }
  const CombinedScores combined = combine(scores.source(), kBoth, kMadeUpCatalogue, "floor", "ceiling");
  const CombinedModel& n = model_of(combined, "n");
  CHECK(combined.models.back().label == "n");
  CHECK_FALSE(n.value);
  CHECK_FALSE(n.interval);
  CHECK(n.parts.at(0).has_value());
  CHECK_FALSE(n.parts.at(1).has_value());
  CHECK(n.missing == "down: no value on a, b");
  const OrderedJson json = to_ordered_json(combined);
  CHECK(json.at("models").at("n").at("value").is_null());
  CHECK(json.at("models").at("n").at("missing") == "down: no value on a, b");
  CHECK(json.at("weights").at("down") == 2.5);
}

TEST_CASE("combined: a data set whose ceiling is no better than its floor does not count, for anybody", "[results]") {
  MadeUpScores scores;
  for (const char* dataset : {"a", "b"})
    for (const auto& [model, up] : {std::pair{"floor", 0.0}, {"ceiling", 4.0}, {"m", 1.0}})
      scores.at(dataset, model, "up") = {{1, up}};
  scores.at("b", "ceiling", "up")[1] = -1;
  const CombinedScores combined = combine(scores.source(), {{{"up"}, 1}}, kMadeUpCatalogue, "floor", "ceiling");
  CHECK(combined.parts.at(0).datasets == std::vector<std::string>{"a"});
  CHECK(combined.parts.at(0).left_out.at("b") == "the ceiling is no better than the floor");
  CHECK(model_of(combined, "m").value.value() == close(0.25));

  const CombinedScores none = combine(scores.source(), {{{"up"}, 1}}, kMadeUpCatalogue, "", "ceiling");
  CHECK_FALSE(model_of(none, "m").value);
  CHECK(none.parts.at(0).left_out.at("a") == "no model is the floor");
  CHECK(model_of(none, "m").missing == "up: no data set has a floor and a better ceiling");
  CHECK(combine(scores.source(), {{{"up"}, 1}}, kMadeUpCatalogue, "gone", "ceiling").parts.at(0).left_out.at("a") ==
        "the floor has no value");
  for (const char* model : {"floor", "ceiling", "m"}) scores.at("a", model, "flat") = {{1, model[0] * 1.0}};
  CHECK(combine(scores.source(), {{{"flat"}, 1}}, kMadeUpCatalogue, "floor", "ceiling").parts.at(0).left_out.at("a") ==
        "nothing is known of its better direction");
  CHECK_THAT(test::error_of([&] { combine(scores.source(), {}, kMadeUpCatalogue, "floor", "ceiling"); }),
             test::contains("config: combined: needs at least one score"));
}

TEST_CASE("combined: seeds that one of the three lacks do not count", "[results]") {
  MadeUpScores scores = test::reference_scores();
  const CombinedModel before = model_of(combine(scores.source(), kBoth, kMadeUpCatalogue, "floor", "ceiling"), "m");
  scores.at("a", "m", "up")[77] = 1e6;
  scores.at("a", "m", "down")[77] = 1e6;
  const CombinedModel after = model_of(combine(scores.source(), kBoth, kMadeUpCatalogue, "floor", "ceiling"), "m");
  CHECK(after.value == before.value);
  CHECK(after.interval->low == before.interval->low);
}

TEST_CASE("combined: intervals hold the truth about as often as they promise", "[results]") {
  // Two data sets of 8 and 5 seeds; floor, ceiling and model share what a seed does. True shares: 0.6 and 0.5.
  std::mt19937_64 engine(3);
  std::normal_distribution<double> normal;
  int held = 0;
  constexpr int kRuns = 4000;
  for (int run = 0; run < kRuns; ++run) {
    MadeUpScores scores;
    for (const auto& [dataset, seeds, own] : {std::tuple{"a", 8, 0.6}, {"b", 5, 0.5}})
      for (int seed = 1; seed <= seeds; ++seed) {
        const double common = normal(engine);
        for (const auto& [model, mean] : {std::pair{"floor", 0.0}, {"ceiling", 1.0}, {"m", own}})
          scores.at(dataset, model, "up")[static_cast<std::uint64_t>(seed)] = mean + common + 0.1 * normal(engine);
      }
    const CombinedModel m =
        model_of(combine(scores.source(), {{{"up"}, 1}}, kMadeUpCatalogue, "floor", "ceiling"), "m");
    held += m.interval->low <= 0.55 && 0.55 <= m.interval->high ? 1 : 0;
  }
  // The reference has 100,000 runs; three standard errors of this share of 4,000.
  const double expected = test::reference("board_request_reference.json").at("coverage").get<double>();
  CHECK(std::abs(static_cast<double>(held) / kRuns - expected) < 3 * std::sqrt(0.95 * 0.05 / kRuns));
}

}  // namespace
}  // namespace predcorr
