// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/json.hpp"
#include "core/names.hpp"

namespace predcorr {

/// One parameter as people see it: `predcorr list`, error messages and stored records are all made from this.
struct ParameterInfo {
  std::string name;
  std::string type;     ///< "integer", "number", "text", "yes/no", "list of ...", or a plug-in kind such as "model"
  std::string allowed;  ///< "at least 1"; empty where every value of the type will do
  std::string meaning;  ///< one line, with the unit
  Json fallback;        ///< the default; null where the parameter must be given
};

/// Which values of a parameter are allowed; for a list, which values each element may have.
struct Allowed {
  std::string text;
  std::function<bool(const Json&)> holds;
};
Allowed anything();
Allowed at_least(double low);
Allowed above(double low);
Allowed between(double low, double high);
Allowed one_of(std::vector<std::string> choices);
Allowed not_empty();  ///< a text that must be given

/// How a C++ type is read from JSON, strictly: 3.7 is no integer, `true` no number. Specialised below for every type
/// a parameter may have, and in core/registry.hpp for plug-ins nested in plug-ins.
template <class T>
struct JsonType;

/// One member of a parameter struct P: its description and how to read and write it.
template <class P>
struct Field {
  ParameterInfo info;
  std::function<void(P&, const Json&)> read;
  std::function<Json(const P&)> write;
};

template <class P, class T>
Field<P> field(std::string name, T P::*member, const Allowed& allowed, std::string meaning) {
  using Type = JsonType<T>;
  const T fallback = P{}.*member;
  const Json written = Type::write(fallback);
  // A default outside the allowed range is how a parameter says that it has none.
  const bool optional = Type::usable(fallback) && Type::all(written, allowed.holds);
  return {{std::move(name), Type::name(), allowed.text, std::move(meaning), optional ? written : Json()},
          [member, allowed](P& parameters, const Json& value) {
            T read = Type::read(value);
            if (!Type::all(value, allowed.holds))
              fail(ErrorKind::config, "must be {}, got {}", allowed.text, value.dump());
            parameters.*member = std::move(read);
          },
          [member](const P& parameters) { return Type::write(parameters.*member); }};
}

/// The table a plug-in writes once: `static Fields<P> fields() { return {field(...), ...}; }`.
template <class P>
using Fields = std::vector<Field<P>>;

/// The fields of a struct that several parameter structs have as their base, with P's own behind them.
template <class P, class Base>
Fields<P> joined_fields(const Fields<Base>& inherited, const Fields<P>& own) {
  Fields<P> all;
  for (const auto& f : inherited) {
    all.push_back({f.info, f.read, f.write});
    if (!f.info.fallback.is_null()) all.back().info.fallback = f.write(P{});  // P may have defaults of its own
  }
  all.insert(all.end(), own.begin(), own.end());
  return all;
}

/// Parameters of a plug-in that has none.
struct NoParameters {
  static Fields<NoParameters> fields() { return {}; }
};

/// Reads a JSON object (null counts as {}) into a parameter struct. Unknown keys, wrong types, values out of range and
/// missing parameters are errors that name the key.  @param path e.g. "models[2].parameters"  @throws Error (config)
template <class P>
P read_parameters(const Json& object, const std::string& path) {
  require(object.is_null() || object.is_object(), ErrorKind::config,
          "{}: must be an object {{\"name\": value}}, got {}", path, object.dump());
  const Fields<P> fields = P::fields();
  std::vector<std::string> known;
  for (const auto& f : fields) known.push_back(f.info.name);
  P parameters{};
  for (const auto& [key, value] : object.items()) {
    const auto f =
        std::find_if(fields.begin(), fields.end(), [&name = key](const auto& x) { return x.info.name == name; });
    if (f == fields.end()) fail(ErrorKind::config, "{}: unknown parameter '{}'{}", path, key, suggestion(key, known));
    try {
      f->read(parameters, value);
    } catch (const Error& e) {
      throw e.in(path + "." + key);
    }
  }
  for (const auto& f : fields)
    require(!f.info.fallback.is_null() || object.contains(f.info.name), ErrorKind::config,
            "{}: parameter '{}' must be given ({}: {})", path, f.info.name, f.info.type, f.info.meaning);
  return parameters;
}

/// Every parameter with the value in force, defaults filled in.
template <class P>
Json write_parameters(const P& parameters) {
  Json object = Json::object();
  for (const auto& f : P::fields()) object[f.info.name] = f.write(parameters);
  return object;
}

template <class P>
std::vector<ParameterInfo> describe_parameters() {
  std::vector<ParameterInfo> table;
  for (const auto& f : P::fields()) table.push_back(f.info);
  return table;
}

namespace detail {
template <class T>
struct ScalarType {
  static Json write(const T& value) { return value; }
  static bool usable(const T&) { return true; }
  static bool all(const Json& value, const std::function<bool(const Json&)>& holds) { return holds(value); }
};
[[noreturn]] inline void wrong_type(const std::string& expected, const Json& value) {
  fail(ErrorKind::config, "must be {}, got {}", expected, value.dump());
}
}  // namespace detail

template <>
struct JsonType<bool> : detail::ScalarType<bool> {
  static std::string name() { return "yes/no"; }
  static bool read(const Json& v) {
    return v.is_boolean() ? v.get<bool>() : (detail::wrong_type("true or false", v), false);
  }
};
template <>
struct JsonType<int> : detail::ScalarType<int> {
  static std::string name() { return "integer"; }
  static int read(const Json& v) {
    constexpr auto limit = std::numeric_limits<int>::max();
    const bool fits = v.is_number_unsigned()
                          ? v.get<std::uint64_t>() <= limit  // the library would compare it as signed
                          : v.is_number_integer() && v >= -limit && v <= limit;
    if (!fits) detail::wrong_type("an integer", v);
    return v.get<int>();
  }
};
template <>
struct JsonType<double> : detail::ScalarType<double> {
  static std::string name() { return "number"; }
  static double read(const Json& v) {
    return v.is_number() ? v.get<double>() : (detail::wrong_type("a number", v), 0.0);
  }
};
template <>
struct JsonType<std::string> : detail::ScalarType<std::string> {
  static std::string name() { return "text"; }
  static std::string read(const Json& v) {
    return v.is_string() ? v.get<std::string>() : (detail::wrong_type("a text in quotes", v), "");
  }
};
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
    return value.is_array() ? std::all_of(value.begin(), value.end(), holds) : holds(value);
  }
  static std::vector<T> read(const Json& value) {
    if (!value.is_array()) return {JsonType<T>::read(value)};
    std::vector<T> list;
    for (const Json& element : value) list.push_back(JsonType<T>::read(element));
    return list;
  }
};

}  // namespace predcorr
