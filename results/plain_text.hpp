// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

namespace predcorr {

/// Text from outside (labels, messages of models) as it may go to a terminal or into a table: line breaks and tabs
/// become blanks, every other control character (C0, DEL, C1) is written as \x1b, so that none is obeyed.
std::string printable(const std::string& text);

/// The same for Markdown: signs that would end a table's cell, or be taken for markup, are escaped.
std::string markdown_escaped(const std::string& text);

/// At most so many bytes; what is longer is cut between two characters, and how much is left out is said.
std::string shortened(const std::string& text, std::size_t bytes);

/// A message with its numbers left out: equal for messages that say the same of other numbers.
std::string without_numbers(const std::string& text);

}  // namespace predcorr
