// SPDX-License-Identifier: Apache-2.0
#include "results/report/report.hpp"

#include <fmt/format.h>

#include <vector>

#include "core/base/text.hpp"
#include "results/report/board_tables.hpp"
#include "results/report/request_tables.hpp"
#include "results/store/run_gaps.hpp"
#include "results/text/plain_text.hpp"

namespace predcorr {
namespace {

constexpr const char* kPartialNote =
    "PARTIAL: made of what is there, as --partial asks; what is missing, or there twice, is listed below.";

}  // namespace

std::string terminal_report(const Leaderboard& board, const TerminalStyle& style) {
  std::string text;
  for (const TextTable& table : tables_of(board, style.width == 0)) text += "\n" + terminal_text(table, style);
  text += "\n" + wrapped(printable_line(legend(board)), style.width, 0);
  for (const std::string& line : finding_lines(board)) text += wrapped(printable_line(line), style.width, 0);
  if (board.partial) text += wrapped(kPartialNote, style.width, 0);
  for (const std::string& line : entry_lines(board)) text += wrapped(printable_line(line), style.width, 0);
  for (const std::string& line : gap_lines(board.gaps)) text += wrapped(printable_line(line), style.width, 0);
  for (const std::string& line : warning_lines(board)) text += wrapped(printable_line(line), style.width, 0);
  return text;
}

std::string markdown_report(const Leaderboard& board) {
  std::string text = "# predcorr leaderboard\n\n";
  for (const SuiteOfRun& suite : board.suites) {
    const std::string line = fmt::format("Suite `{}`, protocol `{}`.\n", printable_line(suite.name),
                                         suite.protocol.at("name").get<std::string>());
    if (text.find(line) == std::string::npos) text += line;  // of several shards once
  }
  text += fmt::format("\n{}\n", markdown_escaped(legend(board)));
  for (const TextTable& table : tables_of(board, true)) text += "\n" + markdown_text(table);
  const auto add = [&](const char* title, const std::vector<std::string>& lines) {
    if (!lines.empty()) text += fmt::format("\n## {}\n\n", title);
    for (const std::string& line : lines) text += fmt::format("- {}\n", markdown_escaped(line));
  };
  add("Published findings", finding_lines(board));
  if (board.partial) text += fmt::format("\n{}\n", kPartialNote);
  add("Entries", entry_lines(board));
  add("Failed or missing", gap_lines(board.gaps));
  add("Warnings", warning_lines(board));
  return text;
}

}  // namespace predcorr
