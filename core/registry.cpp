// SPDX-License-Identifier: Apache-2.0
#include "core/registry.hpp"

namespace predcorr {

Spec read_spec(const Json& value, const std::string& kind, const std::string& path) {
  Spec spec;
  if (value.is_string()) {
    spec.name = spec.label = value.get<std::string>();
    return spec;
  }
  require(value.is_object(), ErrorKind::config, "{}: must be a {}'s name or an object {{\"{}\": name, ...}}, got {}",
          path, kind, kind, value.dump());
  const std::vector<std::string> known = {kind, "label", "parameters", "per_dataset"};
  for (const auto& [key, member] : value.items()) {
    if (!contains(known, key)) fail(ErrorKind::config, "{}: unknown key '{}'{}", path, key, suggestion(key, known));
    const bool is_text = key == kind || key == "label";
    require(is_text ? member.is_string() && !member.get<std::string>().empty() : member.is_object(), ErrorKind::config,
            "{}.{}: must be {}, got {}", path, key, is_text ? "a text that is not empty" : "an object", member.dump());
  }
  require(value.contains(kind), ErrorKind::config, "{}: key '{}' is missing; it names the {}", path, kind, kind);
  spec.name = value.at(kind).get<std::string>();
  spec.label = value.value("label", spec.name);
  spec.parameters = value.value("parameters", Json::object());
  spec.per_dataset = value.value("per_dataset", Json::object());
  return spec;
}

}  // namespace predcorr
