// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/base/error.hpp"

namespace predcorr::conformance {

// "Did I get it right?", for whoever wrote a plug-in. Each kind has its checks in its own folder
// (core/kernels/conformance for kernels, then datasets, models, metrics); what a check is, and what comes of it, is the
// same for all.

enum class Verdict { passed, failed, not_applicable };
const char* to_string(Verdict verdict);  ///< "passed", "failed", "not applicable"

/// What came of a check.
struct CheckResult {
  Verdict verdict = Verdict::passed;
  std::string detail = {};  ///< what was found; of a passed check a note or nothing
  std::string fix = {};     ///< of a failed check
};

/// Thrown by a check: what was found, with numbers.
struct Failure {
  std::string detail;
  std::optional<ErrorKind> thrown = {};  ///< by the plug-in, if it was an Error, and of which kind
  bool fitting = false;                  ///< thrown by a model's fit or refit
  bool plain = false;                    ///< the plainest use of the plug-in failed already: no check's own question
};

/// Thrown by a check that has nothing to ask of this plug-in.
struct NotApplicable {
  std::string reason;
};

/// @throws Failure if the text is not empty: "subject: text"
void expect_none(const std::string& text, const std::string& subject);

/// Throws a Failure with a formatted text unless `holds`.
template <class... Args>
void expect(bool holds, fmt::format_string<Args...> text, Args&&... args) {
  if (!holds) throw Failure{fmt::format(text, std::forward<Args>(args)...)};
}

/// One question about a plug-in under trial. A new one is a row in a table of its kind.
template <class Trial>
struct CheckOf {
  std::string name;  ///< kebab-case
  std::string asks;  ///< one line: what holds for a plug-in that passes
  std::string fix;   ///< what to do where it fails
  /// Returns a note, or nothing to note.  @throws Failure, NotApplicable
  std::string (*run)(Trial&);
};

/// What comes of `ask`. Never throws: whatever the plug-in throws is a failed check.
/// @param fix what to do where it fails  @param plain_fix the same where the plainest use failed
CheckResult result_of(const std::function<std::string()>& ask, const std::string& fix, const std::string& plain_fix);

/// A check with what it is asked of, whatever its kind.
struct Question {
  std::string name, asks, fix;
  std::function<CheckResult()> ask;
};

/// The checks of a kind as questions about one trial, which must outlive them.
template <class Trial>
std::vector<Question> questions(const std::vector<CheckOf<Trial>>& checks, Trial& trial, const std::string& plain_fix) {
  std::vector<Question> all;
  for (const CheckOf<Trial>& check : checks)
    all.push_back({check.name, check.asks, check.fix, [&trial, check, plain_fix] {
                     return result_of([&] { return check.run(trial); }, check.fix, plain_fix);
                   }});
  return all;
}

}  // namespace predcorr::conformance
