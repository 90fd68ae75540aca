// SPDX-License-Identifier: Apache-2.0
#include "core/plugins/parameters.hpp"

#include <algorithm>
#include <limits>

namespace predcorr {
namespace {

Constraint number_where(std::string text, std::function<bool(double)> holds) {
  return {std::move(text),
          [holds = std::move(holds)](const Json& v) { return v.is_number() && holds(v.get<double>()); }};
}

}  // namespace

Json later_revisions(const Revisions& revisions) {
  Json later;
  for (const auto& [name, revision] : revisions)
    if (revision > 1) later[name] = revision;
  return later;
}

void wrong_type(const std::string& expected, const Json& value) {
  fail(ErrorKind::config, "must be {}, got {}", expected, value.dump());
}

Constraint any_value() {
  return {"", [](const Json&) { return true; }};
}
Constraint at_least(double low) {
  return number_where(fmt::format("at least {}", low), [=](double v) { return v >= low; });
}
Constraint above(double low) {
  return number_where(fmt::format("above {}", low), [=](double v) { return v > low; });
}
Constraint between(double low, double high) {
  return number_where(fmt::format("from {} to {}", low, high), [=](double v) { return v >= low && v <= high; });
}
Constraint not_empty() {
  return {"a text that is not empty", [](const Json& v) { return v.is_string() && !v.get<std::string>().empty(); }};
}

std::string JsonType<bool>::name() { return "yes/no"; }
bool JsonType<bool>::read(const Json& v) {
  if (!v.is_boolean()) wrong_type("true or false", v);
  return v.get<bool>();
}

std::string JsonType<int>::name() { return "integer"; }
int JsonType<int>::read(const Json& v) {
  constexpr auto limit = std::numeric_limits<int>::max();
  const bool fits = v.is_number_unsigned() ? v.get<std::uint64_t>() <= limit  // the library would compare it as signed
                                           : v.is_number_integer() && v >= -limit && v <= limit;
  if (!fits) wrong_type("an integer", v);
  return v.get<int>();
}

std::string JsonType<double>::name() { return "number"; }
double JsonType<double>::read(const Json& v) {
  if (!v.is_number()) wrong_type("a number", v);
  return v.get<double>();
}

std::string JsonType<std::string>::name() { return "text"; }
std::string JsonType<std::string>::read(const Json& v) {
  if (!v.is_string()) wrong_type("a text in quotes", v);
  return v.get<std::string>();
}

void ParameterField::read(void* parameters, const Json& value, const std::filesystem::path& folder) const {
  // The type first: what is allowed is a question for values of that type.
  type->read(static_cast<std::byte*>(parameters) + offset, value, folder);
  if (!type->all(value, allowed.holds)) fail(ErrorKind::config, "must be {}, got {}", allowed.text, value.dump());
}

Json ParameterField::write(const void* parameters) const {
  return type->write(static_cast<const std::byte*>(parameters) + offset);
}

ParameterField make_field(std::string name, const ValueType& type, std::ptrdiff_t offset, const void* default_value,
                          Constraint allowed, std::string meaning) {
  Json written = type.write(default_value);
  if (!type.usable(default_value) || !type.all(written, allowed.holds)) written = nullptr;
  std::string text = allowed.text;
  return {{std::move(name), type.name(), std::move(text), std::move(meaning), std::move(written)},
          std::move(allowed),
          &type,
          offset};
}

FieldTable join_fields(FieldTable inherited, std::ptrdiff_t shift, const void* defaults, const FieldTable& own) {
  for (ParameterField& f : inherited) {
    f.offset += shift;
    if (!f.info.default_value.is_null()) f.info.default_value = f.write(defaults);
  }
  inherited.insert(inherited.end(), own.begin(), own.end());
  return inherited;
}

void read_fields(const FieldTable& fields, void* parameters, const Json& object, const std::string& path,
                 const std::filesystem::path& folder) {
  require(object.is_null() || object.is_object(), ErrorKind::config,
          "{}: must be an object {{\"name\": value}}, got {}", path, object.dump());
  std::vector<std::string> known;
  for (const ParameterField& f : fields) known.push_back(f.info.name);
  for (const auto& [key, value] : object.items()) {
    const auto f = std::find(known.begin(), known.end(), key);
    if (f == known.end()) fail(ErrorKind::config, "{}: unknown parameter '{}'{}", path, key, suggestion(key, known));
    try {
      fields[static_cast<std::size_t>(f - known.begin())].read(parameters, value, folder);
    } catch (const Error& e) {
      throw e.in(path + "." + key);
    }
  }
  for (const ParameterField& f : fields)
    require(!f.info.default_value.is_null() || object.contains(f.info.name), ErrorKind::config,
            "{}: parameter '{}' must be given ({}: {})", path, f.info.name, f.info.type, f.info.meaning);
}

Json write_fields(const FieldTable& fields, const void* parameters) {
  Json object = Json::object();
  for (const ParameterField& f : fields) object[f.info.name] = f.write(parameters);
  return object;
}

Revisions revisions_in(const FieldTable& fields, const void* parameters) {
  Revisions revisions;
  for (const ParameterField& f : fields)
    f.type->add_revisions(static_cast<const std::byte*>(parameters) + f.offset, revisions);
  return revisions;
}

std::vector<ParameterInfo> describe_fields(const FieldTable& fields) {
  std::vector<ParameterInfo> table;
  for (const ParameterField& f : fields) table.push_back(f.info);
  return table;
}

}  // namespace predcorr
