// SPDX-License-Identifier: Apache-2.0
// Metrics of several predictions that break one rule each, and the check that must notice.
#include <algorithm>
#include <atomic>
#include <functional>

#include "metrics/conformance/metric_checks.hpp"
#include "tests/support/check_faults.hpp"

namespace predcorr {
namespace {

using conformance::CrossMetricTrial;
using All = std::vector<ContenderScores>;

double error(const Vector& y, const Contender& c) { return (y - c.test.mean).squaredNorm(); }

/// How far each contender's squared error is from the mean of those that are no guests.
All sound(const Vector& y, const std::vector<Contender>& contenders) {
  double mean = 0, count = 0;
  for (const Contender& c : contenders)
    if (!c.guest) mean += error(y, c), ++count;
  All all;
  for (const Contender& c : contenders) all.push_back({c.label, {{"scripted", "", error(y, c) - mean / count, ""}}});
  return all;
}

struct Script : CrossMetric {
  std::function<All(const Vector&, const std::vector<Contender>&)> scores_of = sound;
  std::string meaning = "a number";
  std::vector<ScoreInfo> describe() const override {
    return {{.name = "scripted", .direction = Direction::lower, .meaning = meaning},
            {.name = "by", .part = "*", .direction = Direction::lower, .meaning = "by another"}};
  }
  std::vector<ContenderScores> score(const Vector& y, const std::vector<Contender>& contenders) const override {
    return scores_of(y, contenders);
  }
};

/// Sound, but for a change.
std::shared_ptr<Script> with(std::function<void(All&, const Vector&, const std::vector<Contender>&)> change) {
  auto script = std::make_shared<Script>();
  script->scores_of = [change = std::move(change)](const Vector& y, const std::vector<Contender>& contenders) {
    All all = sound(y, contenders);
    change(all, y, contenders);
    return all;
  };
  return script;
}

TEST_CASE("cross-metric checks: one that keeps the rules passes", "[metrics]") {
  const Script script;
  CrossMetricTrial trial(script);
  CHECK(test::failures(conformance::cross_metric_checks(), trial) == "");
}

TEST_CASE("cross-metric checks: each fault is caught by the check about it", "[metrics]") {
  const auto calls = std::make_shared<std::atomic<int>>(0);
  const auto mute = std::make_shared<Script>();
  mute->meaning = "";
  using Contenders = std::vector<Contender>;
  test::expect_faults_caught<CrossMetricTrial, CrossMetric>(
      {{"no meaning", mute, "description", "'scripted' does not say what it means"},
       {"an entry short",
        with([](All& all, const Vector&, const Contenders&) { all.pop_back(); }),
        "entries",
        "a metric: score returned 4 entries for 5 contenders",
        {"any"}},
       {"the wrong order",
        with([](All& all, const Vector&, const Contenders&) { std::reverse(all.begin(), all.end()); }),
        "entries",
        "score returned 'visitor' where 'first' stands",
        {"any"}},
       {"a score of its own",
        with([](All& all, const Vector&, const Contenders&) { all[0].scores[0].name = "other"; }),
        "entries",
        "score gave 'first' a score that describe does not have",
        {"any"}},
       {"an int thrown for one contender", with([](All&, const Vector&, const Contenders& c) {
          if (c.size() == 1) throw 42;
        }),
        "entries", "a metric: score: something was thrown that is no std::exception"},
       {"counts its calls",
        with([calls](All& all, const Vector&, const Contenders&) { *all[0].scores[0].value *= 1 + 1e-14 * ++*calls; }),
        "repeated", "asked again: 'scripted' of 'first'"},
       {"the first wins", with([](All& all, const Vector&, const Contenders&) { *all[0].scores[0].value += 1; }),
        "contender-order", "contenders backwards: 'scripted' of"},
       {"counts guests", with([](All& all, const Vector&, const Contenders& c) {
          for (ContenderScores& one : all) *one.scores[0].value += static_cast<double>(c.size());
        }),
        "guests", "without 2 guests: 'scripted' of"},
       {"the first point", with([](All& all, const Vector& y, const Contenders&) {
          for (ContenderScores& one : all) *one.scores[0].value += y(0);
        }),
        "point-order", "the same points in another order"}},
      conformance::cross_metric_checks());
}

TEST_CASE("cross-metric checks: every registered one keeps the rules", "[metrics]") {
  const auto& registry = Registry<CrossMetric>::instance();
  for (const std::string& name : registry.names()) {
    INFO(name);
    const auto metric = registry.make({.name = name}, name);
    CrossMetricTrial trial(*metric.object);
    CHECK(test::failures(conformance::cross_metric_checks(), trial) == "");
  }
}

}  // namespace
}  // namespace predcorr
