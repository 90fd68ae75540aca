// SPDX-License-Identifier: Apache-2.0
#include "harness/cli/completeness.hpp"

#include <fmt/format.h>

#include "core/base/text.hpp"
#include "harness/cli/commands.hpp"

namespace predcorr {
namespace {

constexpr const char* kWhatToDo =
    "; name the folder of each shard, once; let 'run' go on where it stopped; or take what is there with --partial";

}  // namespace

int status_of(const RunGaps& gaps, bool partial, bool with_lines) {
  if (with_lines)
    for (const std::string& line : gap_lines(gaps)) note("{}\n", printable_line(line));
  const std::string missing = incompleteness(gaps);
  if (!missing.empty())
    note("predcorr: {}{}\n", missing, partial ? "; what is there is taken, as --partial says" : kWhatToDo);
  return !gaps.failures.empty() || (!missing.empty() && !partial) ? kCellsFailed : kSuccess;
}

}  // namespace predcorr
