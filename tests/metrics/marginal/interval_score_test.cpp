// SPDX-License-Identifier: Apache-2.0
#include "tests/metrics/calibration_cases.hpp"

namespace predcorr {
namespace {

const std::string kName = "interval_score";

TEST_CASE("interval_score: SciPy's intervals", "[metrics]") {
  for (const Json& json : test::reference("calibration_metrics_reference.json").at("cases"))
    for (const Index pool : {0, 3}) {
      INFO(json.at("name") << " with a pool of " << pool);
      const test::CalibrationCase c(test::vector(json.at("y")), test::vector(json.at("mean")),
                                    test::vector(json.at("sigma")), pool);
      REQUIRE(json.at(kName).size() == 3);
      for (const auto& [percent, value] : json.at(kName).items())
        CHECK(test::part(kName, percent, c) == test::close(value.get<double>()));
    }
}

TEST_CASE("interval_score: the width inside, the miss on either side, the error without spread", "[metrics]") {
  const auto ninety = [](double y, double sigma) {
    return test::part(kName, "90", {Vector{{y}}, Vector{{1}}, Vector{{sigma}}});
  };
  const double reach = 1.6448536269514722;
  CHECK(ninety(1.5, 2) == test::close(4 * reach));
  CHECK(ninety(11, 2) == test::close(4 * reach + 20 * (10 - 2 * reach)));
  CHECK(ninety(-9, 2) == test::close(ninety(11, 2)));
  CHECK(ninety(1.5, 0) == test::close(10));
}

TEST_CASE("interval_score: the true distribution has the lowest on average", "[metrics]") {
  const auto with_factor = [](double factor, const char* percent) {
    test::CalibrationCase c = test::drawn_case(4000, 1, 5);
    c.prediction.latent = c.prediction.latent.scaled(factor);
    c.prediction.noise_variance *= factor * factor;
    return test::part(kName, percent, c);
  };
  for (const char* percent : {"50", "90", "95"}) {
    INFO(percent << " %");
    const double right = with_factor(1, percent);
    CHECK(with_factor(0.6, percent) > right);
    CHECK(with_factor(1.6, percent) > right);
  }
}

}  // namespace
}  // namespace predcorr
