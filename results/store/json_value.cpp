// SPDX-License-Identifier: Apache-2.0
#include "results/store/json_value.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"

namespace predcorr {

JsonValue JsonValue::at(const std::string& key) const {
  const auto found = object().find(key);
  if (found == json_.end()) refuse("has no \"" + key + "\"");
  return {*found, file_, below(key)};
}

void JsonValue::only(const std::vector<std::string>& keys) const {
  for (const auto& [key, value] : object().items())
    if (!contains(keys, key)) refuse(fmt::format("has an unknown key \"{}\"{}", key, suggestion(key, keys)));
}

const Json& JsonValue::object() const {
  if (!json_.is_object()) refuse("must be an object, got " + got());
  return json_;
}

const Json& JsonValue::array() const {
  if (!json_.is_array()) refuse("must be a list, got " + got());
  return json_;
}

std::string JsonValue::text() const {
  if (!json_.is_string()) refuse("must be a text, got " + got());
  return json_.get<std::string>();
}

std::string JsonValue::text(const char* key, bool needed) const {
  return needed || has(key) ? at(key).text() : std::string();
}

std::string JsonValue::sha256() const {
  std::string digits = text();
  if (digits.size() != 64 || digits.find_first_not_of("0123456789abcdef") != std::string::npos)
    refuse("must be a SHA-256, 64 hexadecimal digits, got " + got());
  return digits;
}

std::uint64_t JsonValue::count() const {
  if (!json_.is_number_integer() || json_.get<std::int64_t>() < 0) refuse("must be a count, got " + got());
  return json_.get<std::uint64_t>();
}

std::vector<std::string> JsonValue::texts() const {
  std::vector<std::string> all;
  for_each_item([&](const JsonValue& item) { all.push_back(item.text()); });
  return all;
}

void JsonValue::refuse(const std::string& what) const {
  fail(ErrorKind::data, "{}: {}{}{}; {}", file_.name, path_, path_.empty() ? "" : ": ", what, file_.advice);
}

std::string JsonValue::got() const { return shortened(json_.dump(-1, ' ', false, Json::error_handler_t::replace), 60); }

}  // namespace predcorr
