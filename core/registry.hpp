// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "core/abi.hpp"
#include "core/parameters.hpp"
#include "core/plugin_guard.hpp"

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
};

/// Every plug-in of one kind. `Interface::kKind` is the word users know ("model"). Plug-ins add themselves from their
/// own file by PREDCORR_REGISTER; nothing lists them.
template <class Interface>
class Registry {
 public:
  struct Entry {
    std::string name;
    std::string summary;  ///< one line: what it is
    std::string source;   ///< paper or book it implements
    std::string place;    ///< file:line of the registration
    /// A table made when asked for: defaults may name other plug-ins, which need not be registered yet.
    std::function<std::vector<ParameterInfo>()> parameters;
    std::function<Configured<Interface>(const Json& parameters, const std::string& path)> make;
    std::string library = {};  ///< file name of the shared library that brought it; empty for the program's own
  };

  /// The one registry of this kind; never destroyed, so registrations of shared libraries stay safe at exit.
  static Registry& instance() {
    static auto* registry = new Registry;
    return *registry;
  }

  /// Never throws, since it runs before main: a repeated name is reported by the first look-up.
  void add(Entry entry) {
    const auto [place, added] = entries_.try_emplace(entry.name, entry);
    if (!added)
      repeated_ += fmt::format("{} '{}' is registered twice: {} and {}; rename one. ", Interface::kKind, entry.name,
                               place->second.place, entry.place);
  }

  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& [name, entry] : entries_) all.push_back(name);
    return all;
  }

  /// Names registered twice, in words; empty where there are none.
  const std::string& repeated() const { return repeated_; }

  bool contains(const std::string& name) const { return entries_.count(name) > 0; }

  /// @throws Error (config) with the nearest valid name
  const Entry& find(const std::string& name) const {
    require(repeated_.empty(), ErrorKind::config, "{}", repeated_);
    const auto found = entries_.find(name);
    if (found == entries_.end())
      fail(ErrorKind::config, "unknown {} '{}'{}", Interface::kKind, name, suggestion(name, names()));
    return found->second;
  }

  /// How deep plug-ins of this kind may be made within each other.
  static constexpr int most_nested() {
    if constexpr (requires { Interface::kMostNested; })
      return Interface::kMostNested;
    else
      return 32;
  }

  /// Builds a plug-in; `path` is where in the suite it stands, for messages. Whatever its code throws is an Error then.
  Configured<Interface> make(const Spec& spec, const std::string& path) const {
    const Nesting level(Interface::kKind, most_nested(), path);
    const Entry* entry = nullptr;
    try {
      entry = &find(spec.name);
    } catch (const Error& e) {
      throw e.in(path);
    }
    return guarded(plugin_origin(Interface::kKind, spec.name, entry->library), "make",
                   [&] { return entry->make(spec.parameters, path + ".parameters"); });
  }

 private:
  std::map<std::string, Entry> entries_;
  std::string repeated_;
};

/// A struct that says what its members mean, by a table of its own and not that of a base.
template <class P>
concept ParameterStruct = std::default_initializable<P> && requires {
  { P::fields() } -> std::convertible_to<Fields<P>>;
};

/// Adds a plug-in when constructed; meant to be a static of the plug-in's own file.
template <class Interface, class Implementation, class P>
struct Registration {
  static_assert(ParameterStruct<P>,
                "a plug-in's parameter struct P must have `static Fields<P> fields()` that returns a field(...) for "
                "each parameter, and a default for each member; take NoParameters where there are none");

  Registration(std::string name, std::string summary, std::string source, std::string file, int line) {
    // Without its table nothing below compiles, and the one sentence above would drown.
    if constexpr (ParameterStruct<P>) {
      const std::string library = library_being_loaded(), origin = plugin_origin(Interface::kKind, name, library);
      Registry<Interface>::instance().add(
          {name, std::move(summary), std::move(source), fmt::format("{}:{}", file, line),
           [origin] { return guarded(origin, "fields", describe_parameters<P>); },
           [name, origin](const Json& given, const std::string& path) { return made(name, origin, given, path); },
           library});
    }
  }

 private:
  static Configured<Interface> made(const std::string& name, const std::string& origin, const Json& given,
                                    const std::string& path) {
    P parameters = guarded(origin, "reading parameters", [&] { return read_parameters<P>(given, path); });
    Json effective = guarded(origin, "writing parameters", [&] { return write_parameters(parameters); });
    std::shared_ptr<Implementation> object;
    try {
      object = guarded(origin, "constructor", [&] { return std::make_shared<Implementation>(std::move(parameters)); });
    } catch (const Error& e) {
      throw e.in(path);
    }
    if constexpr (std::is_base_of_v<Plugin, Implementation>) {
      object->name_ = name;
      object->origin_ = origin;
    }
    if constexpr (requires { Interface::watched(std::move(object), origin); })
      return {name, std::move(effective), Interface::watched(std::move(object), origin)};
    else
      return {name, std::move(effective), std::move(object)};
  }
};

/// The last line of a plug-in's file, inside its namespace:
/// PREDCORR_REGISTER(Model, "gp", Gp, GpParameters, "what it is", "where it comes from").
#define PREDCORR_REGISTER(Interface, name, Implementation, Parameters, summary, source)                          \
  const ::predcorr::Registration<Interface, Implementation, Parameters> predcorr_registration_##Implementation { \
    name, summary, source, __FILE__, __LINE__                                                                    \
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
  static Configured<Interface> read(const Json& value) {
    return Registry<Interface>::instance().make(read_spec(value, Interface::kKind, Interface::kKind), Interface::kKind);
  }
};

}  // namespace predcorr
