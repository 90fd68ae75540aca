// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "models/conformance/conformance.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/scripted_model.hpp"

namespace predcorr::test {

/// Of all checks, by name.
std::map<std::string, conformance::CheckResult> outcomes(const Model& model);

std::set<std::string> names_of(const std::map<std::string, conformance::CheckResult>& all,
                               conformance::Verdict verdict);

/// A model that breaks a rule, and what must be said of it.
struct Fault {
  std::string what;
  Script script;
  std::string check;             ///< that must fail, with its own advice
  std::string message;           ///< a part of what it says
  std::set<std::string> others;  ///< that fail, too; {"any"} where these do not matter
};

/// Every fault is caught by its check and by no others than those it names; every check of `checks` catches one.
void check_caught(const std::vector<Fault>& faults, const std::vector<conformance::Check>& checks);

}  // namespace predcorr::test
