// SPDX-License-Identifier: Apache-2.0
#include "core/printable.hpp"

#include <algorithm>

#include "core/error.hpp"

namespace predcorr {
namespace {

constexpr char32_t kNoCharacter = 0xFFFFFFFF;

/// The first character of a text in UTF-8, and of how many bytes it is; kNoCharacter, of one byte, where there is none.
/// Stricter than it looks: longer spellings than needed, surrogates and what lies beyond Unicode are none.
char32_t first_character(std::string_view text, std::size_t& bytes) {
  bytes = 1;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (byte(0) < 0x80) return byte(0);
  const std::size_t length = byte(0) >= 0xF0 ? 4 : byte(0) >= 0xE0 ? 3 : 2;
  if (byte(0) < 0xC2 || byte(0) > 0xF4 || text.size() < length) return kNoCharacter;
  char32_t value = byte(0) & (0x7Fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return kNoCharacter;
    value = value << 6 | (byte(i) & 0x3F);
  }
  const bool shortest = length == 2 || value >= (length == 3 ? 0x800u : 0x10000u);
  if (!shortest || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return kNoCharacter;
  bytes = length;
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

}  // namespace predcorr
