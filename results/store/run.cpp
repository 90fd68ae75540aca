// SPDX-License-Identifier: Apache-2.0
#include "results/store/run.hpp"

#include <charconv>

#include "core/base/text.hpp"

namespace predcorr {
namespace {

constexpr const char* kAdvice =
    "put the file back as it was, or run the suite again with this --out, which writes it anew and keeps the results";

PlannedCells read_planned(const JsonValue& value) {
  PlannedCells planned{{value.text("configuration"), value.text("dataset"), value.text("model", false),
                        value.text("criterion", false), value.text("selector", false)},
                       {}};
  value.at("cells").for_each_entry([&](const std::string& key, const JsonValue& id) {
    std::uint64_t seed = 0;
    const auto [end, status] = std::from_chars(key.data(), key.data() + key.size(), seed);
    if (status != std::errc() || end != key.data() + key.size()) id.refuse("its key must be a seed");
    planned.cells[seed] = id.text();
  });
  return planned;
}

Json to_json(const PlannedCells& planned) {
  const PlanEntry& entry = planned.entry;
  Json json = {{"configuration", entry.configuration}, {"dataset", entry.dataset}, {"cells", Json::object()}};
  if (!entry.model.empty()) json["model"] = entry.model;
  if (!entry.criterion.empty()) json["criterion"] = entry.criterion;
  if (!entry.selector.empty()) json["selector"] = entry.selector;
  for (const auto& [seed, id] : planned.cells) json["cells"][std::to_string(seed)] = id;
  return json;
}

RunDataset read_dataset(const JsonValue& value, const JsonValue& files) {
  RunDataset dataset{value.text("label"), value.text("name"), value.at("parameters").object(), value.text("sha256"),
                     std::nullopt};
  if (value.has("rows"))
    dataset.table = {static_cast<Index>(value.at("rows").count()),
                     value.at("inputs").texts(),
                     value.text("target"),
                     value.text("url"),
                     value.text("citation"),
                     value.text("notes"),
                     files.text(dataset.label.c_str(), false)};
  return dataset;
}

std::string schema_of(const Json& json) {
  const bool named = json.is_object() && json.contains("schema") && json.at("schema").is_string();
  return named ? json.at("schema").get<std::string>() : "none";
}

}  // namespace

std::map<std::string, std::string> labels_of(const PlanEntry& entry) {
  std::map<std::string, std::string> labels = {{"dataset", entry.dataset}};
  if (!entry.model.empty()) labels["model"] = entry.model;
  if (!entry.criterion.empty()) labels["criterion"] = entry.criterion;
  if (!entry.selector.empty()) labels["selector"] = entry.selector;
  return labels;
}

Json to_json(const RunDataset& dataset) {
  Json json = {
      {"label", dataset.label}, {"name", dataset.name}, {"parameters", dataset.parameters}, {"sha256", dataset.sha256}};
  if (dataset.table)
    json.update({{"rows", dataset.table->rows},
                 {"inputs", dataset.table->inputs},
                 {"target", dataset.table->target},
                 {"url", dataset.table->url},
                 {"citation", dataset.table->citation},
                 {"notes", dataset.table->notes}});
  return json;
}

SuiteOfRun suite_of(const Run& run) {
  return {run.name(),  run.protocol,  run.suite.value("columns", std::vector<std::string>()), run.suite, run.datasets,
          run.entries, run.provenance};
}

Json to_json(const Run& run) {
  Json datasets = Json::array(), cross = Json::array(), plan = Json::array(), controls = Json::object();
  Json places = {{"files", Json::object()}};
  if (!run.suite_folder.empty()) places["suite"] = run.suite_folder;
  for (const RunDataset& dataset : run.datasets) {
    datasets.push_back(to_json(dataset));
    if (dataset.table) places["files"][dataset.label] = dataset.table->file;
  }
  for (const auto& [control, base] : run.controls) controls[control] = base.empty() ? Json() : Json(base);
  for (const Spec& metric : run.cross_metrics)
    cross.push_back({{"metric", metric.name}, {"parameters", metric.parameters}});
  for (const PlannedCells& planned : run.plan) plan.push_back(to_json(planned));
  Json json = {{"schema", kRunSchema},
               {"suite", run.suite},
               {"protocol", run.protocol},
               {"datasets", std::move(datasets)},
               {"models", run.models},
               {"unranked", run.unranked},
               {"controls", std::move(controls)},
               {"families", run.families},
               {"cross_metrics", std::move(cross)},
               {"plan", std::move(plan)},
               {"places", std::move(places)},
               {"provenance", run.provenance}};
  for (const auto& [label, entry] : run.entries) json["entries"][label] = to_ordered_json(entry);
  return json;
}

std::string suite_of_run(const Json& json, const std::string& origin) {
  const std::string schema = schema_of(json);
  const bool named = schema == kRunSchema && json.contains("suite") && json.at("suite").is_object() &&
                     json.at("suite").contains("name") && json.at("suite").at("name").is_string();
  require(named, ErrorKind::config,
          "{}: was not written by this version of predcorr (schema {}, expected {}); use another --out, or the "
          "predcorr that wrote it",
          origin, schema, kRunSchema);
  return json.at("suite").at("name").get<std::string>();
}

Run read_run(const Json& json, const std::string& origin) {
  suite_of_run(json, origin);
  const JsonValue::File file{origin, kAdvice};
  const JsonValue root(json, file);
  Run run;
  run.suite = json.at("suite");
  root.at("protocol").text("name");
  run.protocol = json.at("protocol");
  const JsonValue places = root.at("places"), files = places.at("files");
  root.at("datasets").for_each_item([&](const JsonValue& v) { run.datasets.push_back(read_dataset(v, files)); });
  run.models = root.at("models").texts();
  run.unranked = root.at("unranked").texts();
  if (root.has("controls"))
    root.at("controls").for_each_entry([&](const std::string& label, const JsonValue& base) {
      run.controls[label] = base.is_null() ? "" : base.text();
    });
  if (root.has("families"))
    root.at("families").for_each_entry([&](const std::string& family, const JsonValue& members) {
      run.families[family] = members.texts();
    });
  root.at("cross_metrics").for_each_item([&](const JsonValue& v) {
    run.cross_metrics.push_back({.name = v.text("metric"), .parameters = v.at("parameters").object()});
  });
  root.at("plan").for_each_item([&](const JsonValue& v) { run.plan.push_back(read_planned(v)); });
  if (root.has("entries"))
    root.at("entries").for_each_entry(
        [&](const std::string& label, const JsonValue& entry) { run.entries[label] = read_accepted_entry(entry); });
  run.suite_folder = places.text("suite", false);
  run.provenance = root.at("provenance").object();
  return run;
}

}  // namespace predcorr
