// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/plugins/conformance.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::test {

/// A plug-in that breaks a rule, and what must be said of it.
template <class Subject>
struct FaultOf {
  FaultOf(std::string named, std::shared_ptr<const Subject> object, std::string fails, std::string says,
          std::set<std::string> also = {})
      : what(std::move(named)),
        subject(std::move(object)),
        check(std::move(fails)),
        message(std::move(says)),
        others(std::move(also)) {}

  std::string what;
  std::shared_ptr<const Subject> subject;
  std::string check;             ///< that must fail
  std::string message;           ///< a part of what it says
  std::set<std::string> others;  ///< that fail, too; {"any"} where these do not matter
};

/// What fails of all checks.
template <class Trial>
std::map<std::string, conformance::CheckResult> outcomes_of(const std::vector<conformance::CheckOf<Trial>>& checks,
                                                            Trial& trial) {
  std::map<std::string, conformance::CheckResult> all;
  for (const auto& check : checks)
    all[check.name] = conformance::result_of([&] { return check.run(trial); }, check.fix, "plain");
  return all;
}

/// Every fault is caught by its check and by no others than those it names; every check catches one.
template <class Trial, class Subject, class... More>
void expect_faults_caught(const std::vector<FaultOf<Subject>>& faults,
                          const std::vector<conformance::CheckOf<Trial>>& checks, const More&... more) {
  std::set<std::string> caught;
  for (const auto& fault : faults) {
    Trial trial(*fault.subject, more...);
    const auto all = outcomes_of(checks, trial);
    const conformance::CheckResult& evaluation = all.at(fault.check);
    INFO(fault.what << "; " << fault.check << ": " << evaluation.detail);
    CHECK(evaluation.verdict == conformance::Verdict::failed);
    CHECK_THAT(evaluation.detail, contains(fault.message));
    std::set<std::string> failed;
    for (const auto& [name, each] : all)
      if (each.verdict == conformance::Verdict::failed) failed.insert(name);
    if (fault.others != std::set<std::string>{"any"}) {
      std::set<std::string> expected = fault.others;
      expected.insert(fault.check);
      CHECK(failed == expected);
    }
    caught.insert(fault.check);
  }
  for (const auto& check : checks) {
    INFO(check.name);
    CHECK(caught.count(check.name) == 1);
  }
}

/// "name: what was found" of what fails; empty where nothing does.
template <class Trial>
std::string failures(const std::vector<conformance::CheckOf<Trial>>& checks, Trial& trial) {
  std::string text;
  for (const auto& [name, evaluation] : outcomes_of(checks, trial))
    if (evaluation.verdict == conformance::Verdict::failed) text += name + ": " + evaluation.detail + "\n";
  return text;
}

}  // namespace predcorr::test
