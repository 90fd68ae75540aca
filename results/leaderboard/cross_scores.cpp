// SPDX-License-Identifier: Apache-2.0
#include "results/leaderboard/cross_scores.hpp"

#include <set>
#include <utility>

#include "results/leaderboard/common_seeds.hpp"

namespace predcorr {
namespace {

struct ProblemPredictions {
  Vector y;  // test targets
  std::vector<Contender> contenders;
  Json identity;                              // of a contender's record, where there is a pool
  std::map<std::string, std::string> absent;  // models that cannot be judged, and why
};

std::set<std::uint64_t> seeds_of(const RunIndex& records, const std::string& dataset) {
  std::set<std::uint64_t> seeds;
  for (const auto& [key, by_seed] : records.regression)
    if (key.first == dataset)
      for (const auto& [seed, filed] : by_seed) seeds.insert(seed);
  return seeds;
}

/// The models that meet in every seed that is compared, and these seeds. Controls are guests and move nobody.
CommonSeeds common_seeds_of(const RunIndex& records, const std::string& dataset) {
  std::map<std::string, std::set<std::uint64_t>> seeds;
  for (const std::string& model : records.models)
    if (const auto found = records.regression.find({dataset, model}); found != records.regression.end())
      for (const auto& [seed, filed] : found->second)
        if (records.controls.count(model) == 0 && filed->prediction) seeds[model].insert(seed);
  return common_seeds(seeds);
}

/// Models that are compared and lack a seed.
std::vector<std::string> lacking(const CommonSeeds& common, const RunIndex& records, const std::string& dataset,
                                 std::uint64_t seed) {
  std::vector<std::string> models;
  for (const std::string& model : common.models)
    if (const StoredRecord* filed = records.find(dataset, model, seed); filed == nullptr || !filed->prediction)
      models.push_back(model);
  return models;
}

/// @param pool null where the runs' own models are the references
/// @param common without a pool: who is no guest
ProblemPredictions predictions_of(const RunIndex& records, const std::string& dataset, std::uint64_t seed,
                                  const CommonSeeds& common, const ReferencePool* pool) {
  ProblemPredictions predictions;
  SharedTestPoints test(fmt::format("{} seed {}", dataset, seed));
  for (const std::string& model : records.models) {
    const StoredRecord* filed = records.find(dataset, model, seed);
    if (filed == nullptr) continue;
    const Json& identity = filed->identity();
    std::string reason = filed->prediction ? "" : "its prediction was not kept (--keep scores)";
    if (pool != nullptr && reason.empty()) reason = pool->why_absent(dataset, identity, seed);
    if (!reason.empty()) {
      predictions.absent[model] = reason;
      continue;
    }
    const StoredPrediction stored = filed->stored_prediction();
    if (pool != nullptr) {
      pool->check_test_points(dataset, identity, seed, model, stored);
      predictions.identity = identity;
    }
    const EvaluationData evaluation{.y = stored.y, .n_pool = stored.n_pool, .oracle = std::nullopt};
    test.add(model, stored);
    predictions.y = evaluation.test_targets();
    const bool guest = pool != nullptr || !common.has_model(model);
    predictions.contenders.push_back({model, test_part(evaluation, stored.prediction), guest});
  }
  return predictions;
}

void append(std::vector<ContenderScores>&& more, std::vector<ContenderScores>& all) {
  for (ContenderScores& scores : more) all.push_back(std::move(scores));
}

bool same_bits(const JointPrediction& a, const JointPrediction& b) {
  const Covariance &c = a.latent, &d = b.latent;
  if (a.mean != b.mean || a.noise_variance != b.noise_variance) return false;
  const Vector own = c.extra_diagonal(), other = d.extra_diagonal();
  if (own.size() != other.size() || own != other) return false;
  const auto equal = [](const auto* x, const auto* y) {
    return x != nullptr && y != nullptr && x->rows() == y->rows() && x->cols() == y->cols() && *x == *y;
  };
  return equal(c.stored_dense(), d.stored_dense()) || equal(c.stored_factor(), d.stored_factor()) ||
         equal(c.stored_float_factor(), d.stored_float_factor());
}

/// The very prediction that was frozen, where the guest is that but for rounding: it then ties with its twin, and no
/// last digit decides which of the two comes first.
void substitute_frozen_prediction(Contender& guest, const std::vector<Contender>& frozen, Precision precision) {
  for (const Contender& twin : frozen)
    if (twin.test.mean == guest.test.mean && same_bits(as_reference(guest.test, precision), twin.test))
      guest.test = twin.test;
}

/// Every score of a model, absent for one reason.
ContenderScores absent_scores(const std::string& model, const CrossMetric& metric, const std::string& reason) {
  ContenderScores scores{model, {}};
  for (const ScoreInfo& info : described(metric))
    if (info.part != "*") scores.scores.push_back({info.name, info.part, std::nullopt, reason});
  return scores;
}

/// Every score of the models that cannot be judged, absent with the reason.
void add_absent(const ProblemPredictions& predictions, const std::vector<std::shared_ptr<const CrossMetric>>& metrics,
                std::vector<ContenderScores>& all) {
  for (const auto& [model, reason] : predictions.absent)
    for (const auto& metric : metrics) all.push_back(absent_scores(model, *metric, reason));
}

}  // namespace

std::vector<std::shared_ptr<const CrossMetric>> cross_metrics_of(const std::vector<Run>& runs, bool pooled) {
  std::map<std::pair<std::string, std::string>, std::shared_ptr<const CrossMetric>> all;
  for (const Run& run : runs)
    for (Spec metric : run.cross_metrics) {
      if (pooled && metric.parameters.contains("references")) metric.parameters["references"] = Json::array();
      all[{metric.name, metric.parameters.dump()}] =
          Registry<CrossMetric>::instance().make(metric, "cross_metrics").object;
    }
  std::vector<std::shared_ptr<const CrossMetric>> list;
  for (const auto& [text, metric] : all) list.push_back(metric);
  return list;
}

CrossScores cross_scores(const RunIndex& records, const std::string& dataset,
                         const std::vector<std::shared_ptr<const CrossMetric>>& metrics) {
  CrossScores all;
  if (metrics.empty()) return all;
  const CommonSeeds common = common_seeds_of(records, dataset);
  for (const std::uint64_t seed : seeds_of(records, dataset)) {
    if (const auto absent = lacking(common, records, dataset, seed); !absent.empty()) {
      const std::string reason =
          fmt::format("models are compared with each other, and in seed {} {} lacking", seed,
                      absent.size() == 1 ? fmt::format("'{}' is", absent[0]) : fmt::format("{} are", absent.size()));
      for (const std::string& model : records.models)
        if (records.find(dataset, model, seed) != nullptr)
          for (const auto& metric : metrics) all[seed].push_back(absent_scores(model, *metric, reason));
      continue;
    }
    const ProblemPredictions predictions = predictions_of(records, dataset, seed, common, nullptr);
    add_absent(predictions, metrics, all[seed]);
    if (predictions.contenders.empty()) continue;
    for (const auto& metric : metrics) append(metric->scores(predictions.y, predictions.contenders), all[seed]);
  }
  return all;
}

PooledCrossScores cross_scores(const RunIndex& records, const std::string& dataset,
                               const std::vector<std::shared_ptr<const CrossMetric>>& metrics,
                               const ReferencePool& pool) {
  PooledCrossScores all;
  if (metrics.empty()) return all;
  for (const std::uint64_t seed : seeds_of(records, dataset)) {
    ProblemPredictions predictions = predictions_of(records, dataset, seed, {}, &pool);
    add_absent(predictions, metrics, all.models[seed]);
    if (predictions.contenders.empty()) continue;
    std::vector<Contender> contenders = pool.contenders(dataset, predictions.identity, seed);
    const auto frozen = std::ssize(contenders);
    for (Contender& guest : predictions.contenders) substitute_frozen_prediction(guest, contenders, pool.precision());
    for (Contender& guest : predictions.contenders) contenders.push_back(std::move(guest));
    for (const auto& metric : metrics) {
      std::vector<ContenderScores> scores = metric->scores(predictions.y, contenders);
      append({scores.begin(), scores.begin() + frozen}, all.frozen[seed]);
      append({scores.begin() + frozen, scores.end()}, all.models[seed]);
    }
  }
  return all;
}

}  // namespace predcorr
