// SPDX-License-Identifier: Apache-2.0
#include "harness/suites/suite_controls.hpp"

#include "core/base/text.hpp"

namespace predcorr {
namespace {

constexpr std::string_view kPrefix = "control-";

}  // namespace

void add_controls(const Json& labels, Suite& suite, const std::string& path) {
  require(labels.is_array() && !labels.empty(), ErrorKind::config, "{}: must be a list of labels of models, got {}",
          path, labels.dump());
  const std::vector<std::string> models = suite.models;
  const auto& registry = Registry<Model>::instance();
  for (const Json& json : labels) {
    const std::string base = json.is_string() ? json.get<std::string>() : json.dump();
    if (!contains(models, base))
      fail(ErrorKind::config, "{}: no model of this suite is called '{}'{}", path, base, suggestion(base, models));
    for (const std::string& control : registry.names()) {
      if (control.rfind(kPrefix, 0) != 0) continue;
      const std::string label = fmt::format("{} ({})", base, control.substr(kPrefix.size()));
      require(!contains(suite.models, label), ErrorKind::config, "{}: '{}' is there already", path, label);
      suite.models.push_back(label);
      for (const auto& dataset : suite.datasets) {
        const Configured<Model>& model = suite.model(base, dataset.label);
        const Json own = {{"base", {{Model::kKind, model.name}, {"parameters", model.parameters}}}};
        suite.configured_models[{label, dataset.label}] =
            registry.make({.name = control, .parameters = own}, path + ": " + label, suite.folder);
      }
    }
  }
}

}  // namespace predcorr
