// SPDX-License-Identifier: Apache-2.0
#include "results/plain_text.hpp"

#include <fmt/format.h>

#include <cctype>

namespace predcorr {

std::string printable(const std::string& text) {
  std::string safe;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0u;
    if (c == '\n' || c == '\r' || c == '\t') {
      safe += ' ';
    } else if (c < 0x20 || c == 0x7F) {
      safe += fmt::format("\\x{:02x}", c);
    } else if (c == 0xC2 && next >= 0x80 && next < 0xA0) {  // C1 in UTF-8
      safe += fmt::format("\\x{:02x}", next);
      ++i;
    } else {
      safe += text[i];
    }
  }
  return safe;
}

std::string markdown_escaped(const std::string& text) {
  std::string escaped;
  for (const char c : printable(text)) {
    if (c == '|' || c == '*' || c == '`' || c == '<' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::string shortened(const std::string& text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  std::size_t end = bytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return fmt::format("{}... ({} more bytes)", text.substr(0, end), text.size() - end);
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
