// SPDX-License-Identifier: Apache-2.0
#include "tests/metrics/calibration_cases.hpp"

namespace predcorr {
namespace {

const std::string kName = "binned_error";

TEST_CASE("binned_error: NumPy's bins and scikit-learn's weighted line", "[metrics]") {
  test::check_against_reference(kName);
}

TEST_CASE("binned_error: two bins by hand", "[metrics]") {
  // Targets 0, 0, 4, 4 have a standard deviation of 2. Sigma 1, 1 and 3, 3; residuals 1, 1 and sqrt(2), sqrt(34).
  const Vector y{{0, 0, 4, 4}}, mean{{-1, 1, 4 + std::sqrt(2.0), 4 - std::sqrt(34.0)}}, sigma{{1, 1, 3, 3}};
  const test::CalibrationCase c(y, mean, sigma);
  // In units of 2: (1/2, 1/2) and (3/2, sqrt(18) / 2).
  const double slope = (std::sqrt(18.0) - 1) / 2;
  CHECK(test::part(kName, "slope", c) == test::close(slope));
  CHECK(test::part(kName, "intercept", c) == test::close(0.5 - 0.5 * slope));
  CHECK(test::part(kName, "r_squared", c) == test::close(1));
  const Json curves = test::curves(kName, c);
  CHECK(test::vector(curves.at("count")) == Vector{{2, 2}});
  CHECK(test::vector(curves.at("sigma")).isApprox(Vector{{0.5, 1.5}}, 1e-12));
}

TEST_CASE("binned_error: another unit or offset changes nothing", "[metrics]") {
  const test::CalibrationCase c = test::drawn_case(200, 1.3, 3);
  test::CalibrationCase moved = c;
  moved.evaluation.y = (0.01 * c.evaluation.y.array() + 70).matrix();
  moved.prediction = c.prediction.affine(0.01, 70);
  for (const char* part : {"slope", "intercept", "r_squared"})
    CHECK(test::part(kName, part, moved) == test::close(test::part(kName, part, c), 1e-6));
}

TEST_CASE("binned_error: the slope is how far sigma falls short, the intercept what it lacks", "[metrics]") {
  // Errors of 2 sigma + 0.5 with many points a bin: the line comes out within a tenth.
  Stream stream(13);
  constexpr Index n = 20000;
  const Vector sigma = Vector::LinSpaced(n, 0.2, 2), mean = 3 * stream.normals(n);
  const Vector y = mean + (2 * sigma.array() + 0.5).matrix().cwiseProduct(stream.normals(n));
  const test::CalibrationCase c(y, mean, sigma);
  const double unit = std::sqrt((y.array() - y.mean()).square().mean());
  CHECK(std::abs(test::part(kName, "slope", c) - 2) < 0.1);
  CHECK(std::abs(test::part(kName, "intercept", c) * unit - 0.5) < 0.1);
  CHECK(test::part(kName, "r_squared", c) > 0.98);
  CHECK(test::curves(kName, c).at("sigma").size() == 15);
}

TEST_CASE("binned_error: one huge sigma brings more bins, a hundred at most", "[metrics]") {
  const auto bins = [](double outlier) {
    test::CalibrationCase c = test::drawn_case(400, 1, 5);
    c.prediction.noise_variance(7) = outlier * outlier;
    const Json curves = test::curves(kName, c);
    CHECK(test::vector(curves.at("count")).sum() == 400);
    return curves.at("sigma").size();
  };
  CHECK(bins(20) > 5);    // 15 bins would leave all but one in the first
  CHECK(bins(1e6) == 2);  // beyond what 100 bins can part
}

TEST_CASE("binned_error: reasons for no line", "[metrics]") {
  const Vector y{{1, 2, 4}}, mean{{1, 1, 1}};
  const std::string equal = "all predicted standard deviations are equal: there is no line";
  CHECK(test::reason(kName, {y, mean, Vector{{2, 2, 2}}}) == equal);
  CHECK(test::reason(kName, {y, mean, Vector{{2, 2, 2 + 1e-10}}}) == equal);
  CHECK(test::reason(kName, {y, mean, Vector::Zero(3)}) == equal);
  CHECK(test::reason(kName, {Vector{{1}}, Vector{{2}}, Vector{{2}}}) == equal);
  CHECK(test::reason(kName, {Vector{{3, 3, 3}}, mean, Vector{{1, 2, 3}}}) ==
        "all test targets are equal: their standard deviation is no unit");
  // Their own rounding is no spread; an offset beside one is.
  CHECK(test::reason(kName, {Vector{{0.3, 0.1 + 0.2, 0.3}}, mean, Vector{{1, 2, 3}}}) ==
        "all test targets are equal: their standard deviation is no unit");
  // Equal errors everywhere: a flat line that explains nothing, for there is nothing.
  const test::CalibrationCase flat(y, y.array() + 0.5, Vector{{1, 2, 3}});
  const auto scores = test::scores(kName, flat.evaluation, flat.prediction);
  CHECK(std::abs(scores.at(0).value.value()) < 1e-12);
  CHECK(!scores.at(2).value);
  CHECK(scores.at(2).reason == "the binned residuals do not vary");
}

TEST_CASE("binned_error: a single sigma of 0 is a point like others", "[metrics]") {
  const test::CalibrationCase c(Vector{{1, 2, 4, 3}}, Vector{{1, 1, 1, 1}}, Vector{{0, 1, 2, 1}});
  CHECK(test::part(kName, "slope", c) > 0);
}

TEST_CASE("binned_error: an offset of a billion spreads is no lack of spread", "[metrics]") {
  const test::CalibrationCase c = test::drawn_case(200, 1.3, 3);
  test::CalibrationCase moved = c;
  moved.evaluation.y = (0.1 * c.evaluation.y.array() + 1e9).matrix();
  moved.prediction = c.prediction.affine(0.1, 1e9);
  // The targets are rounded to 1e-7, a millionth of their spread.
  for (const char* part : {"slope", "intercept", "r_squared"})
    CHECK(test::part(kName, part, moved) == test::close(test::part(kName, part, c), 1e-4));
}

}  // namespace
}  // namespace predcorr
