// SPDX-License-Identifier: Apache-2.0
#include "results/text/plain_text.hpp"

#include <algorithm>
#include <cctype>
#include <sstream>

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

std::size_t characters(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string wrapped(const std::string& text, std::size_t width, std::size_t indent) {
  const std::string margin(indent, ' ');
  if (width == 0) return margin + text + "\n";
  std::string all, line;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    if (!line.empty() && indent + characters(line) + 1 + characters(word) > width) {
      all += margin + line + "\n";
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
  }
  return all + margin + line + "\n";
}

}  // namespace predcorr
