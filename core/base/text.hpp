// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace predcorr {

/// Bytes of the character that a text begins with; 0 where it begins with none. Overlong forms, surrogates and code
/// points above U+10FFFF are none (Unicode 15, table 3-7).
std::size_t utf8_length(std::string_view text);

/// How many bytes at the beginning are well-formed UTF-8: all of them where the text is. JSON can hold no other
/// text.
std::size_t utf8_prefix(std::string_view text);

/// The text with U+FFFD in place of every byte that is not UTF-8: for names of files, which may be any bytes.
std::string to_utf8(std::string_view text);

/// Text from outside (labels, files, other programs) made fit for a terminal, which takes control characters for
/// commands: control characters other than line ends and tabs, marks that turn the direction of writing, and bytes that
/// are no UTF-8 are written out, as in "\u001b[31m" and "\xff".
std::string printable(std::string_view text);

/// The same on one line: line ends and tabs are written out, too.
std::string printable_line(std::string_view text);

/// At most so many bytes of a text, never a part of a character, and how long it was where something is missing:
/// "begins like this... (512000 bytes in all)".
std::string shortened(std::string_view text, std::size_t most);

/// How much of a message is shown and kept: more than anybody reads.
inline constexpr std::size_t kLongestMessage = 4000;

/// The rule for what data sets and models are called, which is shown in tables and terminals: printable, and short.
/// @param where what messages call the place  @throws Error (config)
void check_label(std::string_view label, const std::string& where);

/// The rule for what suites are called, after which folders are named: a label that leads nowhere else.
void check_name(std::string_view name, const std::string& where);
inline constexpr std::size_t kLongestName = 120;

/// "; did you mean 'x'?" where a known name is close to the given one, and the known names in any case.
/// To be put behind "unknown model 'y'".
std::string suggestion(const std::string& given, const std::vector<std::string>& known);

/// Whether a list of names has this one.
bool contains(const std::vector<std::string>& names, const std::string& name);

/// "a, b, c".
std::string comma_list(const std::vector<std::string>& names);

}  // namespace predcorr
