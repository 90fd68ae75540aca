// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "core/plugins/abi.hpp"
#include "core/plugins/parameters.hpp"
#include "core/plugins/plugin_guard.hpp"

namespace predcorr {

/// A plug-in as a suite names it: "gp", or {"model": "gp", "label": "GP", "parameters": {...}}.
struct Spec {
  std::string name = {};
  std::string label = {};  ///< what tables call it; the name where none is given
  Json parameters = Json::object();
  Json per_dataset = Json::object();  ///< data set label -> parameters that replace the general ones there
};

/// Reads either form. @param kind the key that holds the name: "model", "dataset", ...  @throws Error (config)
Spec read_spec(const Json& value, const std::string& kind, const std::string& path);

/// A plug-in with its parameters in force.
template <class Interface>
struct Configured {
  std::string name;
  Json parameters;  ///< effective: every parameter with its value
  std::shared_ptr<const Interface> object;
  Revisions revisions = {};  ///< its own, and of the plug-ins among its parameters
};

/// A plug-in of any kind with its parameters in force.
struct AnyPlugin {
  std::string name;
  Json parameters;
  std::shared_ptr<const void> object;  ///< an Interface
  Revisions revisions = {};
};

/// What a registration adds to the registry of its kind.
struct RegistryEntry {
  std::string name;
  std::string summary;  ///< one line: what it is
  std::string source;   ///< paper or book it implements
  std::string place;    ///< file:line of the registration
  /// A table made when asked for: defaults may name other plug-ins, which need not be registered yet.
  std::function<std::vector<ParameterInfo>()> parameters;
  std::function<AnyPlugin(const Json& parameters, const std::string& path, const std::filesystem::path& folder)> make;
  std::string library = {};  ///< file name of the shared library that brought it; empty for the program's own
  int revision = 1;
};

/// The plug-ins of one kind by name: all of a registry but the type of what it makes.
class PluginTable {
 public:
  /// Never throws, since it runs before main: a repeated name is reported by the first look-up.
  void add(RegistryEntry entry);

  std::vector<std::string> names() const;

  /// Names registered twice, in words; empty where there are none.
  const std::string& repeated() const { return repeated_; }

  bool contains(const std::string& name) const { return entries_.count(name) > 0; }

  /// @throws Error (config) with the nearest valid name
  const RegistryEntry& find(const std::string& name) const;

 protected:
  /// @param kind the word users know ("model")  @param most_nested how deep plug-ins of it may be made in each other
  PluginTable(const char* kind, int most_nested) : kind_(kind), most_nested_(most_nested) {}

  /// Builds a plug-in; `path` is where in the suite it stands, for messages. Whatever its code throws is an Error then.
  /// @param folder what names of files among the parameters are relative to; empty: the working folder
  AnyPlugin make_any(const Spec& spec, const std::string& path, const std::filesystem::path& folder) const;

 private:
  const char* kind_;
  int most_nested_;
  std::map<std::string, RegistryEntry> entries_;
  std::string repeated_;
};

/// Every plug-in of one kind. `Interface::kKind` is the word users know. Plug-ins add themselves from their own file by
/// PREDCORR_REGISTER; nothing lists them.
template <class Interface>
class Registry : public PluginTable {
 public:
  /// The one registry of this kind; never destroyed, so registrations of shared libraries stay safe at exit.
  static Registry& instance() {
    static auto* registry = new Registry;
    return *registry;
  }

  /// As make_any.
  Configured<Interface> make(const Spec& spec, const std::string& path,
                             const std::filesystem::path& folder = {}) const {
    AnyPlugin made = make_any(spec, path, folder);
    return {std::move(made.name), std::move(made.parameters), std::static_pointer_cast<const Interface>(made.object),
            std::move(made.revisions)};
  }

 private:
  Registry() : PluginTable(Interface::kKind, most_nested()) {}

