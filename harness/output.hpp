// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "results/text/text_table.hpp"

namespace predcorr {

/// To be called first in main. Descriptors 0 to 2 that are closed are opened on /dev/null: else the next file that is
/// opened, of predictions perhaps, would get their number and what is meant for standard error. A reader that goes away
/// (`| head`) no longer ends the program by a signal in the middle of a run; see finish_output.
void prepare_standard_streams();

/// Writes on standard output, made fit for a terminal (core/base/text.hpp). What cannot be written is told by
/// finish_output.
void print_text(std::string_view text);

/// How a report looks on standard output: as wide as the terminal, 80 columns at least, which is also what a file or a
/// pipe gets; with colours on a terminal where neither NO_COLOR is set (https://no-color.org) nor TERM is "dumb".
/// @param wide however wide it becomes
TerminalStyle output_style(bool wide);

/// Writes a report that is fit for a terminal but for the colours of its style.
void print_report(std::string_view text);

/// The same as print_text on standard error, where what cannot be written is lost: it must not end a run.
void print_note(std::string_view text);

template <class... Args>
void say(fmt::format_string<Args...> text, Args&&... args) {
  print_text(fmt::format(text, std::forward<Args>(args)...));
}

template <class... Args>
void note(fmt::format_string<Args...> text, Args&&... args) {
  print_note(fmt::format(text, std::forward<Args>(args)...));
}

/// To be called last in main: flushes standard output.
/// @param status the exit status if all was written
/// @return that status; where output is lost and it would have been success, kBadInput, after saying why (no space,
/// say), or without a word 141, as if by SIGPIPE, where its reader went away
int finish_output(int status);

}  // namespace predcorr
