// SPDX-License-Identifier: Apache-2.0
#include "core/base/json_text.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace predcorr {
namespace {

constexpr std::size_t kReadableWidth = 100;

/// A value's text, and whether it is all on one line.
struct JsonText {
  std::string text;
  bool flat = true;
};

void start_line(std::string& text, std::size_t depth) {
  text += '\n';
  text.append(depth, ' ');
}

/// Numbers, texts and the like, as many to a line as fit.
std::string filled_lines(const std::vector<JsonText>& parts, std::size_t depth) {
  std::string text = "[";
  start_line(text, depth + 1);
  std::size_t used = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::size_t size = parts[i].text.size() + 2;
    if (used > 0 && used + size > kReadableWidth) {
      text += ',';
      start_line(text, depth + 1);
      used = 0;
    } else if (used > 0) {
      text += ", ";
    }
    text += parts[i].text;
    used += size;
  }
  start_line(text, depth);
  return text + "]";
}

JsonText json_text(const OrderedJson& value, std::size_t depth) {
  if (!value.is_structured() || value.empty()) return {value.dump(), true};
  std::vector<JsonText> parts;
  parts.reserve(value.size());
  std::size_t width = 2;
  bool flat = true;
  const auto add = [&](const std::string& key, const OrderedJson& child) {
    JsonText part = json_text(child, depth + 1);
    part.text.insert(0, key);
    width += part.text.size() + 2;
    flat = flat && part.flat;
    parts.push_back(std::move(part));
  };
  if (value.is_object())
    for (const auto& [key, child] : value.items()) add(OrderedJson(key).dump() + ": ", child);
  else
    for (const OrderedJson& child : value) add("", child);
  const char open = value.is_object() ? '{' : '[', close = value.is_object() ? '}' : ']';
  if (flat && width <= kReadableWidth) {
    std::string text(1, open);
    for (std::size_t i = 0; i < parts.size(); ++i) text += (i == 0 ? "" : ", ") + parts[i].text;
    return {text + close, true};
  }
  const bool scalars = value.is_array() &&
                       std::none_of(value.begin(), value.end(), [](const OrderedJson& v) { return v.is_structured(); });
  if (scalars) return {filled_lines(parts, depth), false};
  std::string text(1, open);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) text += ',';
    start_line(text, depth + 1);
    text += parts[i].text;
    std::string().swap(parts[i].text);
  }
  start_line(text, depth);
  return {text + close, false};
}

}  // namespace

std::string readable_json(const OrderedJson& document) { return readable_json_part(document, 0) + "\n"; }

std::string readable_json_part(const OrderedJson& value, std::size_t depth) { return json_text(value, depth).text; }

}  // namespace predcorr
