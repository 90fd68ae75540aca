// SPDX-License-Identifier: Apache-2.0
#include "results/run_records.hpp"

#include <algorithm>

#include "core/names.hpp"

namespace predcorr {
namespace {

void add_once(std::vector<std::string>& list, const std::string& label) {
  if (!label.empty() && !contains(list, label)) list.push_back(label);
}

PlanEntry plan_entry_from_json(const Json& json) {
  return {json.at("configuration").get<std::string>(), json.at("dataset").get<std::string>(), json.value("model", ""),
          json.value("criterion", ""), json.value("selector", "")};
}

std::string name_of(const PlanEntry& e) {
  if (e.criterion.empty()) return fmt::format("model '{}' on data set '{}'", e.model, e.dataset);
  return fmt::format("criterion '{}' with model '{}' on data set '{}'", e.criterion,
                     e.selector.empty() ? e.model : e.selector, e.dataset);
}

}  // namespace

Json plan_entry_to_json(const PlanEntry& e) {
  Json json = {{"configuration", e.configuration}, {"dataset", e.dataset}};
  if (!e.model.empty()) json["model"] = e.model;
  if (!e.criterion.empty()) json["criterion"] = e.criterion;
  if (!e.selector.empty()) json["selector"] = e.selector;
  return json;
}

RunRecords collect_records(const std::vector<Store>& stores) {
  RunRecords all;
  std::vector<PlanEntry> plan;  // every configuration once, in the order the suites name them
  std::map<std::string, BySeed> records;
  for (const Store& store : stores) {
    const Json run = store.run();
    for (const Json& label : run.at("datasets")) add_once(all.datasets, label.at("label").get<std::string>());
    for (const Json& label : run.at("models")) add_once(all.models, label.get<std::string>());
    for (const Json& label : run.value("references", Json::array())) add_once(all.references, label.get<std::string>());
    const Json controls = run.value("controls", Json::object());
    for (const auto& [control, base] : controls.items())
      all.controls[control] = base.is_null() ? "" : base.get<std::string>();
    const Json families = run.value("families", Json::object());
    for (const auto& [family, members] : families.items())
      for (const Json& member : members) all.families[member.get<std::string>()] = family;
    for (const Json& json : run.at("plan")) {
      const PlanEntry entry = plan_entry_from_json(json);
      const auto same =
          std::find_if(plan.begin(), plan.end(), [&](const auto& e) { return name_of(e) == name_of(entry); });
      if (same == plan.end())
        plan.push_back(entry);
      else
        require(same->configuration == entry.configuration, ErrorKind::config,
                "{}: {} has other parameters or data than in a folder before it; give one of them another label",
                store.folder().string(), name_of(entry));
    }
    for (StoreContents contents = store.all(); Record& record : contents.records) {
      BySeed& of_configuration = records[configuration_id(record.identity)];
      const auto seed = record.seed();
      const auto [place, added] = of_configuration.try_emplace(seed, FiledRecord{record, &store});
      if (!added && place->second.record.failed)
        place->second = {std::move(record), &store};  // a success elsewhere counts
    }
  }
  for (const PlanEntry& entry : plan) {
    BySeed done;
    for (auto& [seed, filed] : records[entry.configuration]) {
      if (filed.record.failed)
        all.failures.emplace_back(entry, filed.record);
      else
        done.emplace(seed, filed);
    }
    if (entry.criterion.empty())
      all.regression[{entry.dataset, entry.model}] = std::move(done);
    else
      all.learning.push_back({entry, std::move(done)});
  }
  return all;
}

}  // namespace predcorr
