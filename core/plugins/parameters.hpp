// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <map>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/json.hpp"
#include "core/base/text.hpp"

namespace predcorr {

/// One parameter as people see it: `predcorr list`, error messages and stored records are all made from this.
struct ParameterInfo {
  std::string name;
  std::string type;     ///< "integer", "number", "text", "yes/no", "list of ...", or a plug-in kind such as "model"
  std::string allowed;  ///< "at least 1"; empty where every value of the type will do
  std::string meaning;  ///< one line, with the unit
  Json default_value;   ///< the default; null where the parameter must be given
};

/// Which values of a parameter are allowed; for a list, which values each element may have.
struct Constraint {
  std::string text;
  std::function<bool(const Json&)> holds;
};
Constraint any_value();
Constraint at_least(double low);
Constraint above(double low);
Constraint between(double low, double high);
Constraint not_empty();  ///< a text that must be given

/// How a C++ type is read from JSON, strictly: 3.7 is no integer, `true` no number. Specialised below for every type
/// a parameter may have, and in core/plugins/registry.hpp for plug-ins nested in plug-ins. Types that name files are
/// read with the folder that such names are relative to, that of the suite: JsonType<T>::read(json, folder).
template <class T>
struct JsonType;

/// A value as it stands in a file of this folder; an empty one is the working folder.
template <class T>
T read_value(const Json& json, const std::filesystem::path& folder) {
  if constexpr (requires { JsonType<T>::read(json, folder); })
    return JsonType<T>::read(json, folder);
  else
    return JsonType<T>::read(json);
}

/// Of the plug-ins that make something, by "kind name": the revision of the code of each (PREDCORR_REGISTER).
using Revisions = std::map<std::string, int>;

/// Those above 1, as an object; null where there are none. First revisions go without saying, so that results stay
/// valid when a plug-in gets a parameter that is a plug-in.
Json later_revisions(const Revisions& revisions);

/// A JsonType behind pointers. What is done with parameters is compiled once for all of them, in parameters.cpp; each
/// struct, and there are some hundred, adds no more than where its members lie.
struct ValueType {
  std::string (*name)();
  void (*read)(void* value, const Json& json, const std::filesystem::path& folder);
  Json (*write)(const void* value);
  bool (*usable)(const void* value);
  bool (*all)(const Json& json, const std::function<bool(const Json&)>& holds);
  void (*add_revisions)(const void* value, Revisions& revisions);  ///< of the plug-ins in the value
};

template <class T>
inline constexpr ValueType kValueType = {
    [] { return std::string(JsonType<T>::name()); },
    [](void* value, const Json& json, const std::filesystem::path& folder) {
      *static_cast<T*>(value) = read_value<T>(json, folder);
    },
    [](const void* value) -> Json { return JsonType<T>::write(*static_cast<const T*>(value)); },
    [](const void* value) { return JsonType<T>::usable(*static_cast<const T*>(value)); },
    [](const Json& json, const std::function<bool(const Json&)>& holds) { return JsonType<T>::all(json, holds); },
    []([[maybe_unused]] const void* value, [[maybe_unused]] Revisions& revisions) {
      if constexpr (requires { JsonType<T>::add_revisions(*static_cast<const T*>(value), revisions); })
        JsonType<T>::add_revisions(*static_cast<const T*>(value), revisions);
    }};

/// One member of a parameter struct: its description, and how to read and write it.
struct ParameterField {
  ParameterInfo info;
  Constraint allowed;
  const ValueType* type = nullptr;
  std::ptrdiff_t offset = 0;  ///< of the member, in bytes from the beginning of the struct

