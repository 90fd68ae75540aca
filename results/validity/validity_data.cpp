// SPDX-License-Identifier: Apache-2.0
#include "results/validity/validity_data.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "core/base/text.hpp"
#include "metrics/score_catalogue.hpp"
#include "results/leaderboard/cross_scores.hpp"
#include "results/leaderboard/learning_curves.hpp"

namespace predcorr {
namespace {

constexpr const char* kBaseline = "random";

class Collector {
 public:
  Collector(const RunIndex& records, const std::string& dataset) : records_(records) {
    data_.dataset = dataset;
    std::set<std::uint64_t> seeds;
    for (const std::string& model : records.models) {
      const auto found = records.regression.find({dataset, model});
      if (found == records.regression.end() || found->second.empty()) continue;
      if (contains(records.unranked, model) || records.controls.count(model) > 0) continue;
      data_.models.push_back(model);
      const auto family = records.families.find(model);
      data_.families.push_back(family == records.families.end() ? model : family->second);
      for (const auto& [seed, filed] : found->second) seeds.insert(seed);
    }
    // Seeds that were predicted but, so far, not learned from tell nothing; they would only leave every model
    // incomplete.
    std::set<std::uint64_t> learned;
    for (const auto& curve : records.learning)
      if (curve.entry.dataset == dataset)
        for (const auto& [seed, filed] : curve.records) learned.insert(seed);
    if (!learned.empty()) std::erase_if(seeds, [&](std::uint64_t seed) { return learned.count(seed) == 0; });
    data_.seeds.assign(seeds.begin(), seeds.end());
  }

  ValidityData collect(const std::vector<std::shared_ptr<const CrossMetric>>& cross_metrics) {
    for (const std::string& model : data_.models)
      for (const auto& [seed, filed] : records_.regression.at({data_.dataset, model}))
        for (const Score& score : filed->scores()) add_score(model, seed, score);
    for (const auto& [seed, contenders] : cross_scores(records_, data_.dataset, cross_metrics))
      for (const ContenderScores& scores : contenders)
        for (const Score& score : scores.scores) add_score(scores.label, seed, score);
    for (const auto& curve : records_.learning)
      if (curve.entry.dataset == data_.dataset) add_curve(curve);
    add_gains();
    std::erase_if(data_.quantities, [](const Quantity& q) { return q.values.array().isNaN().all(); });
    return std::move(data_);
  }

 private:
  void add_score(const std::string& model, std::uint64_t seed, const Score& score) {
    const ScoreInfo* info = score_catalogue().find(score.key());
    if (!score.value || info == nullptr || info->direction == Direction::none) return;
    set({score.key().text(), false, info->direction}, model, seed, *score.value);
  }

  /// Where no model selects, a curve belongs to its predictor; else to the selector.
  void add_curve(const RunIndex::Curve& curve) {
    const std::string& model = curve.entry.selector.empty() ? curve.entry.model : curve.entry.selector;
    for (const auto& [seed, filed] : curve.records) {
      const std::vector<LearningRound> rounds = filed->rounds();
      for (const auto& [predictor, unused] : rounds.front().scores)
        for (const auto& [score_key, score] : curve_scores(rounds, predictor)) {
          const std::string key = score_key.text(), who = predictor == model ? "self" : predictor;
          const std::string name = fmt::format("{}.{}.{}", curve.entry.criterion, who, key);
          const ScoreInfo* info = score_catalogue().find(score_key);
          if (info == nullptr) continue;
          const Direction better = info->direction;
          set({name + ".last", true, better}, model, seed, score.last);
          set({name + ".mean", true, better}, model, seed, score.mean);
          for (const char* end : {".last", ".mean"}) measures_[name + end] = {who, key + end};
          // What random rows do for a predictor does not depend on who else is in the suite.
          if (curve.entry.selector.empty() && curve.entry.criterion == kBaseline) {
            baseline_[{predictor, key + ".last", seed}] = score.last;
            baseline_[{predictor, key + ".mean", seed}] = score.mean;
          }
        }
    }
  }

  void add_gains() {
    const std::vector<Quantity> measured = data_.quantities;
    for (const Quantity& q : measured) {
      if (!q.learning || q.key.rfind(std::string(kBaseline) + ".", 0) == 0) continue;
      const auto& [who, score] = measures_.at(q.key);
      for (Index m = 0; m < q.values.rows(); ++m)
        for (Index s = 0; s < q.values.cols(); ++s) {
          const std::string& model = data_.models[static_cast<std::size_t>(m)];
          const std::uint64_t seed = data_.seeds[static_cast<std::size_t>(s)];
          const auto base = baseline_.find({who == "self" ? model : who, score, seed});
          if (base == baseline_.end() || std::isnan(q.values(m, s))) continue;
          const double gain = q.values(m, s) - base->second;
          set({q.key + ".gain", true, Direction::higher}, model, seed, q.better == Direction::lower ? -gain : gain);
        }
    }
  }

  void set(Quantity quantity, const std::string& model, std::uint64_t seed, double value) {
    const auto row = std::find(data_.models.begin(), data_.models.end(), model);
    const auto column = std::find(data_.seeds.begin(), data_.seeds.end(), seed);
    if (row == data_.models.end() || column == data_.seeds.end()) return;
    auto [place, added] = place_.try_emplace(quantity.key, data_.quantities.size());
    if (added) {
      quantity.values = Matrix::Constant(std::ssize(data_.models), std::ssize(data_.seeds), kNoValue);
      data_.quantities.push_back(std::move(quantity));
    }
    data_.quantities[place->second].values(row - data_.models.begin(), column - data_.seeds.begin()) = value;
  }

  const RunIndex& records_;
  ValidityData data_;
  std::map<std::string, std::size_t> place_;
  std::map<std::string, std::pair<std::string, std::string>> measures_;  // predictor and score: labels may have dots
  std::map<std::tuple<std::string, std::string, std::uint64_t>, double> baseline_;  // predictor, score, seed
};

}  // namespace

const Quantity& ValidityData::quantity(const std::string& key) const {
  const auto found = std::find_if(quantities.begin(), quantities.end(), [&](const auto& q) { return q.key == key; });
  require(found != quantities.end(), ErrorKind::data, "{}: no model has '{}'", dataset, key);
  return *found;
}

std::vector<ValidityData> collect_validity(const RunIndex& records,
                                           const std::vector<std::shared_ptr<const CrossMetric>>& cross_metrics) {
  std::vector<ValidityData> all;
  for (const std::string& dataset : records.datasets) all.push_back(Collector(records, dataset).collect(cross_metrics));
  return all;
}

}  // namespace predcorr
