// SPDX-License-Identifier: Apache-2.0
#include "core/base/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

#include "core/base/error.hpp"

namespace predcorr {

std::size_t utf8_length(std::string_view text) {
  if (text.empty()) return 0;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto continued = [&](std::size_t i, unsigned low, unsigned high) {
    return i < text.size() && byte(i) >= low && byte(i) <= high;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first < 0xC2 || first > 0xF4) return 0;
  if (first < 0xE0) return continued(1, 0x80, 0xBF) ? 2 : 0;
  // The second byte rules out what a shorter form could say, surrogates, and what lies above U+10FFFF.
  const unsigned low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  const unsigned high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  if (!continued(1, low, high) || !continued(2, 0x80, 0xBF)) return 0;
  if (first < 0xF0) return 3;
  return continued(3, 0x80, 0xBF) ? 4 : 0;
}

std::size_t utf8_prefix(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t length = utf8_length(text.substr(at));
    if (length == 0) break;
    at += length;
  }
  return at;
}

std::string to_utf8(std::string_view text) {
  std::string result;
  for (;;) {
    const std::size_t good = utf8_prefix(text);
    result += text.substr(0, good);
    if (good == text.size()) return result;
    result += "\xEF\xBF\xBD";
    text.remove_prefix(good + 1);
  }
}
namespace {

constexpr char32_t kNoCharacter = 0xFFFFFFFF;

/// The first character of a text in UTF-8, and of how many bytes it is; kNoCharacter, of one byte, where there is none.
char32_t first_character(std::string_view text, std::size_t& bytes) {
  bytes = utf8_length(text);
  if (bytes == 0) {
    bytes = 1;
    return kNoCharacter;
  }
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  char32_t value = bytes == 1 ? byte(0) : byte(0) & (0x7Fu >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) value = value << 6 | (byte(i) & 0x3F);
  return value;
}

bool is_harmless(char32_t c) {
  if (c == kNoCharacter || c < 0x20 || (c >= 0x7F && c < 0xA0)) return false;
  const bool ends_line = c == 0x2028 || c == 0x2029;
  const bool turns = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0x200E || c == 0x200F;
  return !ends_line && !turns;
}

/// Characters as JSON writes them, so that JSON stays JSON; bytes that are none by their value.
std::string written_out(std::string_view text, std::string_view kept) {
  std::string all;
  all.reserve(text.size());
  while (!text.empty()) {
    std::size_t bytes = 1;
    const char32_t c = first_character(text, bytes);
    if (is_harmless(c) || kept.find(text.front()) != std::string_view::npos)
      all += text.substr(0, bytes);
    else if (c == '\n' || c == '\t' || c == '\r')
      all += c == '\n' ? "\\n" : c == '\t' ? "\\t" : "\\r";
    else if (c != kNoCharacter)
      all += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    else
      all += fmt::format("\\x{:02x}", static_cast<unsigned char>(text.front()));
    text.remove_prefix(bytes);
  }
  return all;
}

}  // namespace

std::string printable(std::string_view text) { return written_out(text, "\n\t"); }
std::string printable_line(std::string_view text) { return written_out(text, ""); }

std::string shortened(std::string_view text, std::size_t most) {
  if (text.size() <= most) return std::string(text);
  std::size_t end = most;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // the next one begins a character
  return fmt::format("{}... ({} bytes in all)", text.substr(0, end), text.size());
}

void check_label(std::string_view label, const std::string& where) {
  require(label.find_first_not_of(' ') != std::string_view::npos && label.size() <= kLongestName &&
              printable_line(label) == label,
          ErrorKind::config, "{}: must be at most {} bytes of UTF-8, not blank, without control characters, got '{}'",
          where, kLongestName, printable_line(shortened(label, kLongestName)));
}

void check_name(std::string_view name, const std::string& where) {
  check_label(name, where);
  require(name != "." && name != ".." && name.find('/') == std::string_view::npos, ErrorKind::config,
          "{}: names a folder, so it must have no '/' and be neither '.' nor '..', got '{}'", where, name);
}
namespace {

/// Levenshtein distance: insertions, deletions and replacements that turn one word into the other.
std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

}  // namespace

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string comma_list(const std::vector<std::string>& names) { return fmt::format("{}", fmt::join(names, ", ")); }

std::string suggestion(const std::string& given, const std::vector<std::string>& known) {
  if (known.empty()) return "; there are none";
  const auto nearest = std::min_element(known.begin(), known.end(), [&](const auto& a, const auto& b) {
    return edit_distance(given, a) < edit_distance(given, b);
  });
  const std::string list = fmt::format("known: {}", comma_list(known));
  // A guess further away than half the word is more puzzle than help.
  if (edit_distance(given, *nearest) * 2 > std::max(given.size(), nearest->size())) return "; " + list;
  return fmt::format("; did you mean '{}'? ({})", *nearest, list);
}

}  // namespace predcorr
