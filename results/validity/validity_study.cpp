// SPDX-License-Identifier: Apache-2.0
#include "results/validity/validity_study.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "core/base/parallel.hpp"
#include "results/leaderboard/cross_scores.hpp"
#include "results/leaderboard/statistics.hpp"
#include "results/store/run_gaps.hpp"
#include "results/validity/validity.hpp"

namespace predcorr {
namespace {

constexpr const char* kMarginal = "marginal_log_likelihood";
constexpr const char* kTruth = "meta_correlation.correlation_pearson";

OrderedJson number(double value) { return std::isfinite(value) ? OrderedJson(value) : OrderedJson(); }

OrderedJson to_json(const std::optional<Interval>& interval) {
  if (!interval) return nullptr;
  if (interval->unmoved()) return {{"value", interval->value}, {"low", nullptr}, {"high", nullptr}};
  return {{"value", interval->value}, {"low", interval->low}, {"high", interval->high}};
}

/// Nobody runs more, and the estimate of a difference so close to 0 is one of noise.
OrderedJson seeds_needed(double seeds) { return seeds > kMostSeeds ? OrderedJson() : OrderedJson(seeds); }

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

  OrderedJson relations() const {
    const Index count = std::ssize(scores_) * std::ssize(targets_);
    std::vector<OrderedJson> entries(static_cast<std::size_t>(count));
    parallel_for(count, [&](Index i) {
      const Quantity& score = *scores_[static_cast<std::size_t>(i / std::ssize(targets_))];
      const Quantity& target = *targets_[static_cast<std::size_t>(i % std::ssize(targets_))];
      if (&score != &target) entries[static_cast<std::size_t>(i)] = relation(score, target);
    });
    OrderedJson list = OrderedJson::array();
    for (OrderedJson& entry : entries)
      if (!entry.is_null()) list.push_back(std::move(entry));
    return list;
  }

  OrderedJson power() const {
    Matrix means(std::ssize(data_.models), std::ssize(targets_));
    for (std::size_t t = 0; t < targets_.size(); ++t)
      means.col(static_cast<Index>(t)) = targets_[t]->oriented().rowwise().mean();
    OrderedJson all = OrderedJson::object();
    for (const Quantity* score : scores_) {
      const Power p = power_of(*score, means);
      if (p.pairs == 0) continue;
      OrderedJson agreement = OrderedJson::object();
      for (std::size_t t = 0; t < targets_.size(); ++t)
        agreement[targets_[t]->key] = number(p.agreement(static_cast<Index>(t)));
      all[score->key] = {{"pairs", p.pairs},
                         {"separated", p.separated},
                         {"seeds", {seeds_needed(p.seeds(0)), seeds_needed(p.seeds(1)), seeds_needed(p.seeds(2))}},
                         {"agreement", std::move(agreement)}};
    }
    return all;
  }

  OrderedJson scatter() const {
    OrderedJson all = OrderedJson::object();
    for (std::size_t m = 0; m < data_.models.size(); ++m) {
      OrderedJson& model = all[data_.models[m]] = {{"family", data_.families[m]}, {"values", OrderedJson::object()}};
      for (const Quantity& q : data_.quantities) {
        std::vector<double> values;
        for (Index s = 0; s < q.values.cols(); ++s)
          if (const double value = q.values(static_cast<Index>(m), s); std::isfinite(value)) values.push_back(value);
        if (!values.empty()) model["values"][q.key] = to_ordered_json(summarise(values));
      }
    }
    return all;
  }

 private:
  OrderedJson relation(const Quantity& score, const Quantity& target) const {
    const ValidityRelation r = relate(score, target, &score == marginal_ ? nullptr : marginal_, seeds_);
    OrderedJson entry = {{"score", score.key},
                         {"target", target.key},
                         {"models", r.models},
                         {"pearson", to_json(r.pearson)},
                         {"spearman", to_json(r.spearman)}};
    if (marginal_ != nullptr && &score != marginal_) entry["over_marginal"] = to_json(r.over_marginal);
    OrderedJson& within = entry["families"] = OrderedJson::object();
    for (const auto& [family, rows] : families_)
      within[family] = to_json(relate(rows_of(score, rows), rows_of(target, rows), nullptr, seeds_).spearman);
    return entry;
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
        "too few models: {} that are neither references nor controls have results, relations need {} or more",
        data.models.size(), kLeastModels);
  if (std::ssize(data.seeds) < kLeastSeeds)
    return fmt::format("too few seeds: {}, intervals need {} or more", data.seeds.size(), kLeastSeeds);
  if (std::none_of(data.quantities.begin(), data.quantities.end(), [](const Quantity& q) { return q.learning; }))
    return "there is no active learning to relate scores with; give the suite \"active_learning\"";
  return "";
}

OrderedJson study_of(const ValidityData& data) {
  OrderedJson quantities = OrderedJson::object();
  for (const Quantity& q : data.quantities)
    quantities[q.key] = {{"better", to_string(q.better)}, {"learning", q.learning}};
  const Study study(data);
  return {{"models", data.models},          {"seeds", data.seeds},    {"quantities", std::move(quantities)},
          {"relations", study.relations()}, {"power", study.power()}, {"scatter", study.scatter()}};
}

}  // namespace

OrderedJson make_validity(const std::vector<Store>& stores) {
  const RunIndex records = index_runs(stores);
  OrderedJson all = {{"schema", kValiditySchema}, {"suites", OrderedJson::array()}};
  OrderedJson provenance = OrderedJson::array();
  for (const Run& run : records.runs) {
    all["suites"].push_back({{"name", run.name()}, {"protocol", run.protocol}});
    provenance.push_back({{"suite", run.suite}, {"made_by", run.provenance}});
  }
  OrderedJson& datasets = all["datasets"] = OrderedJson::object();
  OrderedJson left_out = OrderedJson::object();
  std::string first = "no model has a result yet";
  for (const ValidityData& data : collect_validity(records, cross_metrics_of(records.runs))) {
    if (data.models.empty()) continue;
    const std::string reason = obstacle(data);
    if (reason.empty()) {
      datasets[data.dataset] = study_of(data);
      continue;
    }
    if (left_out.empty()) first = fmt::format("{}: {}", data.dataset, reason);
    left_out[data.dataset] = reason;
  }
  require(!datasets.empty(), ErrorKind::config, "validate: {}", first);
  if (!left_out.empty()) all["left_out"] = std::move(left_out);
  all["missing"] = missing_to_json(records);
  all["damaged"] = damaged_to_json(records);
  all["failures"] = failures_to_json(records);
  all["provenance"] = std::move(provenance);
  return all;
}

}  // namespace predcorr
