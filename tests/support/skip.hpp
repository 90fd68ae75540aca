// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

namespace predcorr::test {

/// Ends a test case here, for what it needs is not there. Catch2 2 knows no skipped cases and counts it as passed; so
/// the tests' program says so itself, with either version: "skipped: case (reason)" at once, how many at the end, and
/// kSkippedStatus as exit status where nothing else ran. As in Catch2 3, a case with a skipped section is skipped.
[[noreturn]] void skip(const std::string& reason);

/// What a run ends with of which every case was skipped; `levels` and ctest's SKIP_RETURN_CODE have the same.
inline constexpr int kSkippedStatus = 77;

/// The status the program ends with, given Catch2's: 0, 1, or kSkippedStatus. Says how many cases were skipped.
int exit_status(int of_catch);

/// The folder of UCI data that PREDCORR_DATA names; skips where it names none.
std::filesystem::path data_folder();

/// Skips where a program or module that an example or a check runs is not installed; with PREDCORR_EXAMPLES, which asks
/// for all of them, that is a failure.
void need(bool is_there, const std::string& what);

}  // namespace predcorr::test
