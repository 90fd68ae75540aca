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

const char* to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::passed: return "passed";
    case Verdict::failed: return "failed";
    case Verdict::not_applicable: return "not applicable";
  }
  return "unknown";
}

const std::vector<Check>& all_checks() {
  static const std::vector<Check> all = joined_checks();
  return all;
}

Outcome run(const Check& check, Trial& trial) {
  try {
    return {Verdict::passed, check.run(trial), ""};
  } catch (const Failure& f) {
    return {Verdict::failed, f.detail, f.plain ? kPlainFix : check.fix};
  } catch (const NotApplicable& n) {
    return {Verdict::not_applicable, n.reason, ""};
  } catch (const std::exception& e) {
    return {Verdict::failed, fmt::format("unexpected exception: {}", e.what()), check.fix};
  } catch (...) {
    return {Verdict::failed, "something was thrown that is no std::exception", check.fix};
  }
}

}  // namespace predcorr::conformance
