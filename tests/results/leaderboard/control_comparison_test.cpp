// SPDX-License-Identifier: Apache-2.0
#include "results/leaderboard/control_comparison.hpp"

#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

const std::map<std::string, ScoreInfo> kInfos = {{"up", {"up", "", "", Direction::higher, ""}},
                                                 {"down", {"down", "", "", Direction::lower, ""}},
                                                 {"flat", {"flat", "", "", Direction::none, ""}},
                                                 {"error", {"error", "", "target units", Direction::lower, ""}},
                                                 {"nats", {"nats", "", "nats per point", Direction::higher, ""}}};

ScoreTable table(const std::string& name, const std::vector<double>& values) {
  ScoreTable t;
  for (std::size_t i = 0; i < values.size(); ++i) t.add(i + 1, {name, "", values[i], ""});
  return t;
}

OrderedJson compared(const std::string& name, const std::vector<double>& base, const std::vector<double>& control) {
  const OrderedJson all =
      compare_controls({{"c", "m"}}, {{"m", table(name, base)}, {"c", table(name, control)}}, kInfos);
  CHECK(all.at("c").at("base") == "m");
  return all.at("c").at("scores");
}

TEST_CASE("controls: paired differences have the better direction's sign", "[results]") {
  // Differences 1, 2, 3: mean 2, standard error 1 / sqrt(3), t = 3.46 below the quantile 4.30 of 2 degrees of freedom.
  const OrderedJson up = compared("up", {2, 4, 6}, {1, 2, 3}).at("up");
  CHECK(up.at("mean").get<double>() == test::close(2));
  CHECK(up.at("stderr").get<double>() == test::close(1 / std::sqrt(3.0)));
  CHECK(up.at("n") == 3);
  CHECK(up.at("verdict") == "undecided");
  CHECK(compared("down", {2, 4, 6}, {1, 2, 3}).at("down").at("mean").get<double>() == test::close(-2));
}

TEST_CASE("controls: the verdict is a paired t test's", "[results]") {
  // t = 5 / (1 / sqrt(3)) = 8.7 for differences 4, 5, 6
  CHECK(compared("up", {5, 7, 9}, {1, 2, 3}).at("up").at("verdict") == "base");
  CHECK(compared("up", {1, 2, 3}, {5, 7, 9}).at("up").at("verdict") == "control");
  CHECK(compared("down", {1, 2, 3}, {5, 7, 9}).at("down").at("verdict") == "base");
  CHECK(compared("up", {1, 2, 3}, {1, 2, 3 + 1e-12}).at("up").at("verdict") == "identical");
  CHECK(compared("up", {1, 2, 3}, {1, 2, 3.1}).at("up").at("verdict") == "undecided");
  const OrderedJson one = compared("up", {1}, {2}).at("up");
  CHECK(one.at("verdict") == "undecided");
  CHECK(one.at("stderr").is_null());
}

TEST_CASE("controls: rounding of single precision is no difference, whatever the score's scale", "[results]") {
  // Variances off by 1e-7 of themselves move scores by as much, always to the same side.
  const auto verdict = [](const std::string& name, double size, double share) {
    std::vector<double> base, control;
    for (const double i : {1.0, 2.0, 3.0, 4.0}) {
      base.push_back(size * i);
      control.push_back(size * i * (1 - share * (1 + i / 10)));
    }
    return compared(name, base, control).at(name).at("verdict").get<std::string>();
  };
  for (const double size : {1e-100, 1.0, 1e100}) {
    INFO(size);
    CHECK(verdict("error", size, 1e-7) == "identical");
    CHECK(verdict("error", size, 5e-6) == "control");
  }
  // A log-likelihood that happens to be near 0 has lost its digits, not gained a difference.
  CHECK(compared("nats", {1e-6, -1e-6, 2e-6}, {1.1e-6, -0.9e-6, 2.1e-6}).at("nats").at("verdict") == "identical");
  CHECK(compared("nats", {1e-2, -1e-2, 2e-2}, {1.1e-2, -0.9e-2, 2.1e-2}).at("nats").at("verdict") == "control");
  CHECK(verdict("nats", 1e6, 1e-7) == "identical");
}

TEST_CASE("controls: what cannot be compared is left out", "[results]") {
  CHECK(compared("flat", {1, 2}, {3, 4}).empty());
  CHECK(compared("unknown", {1, 2}, {3, 4}).empty());
  CHECK(compared("up", {}, {3, 4}).empty());
  ScoreTable late;
  late.add(7, {"up", "", 1.0, ""});  // no seed in common
  const OrderedJson apart = compare_controls({{"c", "m"}}, {{"m", table("up", {1})}, {"c", late}}, kInfos);
  CHECK(apart.at("c").at("scores").empty());
  CHECK(compare_controls({{"c", "m"}}, {{"c", late}}, kInfos).empty());
  CHECK(compare_controls({{"c", ""}}, {{"c", late}}, kInfos).empty());
}

}  // namespace
}  // namespace predcorr
