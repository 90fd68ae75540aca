// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/abi.hpp"
#include "core/parameters.hpp"

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

  /// Builds a plug-in; `path` is where in the suite it stands, for messages.
  Configured<Interface> make(const Spec& spec, const std::string& path) const {
    const Entry* entry = nullptr;
    try {
      entry = &find(spec.name);
    } catch (const Error& e) {
      throw e.in(path);
    }
    return entry->make(spec.parameters, path + ".parameters");
  }

 private:
  std::map<std::string, Entry> entries_;
  std::string repeated_;
};

/// Adds a plug-in when constructed; meant to be a static of the plug-in's own file.
template <class Interface, class Implementation, class P>
struct Registration {
  Registration(std::string name, std::string summary, std::string source, std::string file, int line) {
    Registry<Interface>::instance().add(
        {name, std::move(summary), std::move(source), fmt::format("{}:{}", file, line), describe_parameters<P>,
         [name](const Json& given, const std::string& path) -> Configured<Interface> {
           P parameters = read_parameters<P>(given, path);
           Json effective = write_parameters(parameters);
           try {
             return {name, std::move(effective), std::make_shared<const Implementation>(std::move(parameters))};
           } catch (const Error& e) {
             throw e.in(path);
           }
         }});
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
