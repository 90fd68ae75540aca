// SPDX-License-Identifier: Apache-2.0
#include "results/text/plain_text.hpp"

#include <cctype>

#include "core/base/text.hpp"

namespace predcorr {

std::string markdown_escaped(const std::string& text) {
  std::string escaped;
  for (const char c : printable_line(text)) {
    if (c == '|' || c == '*' || c == '`' || c == '<' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::string without_numbers(const std::string& text) {
  std::string rest;
  const auto is_digit = [&](std::size_t i) {
    return i < text.size() && std::isdigit(static_cast<unsigned char>(text[i])) != 0;
  };
  for (std::size_t i = 0; i < text.size();) {
    if (!is_digit(i)) {
      rest += text[i++];
      continue;
    }
    rest += '#';  // digits with points, exponents and their signs: one number
    while (
        is_digit(i) || (i < text.size() && text[i] == '.' && is_digit(i + 1)) ||
        (i < text.size() && (text[i] == 'e' || text[i] == 'E') &&
         (is_digit(i + 1) || (i + 1 < text.size() && (text[i + 1] == '-' || text[i + 1] == '+') && is_digit(i + 2)))))
      i += text[i] == 'e' || text[i] == 'E' ? 2 : 1;
  }
  return rest;
}

}  // namespace predcorr
