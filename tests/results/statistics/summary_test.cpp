// SPDX-License-Identifier: Apache-2.0
#include "results/statistics/summary.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/stream.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

std::vector<double> list(const Vector& values) { return {values.begin(), values.end()}; }

/// The share of draws of n values whose interval holds the expectation.
template <class Transform>
double coverage(Index n, double expectation, int draws, const Transform& transform) {
  Stream stream = Stream(21).fork("coverage", static_cast<std::uint64_t>(n));
  int held = 0;
  for (int draw = 0; draw < draws; ++draw) {
    std::vector<double> values = list(stream.normals(n));
    std::ranges::transform(values, values.begin(), transform);
    const Interval interval = summarise(values).interval.value();
    held += interval.low <= expectation && expectation <= interval.high ? 1 : 0;
  }
  return static_cast<double>(held) / draws;
}

TEST_CASE("a summary gives mean and standard error over seeds", "[results]") {
  // scipy.stats.sem([1.5, 2.25, -0.75, 4.0]) = 0.9842509842514764
  const Summary s = summarise({1.5, 2.25, -0.75, 4.0});
  CHECK(s.mean == test::close(1.75));
  REQUIRE(s.standard_error);
  CHECK(*s.standard_error == test::close(0.9842509842514764));
  CHECK(s.median == 1.875);
  CHECK(s.n == 4);
}

TEST_CASE("a summary has SciPy's interval, with overlap Nadeau & Bengio's", "[results]") {
  for (const Json& expected : test::reference("statistics_reference.json").at("summaries")) {
    const auto values = expected.at("values").get<std::vector<double>>();
    INFO(values.size());
    const Summary s = summarise(values, expected.at("overlap").get<double>());
    CHECK(s.mean == test::close(expected.at("mean").get<double>(), 1e-13));
    CHECK(s.median == expected.at("median").get<double>());
    CHECK(s.standard_error.value() == test::close(expected.at("stderr").get<double>(), 1e-13));
    CHECK(s.interval.value().low == test::close(expected.at("low").get<double>(), 1e-12));
    CHECK(s.interval.value().high == test::close(expected.at("high").get<double>(), 1e-12));
  }
}

TEST_CASE("one seed has no standard error and no interval", "[results]") {
  const Summary s = summarise({3.5});
  CHECK(s.mean == 3.5);
  CHECK(s.median == 3.5);
  CHECK_FALSE(s.standard_error.has_value());
  CHECK_FALSE(s.interval.has_value());
  CHECK(to_ordered_json(s).dump() == R"({"mean":3.5,"median":3.5,"stderr":null,"interval":null,"n":1})");
}

TEST_CASE("a summary as JSON", "[results]") {
  const OrderedJson json = to_ordered_json(summarise({1, 2, 6}));
  CHECK(json.at("mean") == 3);
  CHECK(json.at("median") == 2);
  // t of 2 degrees of freedom is 4.302652729749462, the standard error sqrt(7 / 3).
  CHECK(json.at("interval").at(0).get<double>() == test::close(3 - 4.302652729749462 * std::sqrt(7.0 / 3)));
  CHECK(json.at("interval").at(1).get<double>() == test::close(3 + 4.302652729749462 * std::sqrt(7.0 / 3)));
  CHECK(json.at("n") == 3);
}

TEST_CASE("equal values have a standard error of zero", "[results]") {
  CHECK(summarise({0.1, 0.1, 0.1}).standard_error.value() == Approx(0).margin(1e-16));
}

TEST_CASE("a summary moves with its values, at any scale", "[results]") {
  const std::vector<double> values = {1.5, 2.25, -0.75, 4.0};
  const Summary s = summarise(values, 0.1);
  for (const double scale : {1e-200, -3.0, 1e200}) {
    INFO(scale);
    std::vector<double> moved;
    for (const double v : values) moved.push_back(scale * v);
    const Summary other = summarise(moved, 0.1);
    CHECK(*other.standard_error / std::abs(scale) == test::close(*s.standard_error, 1e-14));
    const auto [low, high] = *other.interval;
    CHECK((scale > 0 ? low : high) / scale == test::close(s.interval->low, 1e-13));
    CHECK((scale > 0 ? high : low) / scale == test::close(s.interval->high, 1e-13));
  }
}

TEST_CASE("overlap leaves an uncertainty that no number of seeds removes", "[results]") {
  const std::vector<double> values = list(Stream(4).normals(1000));
  const double plain = *summarise(values).standard_error, corrected = *summarise(values, 0.1).standard_error;
  // s sqrt(1 / 1000 + 1 / 9) against s / sqrt(1000)
  CHECK(corrected / plain == test::close(std::sqrt(1 + 1000.0 / 9)));
}

// 200,000 draws: 95.0 % at 3, 5, 10 and 30 seeds.
TEST_CASE("the interval of normal values holds their expectation in 95 of 100 cases", "[results]") {
  constexpr int kDraws = 4000;
  for (const Index n : {3, 5, 10, 30}) {
    INFO(n);
    CHECK(coverage(n, 7, kDraws, [](double z) { return 7 + 3 * z; }) ==
          Approx(kConfidence).margin(3.5 * std::sqrt(0.95 * 0.05 / kDraws)));
  }
}

TEST_CASE("the interval of log-normal values holds their expectation as often as its documentation says", "[results]") {
  constexpr int kDraws = 4000;
  for (const auto& [n, share] :
       {std::pair{3, 0.839}, std::pair{5, 0.820}, std::pair{10, 0.839}, std::pair{30, 0.882}}) {
    INFO(n);
    CHECK(coverage(n, std::exp(0.5), kDraws, [](double z) { return std::exp(z); }) ==
          Approx(share).margin(3.5 * std::sqrt(0.84 * 0.16 / kDraws)));
  }
}

TEST_CASE("what cannot be summarised", "[results]") {
  CHECK(test::error_of([] { summarise(std::vector<double>()); }) == "shape: summarise: there are no values");
  CHECK(test::error_of([] { summarise({1, std::numeric_limits<double>::infinity()}); }) ==
        "numerical: summarise: the mean of 2 values is not finite, but inf");
  CHECK(test::error_of([] { summarise({1, 2}, 1); }) ==
        "numerical: overlap of seeds: must be at least 0 and below 1, got 1");
  CHECK_THAT(test::error_of([] { summarise({1, 2}, -0.1); }), test::contains("got -0.1"));
}

}  // namespace
}  // namespace predcorr
