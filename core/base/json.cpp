// SPDX-License-Identifier: Apache-2.0
#include "core/base/json.hpp"

#include <algorithm>
#include <set>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/files.hpp"

namespace predcorr {
namespace {

constexpr std::size_t kDeepestJson = 64;  // a suite of calibrated ensembles of ensembles has two dozen levels

/// "line 3, column 14" of a byte in a text.
std::string position(std::string_view text, std::size_t byte) {
  const std::string_view before = text.substr(0, std::min(byte, text.size()));
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const auto newline = before.rfind('\n');
  const auto column = newline == std::string_view::npos ? before.size() : before.size() - newline - 1;
  return fmt::format("line {}, column {}", line, std::max<std::size_t>(column, 1));
}

/// Whoever takes a value apart, writes or copies it calls itself for every level, and so would run out of stack: what
/// is too deep is refused before it is built. Brackets in quotes do not count; where the text is no JSON, what is
/// counted does not matter.
void check_depth(std::string_view text, const std::string& origin) {
  std::size_t depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '\\') {
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && (c == '[' || c == '{')) {
      if (++depth > kDeepestJson)  // not `require`, which would count lines for every bracket
        fail(ErrorKind::config,
             "{}: {}: lists and objects stand more than {} deep in each other; that is no document of predcorr", origin,
             position(text, i + 1), kDeepestJson);
    } else if (!quoted && (c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
}

}  // namespace

Json parse_json(std::string_view text, const std::string& origin) {
  check_depth(text, origin);
  // The library keeps the last of repeated keys in silence; one set of keys per open object catches it.
  std::vector<std::set<std::string>> open;
  const auto watch_keys = [&](int, Json::parse_event_t event, Json& value) {
    if (event == Json::parse_event_t::object_start) open.emplace_back();
    if (event == Json::parse_event_t::object_end) open.pop_back();
    if (event == Json::parse_event_t::key && !open.back().insert(value.get<std::string>()).second)
      fail(ErrorKind::config, "{}: key \"{}\" appears twice in one object; remove one", origin,
           value.get<std::string>());
    return true;
  };
  try {
    return Json::parse(text, watch_keys);
  } catch (const Json::parse_error& e) {
    // what() repeats the position in its own way; keep what follows its last colon-space, the reason.
    const std::string message = e.what();
    const auto reason = message.find(": ", message.find("column"));
    fail(ErrorKind::config, "{}: {}: not valid JSON: {}", origin, position(text, e.byte),
         reason == std::string::npos ? message : message.substr(reason + 2));
  } catch (const Json::exception& e) {  // a number too large for a double, say
    fail(ErrorKind::config, "{}: not usable JSON: {}", origin, e.what());
  }
}

Json read_json_file(const std::filesystem::path& file) { return parse_json(read_text_file(file), file.string()); }

}  // namespace predcorr
