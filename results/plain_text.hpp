// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace predcorr {

/// Text from outside for Markdown: on one line, without control characters, and with signs escaped that would end a
/// table's cell or be taken for markup.
std::string markdown_escaped(const std::string& text);

/// A message with its numbers left out: equal for messages that say the same of other numbers.
std::string without_numbers(const std::string& text);

}  // namespace predcorr