  /// @throws Error (config) where the value is of another type or not allowed
  void read(void* parameters, const Json& value, const std::filesystem::path& folder) const;
  Json write(const void* parameters) const;
};
using FieldTable = std::vector<ParameterField>;

/// @param default_value the member's default; one outside the allowed range is how a parameter says that it has none
ParameterField make_field(std::string name, const ValueType& type, std::ptrdiff_t offset, const void* default_value,
                          Constraint allowed, std::string meaning);

/// Inherited fields, whose struct lies `shift` bytes within the whole, then own ones.
/// @param defaults of the whole struct, which may differ from those of its base
FieldTable join_fields(FieldTable inherited, std::ptrdiff_t shift, const void* defaults, const FieldTable& own);

void read_fields(const FieldTable& fields, void* parameters, const Json& object, const std::string& path,
                 const std::filesystem::path& folder);
Json write_fields(const FieldTable& fields, const void* parameters);
Revisions revisions_in(const FieldTable& fields, const void* parameters);  ///< of the plug-ins among the parameters
std::vector<ParameterInfo> describe_fields(const FieldTable& fields);

/// A member of P, and of no other struct.
template <class P>
struct Field : ParameterField {};

/// The table a plug-in writes once: `static Fields<P> fields() { return {field(...), ...}; }`.
template <class P>
struct Fields : FieldTable {
  Fields() = default;
  Fields(std::initializer_list<Field<P>> list) : FieldTable(list.begin(), list.end()) {}
  explicit Fields(FieldTable table) : FieldTable(std::move(table)) {}
};

/// P as it is where nothing is given. Made when first asked for, since a default may be a plug-in that is not
/// registered before; never destroyed, since that plug-in may have gone before.
template <class P>
const P& defaults_of() {
  static const P* const defaults = new P{};
  return *defaults;
}

template <class Whole, class Part>
std::ptrdiff_t bytes_between(const Whole& whole, const Part& part) {
  return reinterpret_cast<const std::byte*>(&part) - reinterpret_cast<const std::byte*>(&whole);
}

template <class P, class T>
Field<P> field(std::string name, T P::*member, Constraint allowed, std::string meaning) {
  const P& defaults = defaults_of<P>();
  const T& default_value = defaults.*member;
  return {make_field(std::move(name), kValueType<T>, bytes_between(defaults, default_value), &default_value,
                     std::move(allowed), std::move(meaning))};
}

/// The fields of a struct that several parameter structs have as their base, with P's own behind them.
template <class P, class Base>
Fields<P> joined_fields(const Fields<Base>& inherited, const Fields<P>& own) {
  const P& defaults = defaults_of<P>();
  return Fields<P>(join_fields(inherited, bytes_between(defaults, static_cast<const Base&>(defaults)), &defaults, own));
}

/// Parameters of a plug-in that has none.
struct NoParameters {
  static Fields<NoParameters> fields() { return {}; }
};

/// Reads a JSON object (null counts as {}) into a parameter struct. Unknown keys, wrong types, values out of range and
/// missing parameters are errors that name the key.  @param path e.g. "models[2].parameters"  @throws Error (config)
template <class P>
P read_parameters(const Json& object, const std::string& path) {
  P parameters{};
  read_fields(P::fields(), &parameters, object, path, {});
  return parameters;
}

/// Every parameter with the value in force, defaults filled in.
template <class P>
Json write_parameters(const P& parameters) {
  return write_fields(P::fields(), &parameters);
}

template <class P>
std::vector<ParameterInfo> describe_parameters() {
  return describe_fields(P::fields());
}

/// For a JsonType's `read`.  @throws Error (config) "must be EXPECTED, got VALUE"
[[noreturn]] void wrong_type(const std::string& expected, const Json& value);

namespace detail {
template <class T>
struct ScalarType {
  static Json write(const T& value) { return value; }
  static bool usable(const T&) { return true; }
  static bool all(const Json& value, const std::function<bool(const Json&)>& holds) { return holds(value); }
};
}  // namespace detail

template <>
struct JsonType<bool> : detail::ScalarType<bool> {
  static std::string name();
  static bool read(const Json& v);
};
template <>
struct JsonType<int> : detail::ScalarType<int> {
  static std::string name();
  static int read(const Json& v);
};
template <>
struct JsonType<double> : detail::ScalarType<double> {
  static std::string name();
  static double read(const Json& v);
};
template <>
struct JsonType<std::string> : detail::ScalarType<std::string> {
  static std::string name();
  static std::string read(const Json& v);
};

/// The words that suites, records and `predcorr list` have for the values of an enum, in the order in which people see
/// them. An enum that is a parameter has, in its namespace, `EnumWords<E> words_of(E)`, whose argument only says which
/// enum is meant. A value without a word cannot be given; as a default it says that there is none.
template <class E>
using EnumWords = std::vector<std::pair<std::string, E>>;

template <class E>
std::vector<std::string> all_words() {
  std::vector<std::string> all;
  for (const auto& [word, value] : words_of(E{})) all.push_back(word);
  return all;
}

/// In JSON the word.
template <class E>
  requires std::is_enum_v<E>
struct JsonType<E> : detail::ScalarType<E> {
  static std::string name() { return JsonType<std::string>::name(); }
  static Json write(E value) {
    for (const auto& [word, meant] : words_of(value))
      if (meant == value) return word;
    return nullptr;
  }
  static E read(const Json& json) {
    for (const auto& [word, meant] : words_of(E{}))
      if (json == word) return meant;
    wrong_type("one of " + comma_list(all_words<E>()), json);
  }
};

/// The word for a value, which must have one.
template <class E>
std::string word_of(E value) {
  return JsonType<E>::write(value).template get<std::string>();
}

/// A field whose values are the words of an enum. (For a list of them, JsonType refuses other words itself.)
template <class P, class E>
  requires std::is_enum_v<E>
Field<P> field(std::string name, E P::*member, std::string meaning) {
  Constraint allowed = any_value();
  allowed.text = "one of " + comma_list(all_words<E>());
  return field(std::move(name), member, std::move(allowed), std::move(meaning));
}

/// A list; a single value stands for a list of one.
template <class T>
struct JsonType<std::vector<T>> {
  static std::string name() { return "list of " + JsonType<T>::name(); }
  static Json write(const std::vector<T>& value) {
    Json list = Json::array();
    for (const T& element : value) list.push_back(JsonType<T>::write(element));
    return list;
  }
  static bool usable(const std::vector<T>&) { return true; }
  static bool all(const Json& value, const std::function<bool(const Json&)>& holds) {
    if (!value.is_array()) return holds(value);
    for (const Json& element : value)
      if (!holds(element)) return false;
    return true;
  }
  static std::vector<T> read(const Json& value, const std::filesystem::path& folder = {}) {
    if (!value.is_array()) return {read_value<T>(value, folder)};
    std::vector<T> list;
    for (const Json& element : value) list.push_back(read_value<T>(element, folder));
    return list;
  }
  static void add_revisions(const std::vector<T>& value, Revisions& revisions) {
    if constexpr (requires(const T& element) { JsonType<T>::add_revisions(element, revisions); })
      for (const T& element : value) JsonType<T>::add_revisions(element, revisions);
  }
};

}  // namespace predcorr
