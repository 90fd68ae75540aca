// SPDX-License-Identifier: Apache-2.0
#include "results/validity/validity_study.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "core/base/parallel.hpp"
#include "results/leaderboard/cross_scores.hpp"

namespace predcorr {
namespace {

/// The question of the study: what do scores tell of learning, and of the truth, that this one does not?
constexpr const char* kMarginal = "marginal_log_likelihood";
/// How near a model's correlations are to the truth's, where that is known.
constexpr const char* kTruth = "meta_correlation.correlation_pearson";

Quantity rows_of(const Quantity& q, const Rows& rows) {
  return {q.key, q.learning, q.better, q.values(rows, Eigen::all)};
}

/// What scores are to tell: every measure of learning with a criterion other than the baseline, and the truth.
std::vector<const Quantity*> targets_of(const ValidityData& data) {
  std::vector<const Quantity*> targets;
  for (const Quantity& q : data.quantities)
    if ((q.learning && q.key.rfind("random.", 0) != 0) || q.key == kTruth) targets.push_back(&q);
  return targets;
}

std::vector<const Quantity*> scores_of(const ValidityData& data) {
  std::vector<const Quantity*> scores;
  for (const Quantity& q : data.quantities)
    if (!q.learning) scores.push_back(&q);
  return scores;
}

class Study {
 public:
  explicit Study(const ValidityData& data)
      : data_(data), scores_(scores_of(data)), targets_(targets_of(data)), seeds_(std::ssize(data.seeds)) {
    for (std::size_t m = 0; m < data.models.size(); ++m) families_[data.families[m]].push_back(static_cast<Index>(m));
    std::erase_if(families_, [](const auto& family) { return std::ssize(family.second) < kLeastModels; });
    for (const Quantity& q : data.quantities)
      if (q.key == kMarginal) marginal_ = &q;
  }

  std::vector<std::string> targets() const {
    std::vector<std::string> keys;
    for (const Quantity* target : targets_) keys.push_back(target->key);
    return keys;
  }

  std::vector<ScoreRelation> relations() const {
    const Index count = std::ssize(scores_) * std::ssize(targets_);
    std::vector<ScoreRelation> all(static_cast<std::size_t>(count));
    parallel_for(count, [&](Index i) {
      const Quantity& score = *scores_[static_cast<std::size_t>(i / std::ssize(targets_))];
      const Quantity& target = *targets_[static_cast<std::size_t>(i % std::ssize(targets_))];
      if (&score != &target) all[static_cast<std::size_t>(i)] = relation(score, target);
    });
    std::erase_if(all, [](const ScoreRelation& r) { return r.score.empty(); });  // of a target with itself
    return all;
  }

  std::vector<ScorePower> power() const {
    Matrix means(std::ssize(data_.models), std::ssize(targets_));
    for (std::size_t t = 0; t < targets_.size(); ++t)
      means.col(static_cast<Index>(t)) = targets_[t]->oriented().rowwise().mean();
    std::vector<ScorePower> all;
    for (const Quantity* score : scores_)
      if (Power p = power_of(*score, means); p.pairs > 0) all.push_back({score->key, std::move(p)});
    return all;
  }

  std::vector<ModelMeans> scatter() const {
    std::vector<ModelMeans> all;
    for (std::size_t m = 0; m < data_.models.size(); ++m) {
      ModelMeans& model = all.emplace_back(ModelMeans{data_.models[m], data_.families[m], {}});
      for (const Quantity& q : data_.quantities) {
        std::vector<double> values;
        for (Index s = 0; s < q.values.cols(); ++s)
          if (const double value = q.values(static_cast<Index>(m), s); std::isfinite(value)) values.push_back(value);
        if (!values.empty()) model.values.emplace_back(q.key, summarise(values));
      }
    }
    return all;
  }

 private:
  ScoreRelation relation(const Quantity& score, const Quantity& target) const {
    const bool has_marginal = marginal_ != nullptr && &score != marginal_;
    ScoreRelation all{
        score.key, target.key, relate(score, target, has_marginal ? marginal_ : nullptr, seeds_), has_marginal, {}};
    for (const auto& [family, rows] : families_)
      all.families[family] = relate(rows_of(score, rows), rows_of(target, rows), nullptr, seeds_).spearman;
    return all;
  }

  const ValidityData& data_;
  std::vector<const Quantity*> scores_, targets_;
  std::map<std::string, Rows> families_;  // of at least kLeastModels members
  const Quantity* marginal_ = nullptr;
  SeedJackknife seeds_;
};

/// Why a data set cannot be studied; empty where it can.
std::string obstacle(const ValidityData& data) {
  if (std::ssize(data.models) < kLeastModels)
    return fmt::format(
        "too few models: {} that are neither ceilings nor controls have results, relations need {} or more",
        data.models.size(), kLeastModels);
  if (std::ssize(data.seeds) < kLeastSeeds)
    return fmt::format("too few seeds: {}, intervals need {} or more", data.seeds.size(), kLeastSeeds);
  if (std::none_of(data.quantities.begin(), data.quantities.end(), [](const Quantity& q) { return q.learning; }))
    return "there is no active learning to relate scores with; give the suite \"active_learning\"";
  return "";
}

DatasetStudy study_of(const ValidityData& data) {
  const Study study(data);
  DatasetStudy all{data.dataset,    data.models,       data.seeds,    {},
                   study.targets(), study.relations(), study.power(), study.scatter()};
  for (const Quantity& q : data.quantities) all.quantities.push_back({q.key, q.better, q.learning});
  return all;
}

}  // namespace

bool DatasetStudy::has_quantity(const std::string& key) const {
  return std::any_of(quantities.begin(), quantities.end(), [&](const QuantityInfo& q) { return q.key == key; });
}

ValidityStudy make_validity(const std::vector<Store>& stores) {
  RunIndex records = index_runs(stores);
  ValidityStudy all;
  for (const Run& run : records.runs) all.suites.push_back(suite_of(run));
  std::string first = "no model has a result yet";
  for (const ValidityData& data : collect_validity(records, cross_metrics_of(records.runs))) {
    if (data.models.empty()) continue;
    const std::string reason = obstacle(data);
    if (reason.empty()) {
      all.datasets.push_back(study_of(data));
      continue;
    }
    if (all.left_out.empty()) first = fmt::format("{}: {}", data.dataset, reason);
    all.left_out.emplace_back(data.dataset, reason);
  }
  require(!all.datasets.empty(), ErrorKind::config, "validity: {}", first);
  all.gaps = std::move(records.gaps);
  return all;
}

}  // namespace predcorr
