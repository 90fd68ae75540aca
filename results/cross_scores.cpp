// SPDX-License-Identifier: Apache-2.0
#include "results/cross_scores.hpp"

#include <set>
#include <utility>

namespace predcorr {
namespace {

struct Meeting {
  Vector y;  // test targets
  std::vector<Contender> contenders;
};

Meeting meeting_of(const RunRecords& records, const std::string& dataset, std::uint64_t seed) {
  Meeting meeting;
  for (const std::string& model : records.models) {
    const auto found = records.regression.find({dataset, model});
    if (found == records.regression.end() || found->second.count(seed) == 0) continue;
    const FiledRecord& filed = found->second.at(seed);
    const StoredPrediction stored = filed.store->prediction_of(filed.record);
    const Outcome outcome{.y = stored.y, .n_pool = stored.n_pool, .oracle = std::nullopt};
    if (!meeting.contenders.empty() && meeting.y != outcome.test_targets())
      fail(ErrorKind::data, "{} seed {}: model '{}' was tested on other rows than '{}'", dataset, seed, model,
           meeting.contenders.back().label);
    meeting.y = outcome.test_targets();
    meeting.contenders.push_back({model, test_part(outcome, stored.prediction), records.controls.count(model) > 0});
  }
  return meeting;
}

}  // namespace

std::vector<std::shared_ptr<const CrossMetric>> cross_metrics_of(const std::vector<Store>& stores) {
  std::map<std::string, std::shared_ptr<const CrossMetric>> all;
  for (const Store& store : stores) {
    const Json run = store.run();
    for (const Json& json : run.at("cross_metrics"))
      all[json.dump()] = Registry<CrossMetric>::instance()
                             .make(read_spec(json, CrossMetric::kKind, "cross_metrics"), "cross_metrics")
                             .object;
  }
  std::vector<std::shared_ptr<const CrossMetric>> list;
  for (const auto& [text, metric] : all) list.push_back(metric);
  return list;
}

std::map<std::uint64_t, std::vector<ContenderScores>> cross_scores(
    const RunRecords& records, const std::string& dataset,
    const std::vector<std::shared_ptr<const CrossMetric>>& metrics) {
  std::map<std::uint64_t, std::vector<ContenderScores>> all;
  if (metrics.empty()) return all;
  std::set<std::uint64_t> seeds;
  for (const auto& [key, by_seed] : records.regression)
    if (key.first == dataset)
      for (const auto& [seed, filed] : by_seed) seeds.insert(seed);
  for (const std::uint64_t seed : seeds) {
    const Meeting meeting = meeting_of(records, dataset, seed);
    for (const auto& metric : metrics)
      for (ContenderScores& scores : metric->score(meeting.y, meeting.contenders))
        all[seed].push_back(std::move(scores));
  }
  return all;
}

}  // namespace predcorr
