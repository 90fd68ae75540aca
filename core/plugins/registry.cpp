// SPDX-License-Identifier: Apache-2.0
#include "core/plugins/registry.hpp"

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

void PluginTable::add(RegistryEntry entry) {
  const auto [place, added] = entries_.try_emplace(entry.name, entry);
  if (!added)
    repeated_ += fmt::format("{} '{}' is registered twice: {} and {}; rename one. ", kind_, entry.name,
                             place->second.place, entry.place);
}

std::vector<std::string> PluginTable::names() const {
  std::vector<std::string> all;
  for (const auto& [name, entry] : entries_) all.push_back(name);
  return all;
}

const RegistryEntry& PluginTable::find(const std::string& name) const {
  require(repeated_.empty(), ErrorKind::config, "{}", repeated_);
  const auto found = entries_.find(name);
  if (found == entries_.end())
    fail(ErrorKind::config, "unknown {} '{}'{}; one of a library of your own comes with --plugin FILE", kind_, name,
         suggestion(name, names()));
  return found->second;
}

AnyPlugin PluginTable::make_any(const Spec& spec, const std::string& path, const std::filesystem::path& folder) const {
  const Nesting level(kind_, most_nested_, path);
  const RegistryEntry* entry = nullptr;
  try {
    entry = &find(spec.name);
  } catch (const Error& e) {
    throw e.in(path);
  }
  return guarded(plugin_origin(kind_, spec.name, entry->library), "make",
                 [&] { return entry->make(spec.parameters, path + ".parameters", folder); });
}

RegistryEntry registry_entry(const char* kind, const RegistrationText& text, const char* file, int line,
                             const PluginFactory& factory) {
  const std::string& library = library_being_loaded();
  const std::string origin = plugin_origin(kind, text.name, library);
  const auto describe = [factory, origin] {
    return guarded(origin, "fields", [&] { return describe_fields(factory.fields()); });
  };
  const auto make = [factory, origin, kind = std::string(kind), name = std::string(text.name),
                     revision = text.revision](const Json& given, const std::string& path,
                                               const std::filesystem::path& folder) {
    AnyPlugin made{name, {}, nullptr};
    std::shared_ptr<void> parameters;
    const FieldTable fields = guarded(origin, "reading parameters", [&] {
      parameters = factory.parameters();
      FieldTable table = factory.fields();
      read_fields(table, parameters.get(), given, path, folder);
      return table;
    });
    made.parameters = guarded(origin, "writing parameters", [&] { return write_fields(fields, parameters.get()); });
    made.revisions = revisions_in(fields, parameters.get());
    made.revisions[kind + " " + name] = revision;
    try {
      made.object = guarded(origin, "constructor", [&] { return factory.object(parameters.get(), name, origin); });
    } catch (const Error& e) {
      throw e.in(path);
    }
    return made;
  };
  return {text.name, text.summary, text.source, fmt::format("{}:{}", file, line),
          describe,  make,         library,     text.revision};
}

}  // namespace predcorr
