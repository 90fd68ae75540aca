// SPDX-License-Identifier: Apache-2.0
#include "results/requests/finding_check.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>

#include "core/base/text.hpp"

namespace predcorr {
namespace {

FindingVerdict verdict_of(const Finding& finding, const std::optional<Interval>& interval) {
  if (!interval) return FindingVerdict::cannot_be_told;
  const double low = finding.at_least.value_or(-std::numeric_limits<double>::infinity()),
               high = finding.at_most.value_or(std::numeric_limits<double>::infinity());
  if (interval->low >= low && interval->high <= high) return FindingVerdict::holds;
  if (interval->high < low || interval->low > high) return FindingVerdict::does_not_hold;
  return FindingVerdict::cannot_be_told;
}

/// The score by seed, or the difference of two models' where both have it.
/// @param missing gets what is not there
SeedValues finding_values(const Finding& finding, const ScoreSource& source, const std::string& dataset,
                          std::vector<std::string>& missing) {
  const auto values_of = [&](const std::string& model) {
    const SeedValues* values = source.find(dataset, model, finding.score);
    if (values == nullptr || values->empty())
      missing.push_back(fmt::format("{} has no {} on {}", model, finding.score.text(), dataset));
    return values == nullptr ? SeedValues() : *values;
  };
  SeedValues own = values_of(finding.model);
  if (finding.than.empty()) return own;
  const SeedValues other = values_of(finding.than);
  SeedValues differences;
  for (const auto& [seed, value] : own)
    if (const auto found = other.find(seed); found != other.end()) differences[seed] = value - found->second;
  if (differences.empty() && !own.empty() && !other.empty())
    missing.push_back(fmt::format("{} and {} have no common seed on {}", finding.model, finding.than, dataset));
  return differences;
}

}  // namespace

const char* to_string(FindingVerdict verdict) {
  switch (verdict) {
    case FindingVerdict::holds: return "holds";
    case FindingVerdict::does_not_hold: return "does not hold";
    case FindingVerdict::cannot_be_told: return "cannot be told";
    case FindingVerdict::not_measured: break;
  }
  return "not measured";
}

CheckedFinding check_finding(const Finding& finding, const ScoreSource& source) {
  CheckedFinding checked;
  checked.finding = finding;
  std::vector<std::string> missing;
  for (const SourceDataset& dataset : source.datasets)
    if (finding.datasets.empty() || contains(finding.datasets, dataset.label))
      checked.datasets.push_back(dataset.label);
  for (const std::string& dataset : finding.datasets)
    if (!contains(checked.datasets, dataset))
      missing.push_back(fmt::format("data set {} is not on this board", dataset));
  std::vector<double> means;
  Summary last;
  for (const SourceDataset& dataset : source.datasets) {
    if (!contains(checked.datasets, dataset.label)) continue;
    const SeedValues values = finding_values(finding, source, dataset.label, missing);
    if (values.empty()) continue;
    last = summarise(in_order(values), dataset.overlap);
    means.push_back(last.mean);
  }
  if (means.empty() && missing.empty()) missing.emplace_back("the board has no data set");
  checked.missing = fmt::format("{}", fmt::join(missing, "; "));
  if (!missing.empty()) return checked;
  checked.over = means.size() == 1 ? "seeds" : "data sets";
  checked.value = means.size() == 1 ? last : summarise(means);
  checked.verdict = verdict_of(finding, checked.value->interval);
  return checked;
}

OrderedJson to_ordered_json(const CheckedFinding& checked) {
  const Finding& finding = checked.finding;
  OrderedJson json = {{"finding", finding.sentence},
                      {"source", finding.source},
                      {"score", finding.score.text()},
                      {"model", finding.model}};
  if (!finding.than.empty()) json["than"] = finding.than;
  json["datasets"] = checked.datasets;
  if (finding.at_least) json["at_least"] = *finding.at_least;
  if (finding.at_most) json["at_most"] = *finding.at_most;
  json["verdict"] = to_string(checked.verdict);
  json["value"] = checked.value ? OrderedJson(checked.value->mean) : OrderedJson();
  json["interval"] = checked.value ? interval_or_null(checked.value->interval) : OrderedJson();
  json["n"] = checked.value ? checked.value->n : 0;
  json["over"] = checked.over.empty() ? OrderedJson() : OrderedJson(checked.over);
  if (!checked.missing.empty()) json["missing"] = checked.missing;
  return json;
}

}  // namespace predcorr
