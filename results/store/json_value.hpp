// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/matrix.hpp"

namespace predcorr {

/// A value of a JSON file and where it stands there, so that a message can name file and key. What is not as expected
/// is an Error (data).
class JsonValue {
 public:
  /// What every value of a file has in common.
  struct File {
    std::string name;
    std::string advice;  ///< what to do about a file that is not as it should be; ends the message
  };

  /// @param json, file must outlive it
  JsonValue(const Json& json, const File& file, std::string path = "")
      : json_(json), file_(file), path_(std::move(path)) {}

  bool has(const char* key) const { return object().contains(key); }
  JsonValue at(const std::string& key) const;
  void only(const std::vector<std::string>& keys) const;  ///< an object that has no other keys than these

  const Json& object() const;
  std::string text() const;
  std::string text(const char* key, bool needed = true) const;  ///< empty where it is neither there nor needed
  std::string sha256() const;                                   ///< 64 lower-case hexadecimal digits
  std::uint64_t count() const;                                  ///< a whole number from 0 to 2^63 - 1
  bool is_null() const { return json_.is_null(); }
  std::vector<std::string> texts() const;

  template <class Use>
  void for_each_item(const Use& use) const {
    const Json& list = array();
    for (std::size_t i = 0; i < list.size(); ++i) use(JsonValue(list[i], file_, path_ + "[" + std::to_string(i) + "]"));
  }
  template <class Use>
  void for_each_entry(const Use& use) const {
    for (const auto& [key, value] : object().items()) use(key, JsonValue(value, file_, below(key)));
  }

  /// @param what is wrong with it: "must be a text, got 3"
  [[noreturn]] void refuse(const std::string& what) const;

 private:
  const Json& array() const;
  std::string got() const;
  std::string below(const std::string& key) const { return path_.empty() ? key : path_ + "." + key; }

  const Json& json_;
  const File& file_;
  std::string path_;
};

}  // namespace predcorr
