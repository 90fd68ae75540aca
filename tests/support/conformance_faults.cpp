// SPDX-License-Identifier: Apache-2.0
#include "tests/support/conformance_faults.hpp"

namespace predcorr::test {

using conformance::Check;
using conformance::CheckResult;
using conformance::Verdict;

std::map<std::string, CheckResult> outcomes(const Model& model) {
  std::map<std::string, CheckResult> all;
  conformance::Trial trial(model, 1);
  for (const Check& check : conformance::all_checks()) all[check.name] = conformance::run(check, trial);
  return all;
}

std::set<std::string> names_of(const std::map<std::string, CheckResult>& all, Verdict verdict) {
  std::set<std::string> names;
  for (const auto& [name, outcome] : all)
    if (outcome.verdict == verdict) names.insert(name);
  return names;
}

void check_caught(const std::vector<Fault>& faults, const std::vector<Check>& checks) {
  std::set<std::string> caught;
  for (const Fault& fault : faults) {
    const auto all = outcomes(Scripted(fault.script));
    const CheckResult& outcome = all.at(fault.check);
    INFO(fault.what << "; " << fault.check << ": " << outcome.detail);
    CHECK(outcome.verdict == Verdict::failed);
    CHECK_THAT(outcome.detail, contains(fault.message));
    for (const Check& check : checks)
      if (check.name == fault.check) CHECK(outcome.fix == check.fix);
    if (fault.others != std::set<std::string>{"any"}) {
      std::set<std::string> expected = fault.others;
      expected.insert(fault.check);
      CHECK(names_of(all, Verdict::failed) == expected);
    }
    caught.insert(fault.check);
  }
  for (const Check& check : checks) {
    INFO(check.name);
    CHECK(caught.count(check.name) == 1);
  }
}

}  // namespace predcorr::test
