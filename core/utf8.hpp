// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace predcorr {

/// Bytes of the character that a text begins with; 0 where it begins with none. Overlong forms, surrogates and code
/// points above U+10FFFF are none (Unicode 15, table 3-7).
std::size_t utf8_length(std::string_view text);

/// How many bytes at the beginning are well-formed UTF-8: all of them where the text is. JSON can hold no other
/// text.
std::size_t utf8_prefix(std::string_view text);

/// The text with U+FFFD in place of every byte that is not UTF-8: for names of files, which may be any bytes.
std::string to_utf8(std::string_view text);

}  // namespace predcorr
