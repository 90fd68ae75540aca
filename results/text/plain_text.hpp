// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

namespace predcorr {

/// Text from outside for Markdown: on one line, without control characters, and with signs escaped that would end a
/// table's cell or be taken for markup.
std::string markdown_escaped(const std::string& text);

/// Lines of at most so many characters, each behind `indent` blanks, broken at blanks where there are any; ends in a
/// newline.  @param width 0: one line, however long
std::string wrapped(const std::string& text, std::size_t width, std::size_t indent);

/// Characters of UTF-8, not bytes.
std::size_t characters(const std::string& text);

constexpr std::size_t kMostMessageBytes = 300;  ///< of a model's message in a report

/// A message with its numbers left out: equal for messages that say the same of other numbers.
std::string without_numbers(const std::string& text);

}  // namespace predcorr
