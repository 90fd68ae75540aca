// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace predcorr {

/// Text from outside (labels, messages of models) as it may go into a table of Markdown, on one line: signs that would end
/// a cell, or be taken for markup, are escaped, control characters are written out (core/printable.hpp).
std::string markdown_escaped(const std::string& text);

/// A message with its numbers left out: equal for messages that say the same of other numbers.
std::string without_numbers(const std::string& text);

}  // namespace predcorr
