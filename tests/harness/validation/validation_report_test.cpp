// SPDX-License-Identifier: Apache-2.0
#include "harness/validation/validation_report.hpp"

#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/schema.hpp"
#include "tests/support/tiny_suite.hpp"

namespace predcorr {
namespace {

using test::contains;

Json plain(const SuiteValidation& validation) { return Json::parse(to_json(validation).dump()); }

struct Validated {
  Suite suite;
  Problems problems;
  SuiteValidation validation;
  explicit Validated(Json json = test::tiny_suite())
      : suite(read_suite(json, "test")),
        problems(suite),
        validation(validate_suite(suite, plan_suite(suite, problems), problems, nullptr, {.threads = 3})) {}
};

TEST_CASE("a validation as JSON and as text, without a pilot", "[harness][schema]") {
  Json json = test::tiny_suite();
  json["controls"] = {"ridge"};
  const Validated at(json);
  const Json document = plain(at.validation);
  CHECK(test::schema_errors(document, "validation") == "");
  CHECK(document.at("threads") == 3);
  CHECK_FALSE(document.contains("estimate"));
  std::size_t cells = 0;
  for (const Json& entry : document.at("plan")) cells += entry.at("cells").get<std::size_t>();
  CHECK(document.at("cells") == cells);
  const std::string text = validation_report(at.validation);
  CHECK_THAT(text, contains("Suite 'tiny', protocol modern, seeds 1 to 2: ") &&
                       contains("Models (5): oracle, constant, gp, ridge, bbb\n") &&
                       contains("): ridge (independent), ") &&
                       contains("Criteria of active learning (2): random, bmig") &&
                       contains("if all predictions are dense matrices") && !contains("ilot:"));
}

TEST_CASE("a validation with a pilot names the slowest models and what failed", "[harness][schema]") {
  Validated at;
  SuiteValidation& validation = at.validation;
  validation.faults.push_back({"toy", 2, "cannot be split"});
  for (ValidatedEntry& entry : validation.entries)
    entry.pilot = PilotCell{.seed = 1,
                            .seconds = entry.entry.model == "bbb" ? 3600. : 1.,
                            .fit_seconds = 0.5,
                            .peak_bytes = 2e9,
                            .disk_bytes = 5e6};
  validation.entries[1].pilot->failure = "it diverged";  // constant on toy
  validation.pilot = SuiteValidation::PilotState::finished;
  const Json document = plain(validation);
  CHECK(test::schema_errors(document, "validation") == "");
  CHECK(document.at("estimate").at("left_out") == 2);
  const std::string text = validation_report(validation);
  // 4 cells of bbb, an hour each; 28 others of a second
  CHECK_THAT(text, contains("FAILED toy seed 2: cannot be split") &&
                       contains("FAILED toy constant seed 1: it diverged") &&
                       contains("Time: about 1 h 20 min (1.3 hours) for 32 cells with 3 threads") &&
                       contains("2.0 GB for the largest cell, up to 6.0 GB with 3 threads") &&
                       contains("Disk: about 160 MB") && contains("2 cells whose pilot failed"));
  const auto bbb = text.find("\n  bbb ");
  REQUIRE(bbb != std::string::npos);
  CHECK_THAT(text.substr(bbb, text.find('\n', bbb + 1) - bbb), contains("4 h 00 min") && contains("100 %"));
  CHECK(text.find("gp, active learning") > bbb);

  validation.pilot = SuiteValidation::PilotState::interrupted;
  CHECK(test::schema_errors(plain(validation), "validation") == "");
  CHECK(plain(validation).at("estimate").is_null());
  CHECK_THAT(validation_report(validation), contains("interrupted after 17 cells: no estimate"));
}

TEST_CASE("a data set without rows has none in a validation", "[harness][schema]") {
  Validated at;
  at.validation.datasets[0].train = at.validation.datasets[0].pool = at.validation.datasets[0].test = std::nullopt;
  at.validation.datasets[1].train = PartRows{11, 13};
  CHECK(test::schema_errors(plain(at.validation), "validation") == "");
  CHECK(plain(at.validation).at("datasets").at(0).at("rows").is_null());
  CHECK_THAT(validation_report(at.validation), contains("?") && contains("11..13"));
}

}  // namespace
}  // namespace predcorr
