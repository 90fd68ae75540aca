// SPDX-License-Identifier: Apache-2.0
#include "harness/studies/calibration_study.hpp"

#include <fmt/ranges.h>

#include <cmath>
#include <sstream>

#include "core/base/stream.hpp"
#include "results/report/calibration_report.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/schema.hpp"

namespace predcorr {
namespace {

/// y = 100 + 30 a + noise of deviation 6 in own units, in `rows` rows, with an idle column and a name for each pair.
std::string table(Index rows, std::uint64_t seed = 4) {
  Stream stream(seed);
  std::string text = "a,b,sample,y\n";
  for (Index i = 0; i < rows; ++i) {
    const double a = stream.normal(), b = stream.uniform();
    text += fmt::format("{},{},s{},{}\n", a, b, i / 2, 100 + 30 * a + 6 * stream.normal());
  }
  return text;
}

CalibrationRequest request(const test::TemporaryFolder& folder, const Spec& model, Json options = Json::object()) {
  CalibrationRequest r;
  r.file = test::written(folder, "lab.csv", table(240));
  r.layout = {.target = {"y"}, .drop = {{"sample"}}, .group = "", .header = HeaderLine::detected};
  r.model = model;
  r.options = std::move(options);
  return r;
}

/// Ridge regressions whose spread knows nothing of the noise: their error bars are far too small.
Spec overconfident() {
  return {.name = "bootstrap", .parameters = {{"base", "ridge"}, {"members", 20}, {"noise", "none"}}};
}

double score(const CalibrationStudy& study, const char* key, const char* when) {
  const CalibrationScore* found = study.report.find(key);
  REQUIRE(found != nullptr);
  return (std::string(when) == "before" ? found->before : found->after).value.value();
}

TEST_CASE("calibration study: over-confident error bars become honest, in the target's own units", "[harness]") {
  const test::TemporaryFolder folder;
  CalibrationRequest r = request(folder, overconfident(), {{"correlation", "shrink"}});
  r.query = test::written(folder, "new.csv", "b,a\n0.5,0\n0.5,1\n0.1,-1\n");
  const CalibrationStudy study = study_calibration(r);
  CHECK(score(study, "r_statistic.std", "before") > 3);
  CHECK(score(study, "r_statistic.std", "after") == Approx(1).margin(0.1));
  CHECK(score(study, "within_1_sigma", "before") < 0.4);
  // 240 rows: standard error 0.03.
  CHECK(score(study, "within_1_sigma", "after") == Approx(0.683).margin(0.09));
  CHECK(score(study, "rmse", "before") == score(study, "rmse", "after"));
  CHECK(score(study, "rmse", "after") == Approx(6).epsilon(0.15));
  CHECK(score(study, "marginal_log_likelihood", "after") > score(study, "marginal_log_likelihood", "before") + 2);
  CHECK(score(study, "joint_log_likelihood", "after") == Approx(-0.5 * std::log(2 * M_PI * 36) - 0.5).margin(0.15));
  std::istringstream lines(study.predictions);
  std::string line;
  std::getline(lines, line);
  CHECK(line == "row,y,sigma_before,sigma_after");
  for (const double mean : {100.0, 130.0, 70.0}) {
    std::getline(lines, line);
    double row = 0, y = 0, before = 0, after = 0;
    REQUIRE(std::sscanf(line.c_str(), "%lf,%lf,%lf,%lf", &row, &y, &before, &after) == 4);
    CHECK(y == Approx(mean).margin(2.7));  // four times 6 sqrt(3 / 240): three coefficients, 240 rows
    CHECK(before < 2);
    CHECK(after == Approx(6).epsilon(0.25));
  }
  CHECK_FALSE(std::getline(lines, line));
}

TEST_CASE("calibration study: what is fitted to residuals is in the target's units, for every form", "[harness]") {
  const test::TemporaryFolder folder;
  for (const char* form : {"linear", "scale", "power", "isotonic"}) {
    CAPTURE(form);
    const CalibrationStudy study = study_calibration(request(folder, overconfident(), {{"form", form}, {"folds", 3}}));
    const OrderedJson json = to_json(study.report);
    const OrderedJson& c = json.at("calibration");
    CHECK(c.at("form") == form);
    const OrderedJson& held_out = c.at("held_out");
    const Vector uc = test::vector(held_out.at("sigma_uc")), cal = test::vector(held_out.at("sigma_cal"));
    REQUIRE(uc.size() == 240);
    CHECK(test::vector(held_out.at("residual")).norm() / std::sqrt(240.0) == Approx(6).epsilon(0.15));
    const auto is = [&](const Vector& expected) { CHECK(test::difference(cal, expected) < 1e-6); };
    const std::string name = form;
    if (name == "linear") is((c.at("a").get<double>() * uc).array() + c.at("b").get<double>());
    if (name == "scale") is(c.at("a").get<double>() * uc);
    if (name == "power") is(c.at("c").get<double>() * uc.array().pow(c.at("p").get<double>()));
    if (name == "isotonic") {
      const Vector levels = test::vector(c.at("sigma_cal"));
      CHECK(cal.minCoeff() == Approx(levels.minCoeff()));
      CHECK(cal.maxCoeff() == Approx(levels.maxCoeff()));
    }
    CalibrationReport report = study.report;
    report.provenance = Json::object();
    CHECK(test::schema_errors(Json(to_json(report)), "calibration") == "");
    CHECK_THAT(calibration_markdown(report),
               test::contains("# Error bars for y") && test::contains("lab.csv: 240 rows"));
  }
}

TEST_CASE("calibration study: rows of one group are never on both sides", "[harness]") {
  const test::TemporaryFolder folder;
  CalibrationRequest r = request(folder, {.name = "gp", .parameters = {{"steps", 20}}}, {{"folds", 2}});
  r.folds = 2;
  // Pairs of rows that are equal up to a millionth: whoever may learn from the twin has no error.
  std::string text = "a,sample,y\n";
  Stream stream(4);
  for (int i = 0; i < 40; ++i) {
    const double a = 20 * stream.normal(), y = stream.normal();
    for (int twin = 0; twin < 2; ++twin) text += fmt::format("{},s{},{}\n", a, i, y + 1e-6 * twin);
  }
  r.file = test::written(folder, "twins.csv", text);
  r.layout = {.target = {"y"}, .drop = {}, .group = "sample", .header = HeaderLine::detected};
  const double apart = score(study_calibration(r), "rmse", "after");
  r.layout = {.target = {"y"}, .drop = {{"sample"}}, .group = "", .header = HeaderLine::detected};
  CHECK(apart > 1.1 * score(study_calibration(r), "rmse", "after"));
}

TEST_CASE("calibration study: the same seed gives the same report", "[harness]") {
  const test::TemporaryFolder folder;
  CalibrationRequest r = request(folder, overconfident());
  const std::string one = to_json(study_calibration(r).report).dump();
  CHECK(to_json(study_calibration(r).report).dump() == one);
  r.seed = 2;
  CHECK(to_json(study_calibration(r).report).dump() != one);
}

TEST_CASE("calibration study: bad input is refused by name", "[harness]") {
  const test::TemporaryFolder folder;
  const auto refusal = [](const CalibrationRequest& r) { return test::error_of([&] { study_calibration(r); }); };
  CalibrationRequest r = request(folder, {.name = "random-forrest"});
  CHECK(test::missing(refusal(r), {"config: ", "random-forrest", "did you mean 'random-forest'"}) == "");
  r = request(folder, overconfident());
  r.query = test::written(folder, "new.csv", "a,c\n1,2\n");
  CHECK(test::missing(refusal(r), {"data: ", "new.csv", "no column 'b'"}) == "");
  r = request(folder, overconfident());
  r.file = test::written(folder, "few.csv", table(12));
  CHECK(test::missing(refusal(r), {"data: ", "20"}) == "");
}

/// Rain: nothing on many days, so that trees without noise of their own are certain of many rows.
std::string rain(int rows) {
  Stream stream(4);
  std::string text = "h,w,rain\n";
  for (int i = 0; i < rows; ++i) {
    const auto h = 20 + stream.index(81);
    text += fmt::format("{},{},{}\n", h, stream.index(21), std::max<Index>(0, h - 60));
  }
  return text;
}

TEST_CASE("calibration study: a score without a value leaves the others and the reason", "[harness]") {
  const test::TemporaryFolder folder;
  CalibrationRequest r;
  r.file = test::written(folder, "rain|1.csv", rain(80));
  r.layout = {.target = {"rain"}, .drop = {}, .group = "", .header = HeaderLine::detected};
  r.model = {.name = "random-forest", .parameters = {{"noise", "none"}, {"members", 30}}};
  r.folds = 3;
  for (const char* form : {"linear", "scale", "power", "isotonic"}) {
    CAPTURE(form);
    r.options = {{"form", form}, {"folds", 3}};
    CalibrationStudy study = study_calibration(r);
    study.report.provenance = Json::object();
    const OrderedJson json = to_json(study.report);
    const OrderedJson& scores = json.at("evaluation").at("scores");
    const OrderedJson& r_statistic = scores.at("r_statistic.std");
    CHECK(r_statistic.at("before").is_null());
    CHECK(r_statistic.at("absent").at("before") == "a predicted variance of y is 0");
    CHECK(scores.at("rmse").at("before").is_number());
    CHECK(scores.at("within_1_sigma").at("before").get<double>() > 0.3);
    CHECK(test::schema_errors(Json(json), "calibration") == "");
    CHECK_THAT(
        calibration_markdown(study.report),
        test::contains("| standard deviation of r = residual / sigma | - |") &&
            test::contains("- standard deviation of r = residual / sigma, before: no value, a predicted variance "
                           "of y is 0") &&
            test::contains("rain\\|1.csv: 80 rows"));
  }
}

TEST_CASE("calibration study: predictions have all their digits, names their quotes", "[harness]") {
  const test::TemporaryFolder folder;
  CalibrationRequest r = request(folder, {.name = "ridge"});
  std::string text = "a,\"E, eV\"\n";
  Stream stream(9);
  for (int i = 0; i < 60; ++i) text += fmt::format("{},{}\n", i, 1e9 + 7 * i + stream.normal());
  r.file = test::written(folder, "big.csv", text);
  r.layout = {.target = {"E, eV"}, .drop = {}, .group = "", .header = HeaderLine::detected};
  r.query = test::written(folder, "new.csv", "a\n2.5\n");
  const std::string csv = study_calibration(r).predictions;
  CHECK_THAT(csv, test::contains("row,\"E, eV\",sigma_before,sigma_after\n1,10000000"));
  const Dataset read = parse_table(csv, "predictions.csv",
                                   {.target = {"E, eV"}, .drop = {}, .group = "", .header = HeaderLine::detected});
  CHECK(read.targets(0) == Approx(1e9 + 17.5).margin(5).epsilon(0));
  CHECK(read.targets(0) != std::floor(read.targets(0)));
  // Written again, the numbers are the same text: nothing was lost.
  CHECK_THAT(csv, test::contains(fmt::format("1,{},{},{}\n", read.targets(0), read.inputs(0, 1), read.inputs(0, 2))));
}

TEST_CASE("calibration study: another offset of the target, however large, changes no score", "[harness]") {
  const test::TemporaryFolder folder;
  const auto shifted = [&](double offset) {
    Stream stream(5);
    std::string text = "a,y\n";
    for (int i = 0; i < 60; ++i) {
      const double y = 0.02 * i + std::round(stream.uniform() * 1e5) * 1e-6;
      text += fmt::format("{},{}\n", i, offset + y);
    }
    CalibrationRequest r = request(folder, {.name = "gp", .parameters = {{"steps", 20}}}, {{"folds", 3}});
    r.file = test::written(folder, "far.csv", text);
    r.layout = {.target = {"y"}, .drop = {}, .group = "", .header = HeaderLine::detected};
    r.folds = 3;
    return study_calibration(r);
  };
  const CalibrationStudy here = shifted(0), far = shifted(1e9);
  for (const auto& [key, before, after] : here.report.scores) {
    CAPTURE(key);
    REQUIRE(before.value.has_value() == far.report.find(key)->before.value.has_value());
    if (before.value)
      CHECK(score(far, key.c_str(), "before") == Approx(score(here, key.c_str(), "before")).epsilon(0.02).margin(0.02));
  }
}

TEST_CASE("calibration study: copies of a row stay on one side of a fold, replicates do not", "[harness]") {
  const test::TemporaryFolder folder;
  Stream stream(2);
  std::string once, again;
  for (int i = 0; i < 60; ++i) {
    const std::string row = fmt::format("{},{}", stream.normal(), stream.normal());
    once += fmt::format("{},{}\n", row, stream.normal());
    again += fmt::format("{},{}\n", row, stream.normal());
  }
  const auto study = [&](const std::string& rows) {
    CalibrationRequest r = request(folder, {.name = "gp", .parameters = {{"steps", 20}}}, {{"folds", 3}});
    r.file = test::written(folder, "rows.csv", "a,b,y\n" + rows);
    r.layout = {.target = {"y"}, .drop = {}, .group = "", .header = HeaderLine::detected};
    r.folds = 3;
    return study_calibration(r);
  };
  // There is nothing to learn: whoever does well has seen the answers.
  const CalibrationStudy copied = study(once + once);
  CHECK(score(copied, "rmse", "after") > 0.8);
  CHECK_THAT(fmt::format("{}", fmt::join(copied.report.data.notes, "; ")),
             test::contains("60 rows are copies of others"));
  const std::string notes = fmt::format("{}", fmt::join(study(once + again).report.data.notes, "; "));
  CHECK_THAT(notes,
             test::contains("120 rows have the inputs of others and other targets") && !test::contains("copies"));
  CHECK(study(once).report.data.notes.size() == 1);
}

}  // namespace
}  // namespace predcorr
