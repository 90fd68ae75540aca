// SPDX-License-Identifier: Apache-2.0
#include "models/conformance/conformance.hpp"

namespace predcorr::conformance {
namespace {

/// What a check asks was never reached, so its own advice would mislead.
constexpr const char* kPlainFix =
    "A plain fit to 24 rows, or its prediction of a few rows, fails already, so this could not be asked. Repair what "
    "the message names first.";

std::vector<Check> joined_checks() {
  std::vector<Check> all = prediction_checks();
  for (Check& check : training_checks()) all.push_back(std::move(check));
  return all;
}

}  // namespace

const std::vector<Check>& all_checks() {
  static const std::vector<Check> all = joined_checks();
  return all;
}

CheckResult run(const Check& check, Trial& trial) {
  return result_of([&] { return check.run(trial); }, check.fix, kPlainFix);
}

std::vector<Question> model_questions(Trial& trial) { return questions(all_checks(), trial, kPlainFix); }

}  // namespace predcorr::conformance
