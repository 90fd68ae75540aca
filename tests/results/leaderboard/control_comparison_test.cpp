// SPDX-License-Identifier: Apache-2.0
#include "results/leaderboard/control_comparison.hpp"

#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

const ScoreCatalogue kCatalogue({{.name = "up", .direction = Direction::higher},
                                 {.name = "down", .direction = Direction::lower},
                                 {.name = "flat"},
                                 {.name = "error", .unit = "target units", .direction = Direction::lower},
                                 {.name = "nats", .unit = "nats per point", .direction = Direction::higher}});

ScoreTable table(const std::string& name, const std::vector<double>& values) {
  ScoreTable t;
  for (std::size_t i = 0; i < values.size(); ++i) t.add(i + 1, {name, "", values[i], ""});
  return t;
}

/// Of the one score; nothing where it is left out.
std::optional<ScoreDifference> compared(const std::string& name, const std::vector<double>& base,
                                        const std::vector<double>& control) {
  const auto all =
      compare_controls({{"c", "m"}}, {{"m", table(name, base)}, {"c", table(name, control)}}, kCatalogue, 0);
  REQUIRE(all.size() == 1);
  CHECK(all[0].control == "c");
  CHECK(all[0].base == "m");
  const ScoreDifference* found = all[0].find({name});
  return found == nullptr ? std::nullopt : std::optional(*found);
}

ControlVerdict verdict(const std::string& name, const std::vector<double>& base, const std::vector<double>& control) {
  return compared(name, base, control).value().verdict;
}

TEST_CASE("controls: paired differences have the better direction's sign", "[results]") {
  // Differences 1, 2, 3: mean 2, standard error 1 / sqrt(3), t = 3.46 below the quantile 4.30 of 2 degrees of freedom.
  const ScoreDifference up = compared("up", {2, 4, 6}, {1, 2, 3}).value();
  CHECK(up.difference.mean == test::close(2));
  CHECK(up.difference.standard_error.value() == test::close(1 / std::sqrt(3.0)));
  CHECK(up.difference.n == 3);
  CHECK(up.verdict == ControlVerdict::undecided);
  CHECK(compared("down", {2, 4, 6}, {1, 2, 3})->difference.mean == test::close(-2));
}

TEST_CASE("controls: the verdict is a paired t test's", "[results]") {
  // t = 5 / (1 / sqrt(3)) = 8.7 for differences 4, 5, 6
  CHECK(verdict("up", {5, 7, 9}, {1, 2, 3}) == ControlVerdict::base);
  CHECK(verdict("up", {1, 2, 3}, {5, 7, 9}) == ControlVerdict::control);
  CHECK(verdict("down", {1, 2, 3}, {5, 7, 9}) == ControlVerdict::base);
  CHECK(verdict("up", {1, 2, 3}, {1, 2, 3 + 1e-12}) == ControlVerdict::identical);
  CHECK(verdict("up", {1, 2, 3}, {1, 2, 3.1}) == ControlVerdict::undecided);
  const ScoreDifference one = compared("up", {1}, {2}).value();
  CHECK(one.verdict == ControlVerdict::undecided);
  CHECK_FALSE(one.difference.standard_error.has_value());
}

TEST_CASE("controls: rounding of single precision is no difference, whatever the score's scale", "[results]") {
  // Variances off by 1e-7 of themselves move scores by as much, always to the same side.
  const auto verdict_off_by = [](const std::string& name, double size, double share) {
    std::vector<double> base, control;
    for (const double i : {1.0, 2.0, 3.0, 4.0}) {
      base.push_back(size * i);
      control.push_back(size * i * (1 - share * (1 + i / 10)));
    }
    return verdict(name, base, control);
  };
  for (const double size : {1e-100, 1.0, 1e100}) {
    INFO(size);
    CHECK(verdict_off_by("error", size, 1e-7) == ControlVerdict::identical);
    CHECK(verdict_off_by("error", size, 5e-6) == ControlVerdict::control);
  }
  // A log-likelihood that happens to be near 0 has lost its digits, not gained a difference.
  CHECK(verdict("nats", {1e-6, -1e-6, 2e-6}, {1.1e-6, -0.9e-6, 2.1e-6}) == ControlVerdict::identical);
  CHECK(verdict("nats", {1e-2, -1e-2, 2e-2}, {1.1e-2, -0.9e-2, 2.1e-2}) == ControlVerdict::control);
  CHECK(verdict_off_by("nats", 1e6, 1e-7) == ControlVerdict::identical);
}

TEST_CASE("controls: what cannot be compared is left out", "[results]") {
  CHECK_FALSE(compared("flat", {1, 2}, {3, 4}).has_value());
  CHECK_FALSE(compared("unknown", {1, 2}, {3, 4}).has_value());
  CHECK_FALSE(compared("up", {}, {3, 4}).has_value());
  ScoreTable late;
  late.add(7, {"up", "", 1.0, ""});  // no seed in common
  const auto apart = compare_controls({{"c", "m"}}, {{"m", table("up", {1})}, {"c", late}}, kCatalogue, 0);
  REQUIRE(apart.size() == 1);
  CHECK(apart[0].scores.empty());
  CHECK(compare_controls({{"c", "m"}}, {{"c", late}}, kCatalogue, 0).empty());
  CHECK(compare_controls({{"c", ""}}, {{"c", late}}, kCatalogue, 0).empty());
}

}  // namespace
}  // namespace predcorr