  static constexpr int most_nested() {
    if constexpr (requires { Interface::kMostNested; })
      return Interface::kMostNested;
    else
      return 32;
  }
};

/// How a registered type is made, types out of sight.
struct PluginFactory {
  FieldTable (*fields)();
  std::shared_ptr<void> (*parameters)();  ///< P as it is where nothing is given
  /// An implementation from `parameters`, which are moved from; as a pointer to its Interface.
  std::shared_ptr<const void> (*object)(void* parameters, const std::string& name, const std::string& origin);
};

/// What a registration says of itself.
struct RegistrationText {
  const char* name = "";
  const char* summary = "";
  const char* source = "";
  int revision = 1;
};

/// An entry for PluginTable::add that makes plug-ins by `factory` and says by whom a failure was.
RegistryEntry registry_entry(const char* kind, const RegistrationText& text, const char* file, int line,
                             const PluginFactory& factory);

/// A struct that says what its members mean, by a table of its own and not that of a base.
template <class P>
concept ParameterStruct = std::default_initializable<P> && requires {
  { P::fields() } -> std::same_as<Fields<P>>;
};

/// Adds a plug-in when constructed; meant to be a static of the plug-in's own file.
template <class Interface, class Implementation, class P>
struct Registration {
  static_assert(ParameterStruct<P>,
                "a plug-in's parameter struct P must have `static Fields<P> fields()` that returns a field(...) for "
                "each parameter, and a default for each member; take NoParameters where there are none");

  Registration(const RegistrationText& text, const char* file, int line) {
    // Without its table nothing below compiles, and the one sentence above would drown.
    if constexpr (ParameterStruct<P>)
      Registry<Interface>::instance().add(
          registry_entry(Interface::kKind, text, file, line,
                         {[]() -> FieldTable { return P::fields(); },
                          []() -> std::shared_ptr<void> { return std::make_shared<P>(); }, &object}));
  }

 private:
  static std::shared_ptr<const void> object(void* parameters, const std::string& name, const std::string& origin) {
    const auto made = std::make_shared<Implementation>(std::move(*static_cast<P*>(parameters)));
    if constexpr (std::is_base_of_v<Plugin, Interface>) made->be_registered_as(name, origin);
    std::shared_ptr<const Interface> plugin = made;
    if constexpr (requires { Interface::watched(plugin, origin); })
      plugin = Interface::watched(std::move(plugin), origin);
    return plugin;
  }
};

/// The last line of a plug-in's file, inside its namespace:
/// PREDCORR_REGISTER(Model, "gp", Gp, GpParameters, "what it is", "where it comes from"[, revision]).
/// The revision, 1 where none is given, is part of the identity of results: who changes the numbers that a plug-in
/// gives raises it, and says why in CHANGELOG.md, so that results of the old code are not taken for those of the new.
#define PREDCORR_REGISTER(Interface, name, Implementation, Parameters, summary, source, ...)                     \
  const ::predcorr::Registration<Interface, Implementation, Parameters> predcorr_registration_##Implementation { \
    {name, summary, source __VA_OPT__(, ) __VA_ARGS__}, __FILE__, __LINE__                                       \
  }

/// A parameter that is itself a plug-in, e.g. the model that a wrapper wraps: {"base": {"model": "gp"}}.
template <class Interface>
using Nested = Configured<Interface>;

template <class Interface>
struct JsonType<Configured<Interface>> {
  static std::string name() { return Interface::kKind; }
  static bool usable(const Configured<Interface>& value) { return value.object != nullptr; }
  static bool all(const Json& value, const std::function<bool(const Json&)>& holds) { return holds(value); }
  static Json write(const Configured<Interface>& value) {
    if (value.object == nullptr) return nullptr;
    return {{Interface::kKind, value.name}, {"parameters", value.parameters}};
  }
  static Configured<Interface> read(const Json& value, const std::filesystem::path& folder = {}) {
    return Registry<Interface>::instance().make(read_spec(value, Interface::kKind, Interface::kKind), Interface::kKind,
                                                folder);
  }
  static void add_revisions(const Configured<Interface>& value, Revisions& revisions) {
    revisions.insert(value.revisions.begin(), value.revisions.end());
  }
};

}  // namespace predcorr
