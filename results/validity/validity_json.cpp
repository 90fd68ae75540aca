// SPDX-License-Identifier: Apache-2.0
// validity.json, of validity_study.hpp.
#include <cmath>

#include "results/validity/validity_study.hpp"

namespace predcorr {
namespace {

OrderedJson number_or_null(double value) { return std::isfinite(value) ? OrderedJson(value) : OrderedJson(); }

OrderedJson interval_to_json(const std::optional<JackknifeInterval>& interval) {
  if (!interval) return nullptr;
  if (interval->unmoved()) return {{"value", interval->value}, {"low", nullptr}, {"high", nullptr}};
  return {{"value", interval->value}, {"low", interval->low}, {"high", interval->high}};
}

OrderedJson relation_to_json(const ScoreRelation& relation) {
  const ValidityRelation& all = relation.models;
  OrderedJson json = {{"score", relation.score},
                      {"target", relation.target},
                      {"models", all.models},
                      {"pearson", interval_to_json(all.pearson)},
                      {"spearman", interval_to_json(all.spearman)}};
  if (relation.has_marginal) json["over_marginal"] = interval_to_json(all.over_marginal);
  OrderedJson& within = json["families"] = OrderedJson::object();
  for (const auto& [family, spearman] : relation.families) within[family] = interval_to_json(spearman);
  return json;
}

/// Nobody runs more, and the estimate of a difference so close to 0 is one of noise.
OrderedJson seeds_needed(double seeds) { return seeds > kMostSeedsNamed ? OrderedJson() : OrderedJson(seeds); }

OrderedJson power_to_json(const Power& power, const std::vector<std::string>& targets) {
  OrderedJson agreement = OrderedJson::object();
  for (std::size_t t = 0; t < targets.size(); ++t)
    agreement[targets[t]] = number_or_null(power.agreement(static_cast<Index>(t)));
  return {{"pairs", power.pairs},
          {"separated", power.separated},
          {"seeds", {seeds_needed(power.seeds(0)), seeds_needed(power.seeds(1)), seeds_needed(power.seeds(2))}},
          {"agreement", std::move(agreement)}};
}

OrderedJson study_to_json(const DatasetStudy& study) {
  OrderedJson quantities = OrderedJson::object(), relations = OrderedJson::array(), power = OrderedJson::object(),
              scatter = OrderedJson::object();
  for (const QuantityInfo& q : study.quantities)
    quantities[q.key] = {{"better", to_string(q.better)}, {"learning", q.learning}};
  for (const ScoreRelation& relation : study.relations) relations.push_back(relation_to_json(relation));
  for (const ScorePower& score : study.power) power[score.score] = power_to_json(score.power, study.targets);
  for (const ModelMeans& model : study.scatter) {
    OrderedJson& json = scatter[model.label] = {{"family", model.family}, {"values", OrderedJson::object()}};
    for (const auto& [key, mean] : model.values) json["values"][key] = to_ordered_json(mean);
  }
  return {{"models", study.models},
          {"seeds", study.seeds},
          {"quantities", std::move(quantities)},
          {"relations", std::move(relations)},
          {"power", std::move(power)},
          {"scatter", std::move(scatter)}};
}

}  // namespace

OrderedJson to_json(const ValidityStudy& study) {
  OrderedJson json = {{"schema", kValiditySchema}, {"suites", OrderedJson::array()}};
  OrderedJson provenance = OrderedJson::array();
  for (const SuiteOfRun& suite : study.suites) {
    json["suites"].push_back({{"name", suite.name}, {"protocol", suite.protocol}});
    provenance.push_back({{"suite", suite.source}, {"made_by", suite.made_by}});
  }
  OrderedJson& datasets = json["datasets"] = OrderedJson::object();
  for (const DatasetStudy& dataset : study.datasets) datasets[dataset.dataset] = study_to_json(dataset);
  for (const auto& [dataset, reason] : study.left_out) json["left_out"][dataset] = reason;
  add_to_json(study.gaps, json);
  json["provenance"] = std::move(provenance);
  return json;
}

}  // namespace predcorr
