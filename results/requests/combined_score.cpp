// SPDX-License-Identifier: Apache-2.0
#include "results/requests/combined_score.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "results/statistics/normalised_score.hpp"

namespace predcorr {
namespace {

double mean_over(const SeedValues& values, const std::vector<std::uint64_t>& seeds) {
  double sum = 0;
  for (const std::uint64_t seed : seeds) sum += values.at(seed);
  return sum / static_cast<double>(seeds.size());
}

/// Seeds that all of them have.
std::vector<std::uint64_t> seeds_of_each(const std::vector<const SeedValues*>& all) {
  std::vector<std::uint64_t> seeds;
  for (const auto& entry : *all.front()) {
    const std::uint64_t seed = entry.first;
    if (std::all_of(all.begin(), all.end(), [&](const SeedValues* values) { return values->count(seed) > 0; }))
      seeds.push_back(seed);
  }
  return seeds;
}

/// Why a data set does not count in a part; empty where it does.
std::string why_left_out(const SeedValues* floor, const SeedValues* ceiling, Direction better) {
  if (better == Direction::none) return "nothing is known of its better direction";  // a plug-in that is not loaded
  if (floor == nullptr || floor->empty()) return "the floor has no value";
  if (ceiling == nullptr || ceiling->empty()) return "the ceiling has no value";
  const std::vector<std::uint64_t> seeds = seeds_of_each({floor, ceiling});
  if (seeds.empty()) return "floor and ceiling have no common seed";
  const double low = mean_over(*floor, seeds), high = mean_over(*ceiling, seeds);
  const bool is_better = better == Direction::higher ? high > low : high < low;
  if (!is_better || !normalised_score(low, low, high)) return "the ceiling is no better than the floor";
  return "";
}

class Combination {
 public:
  Combination(const ScoreSource& source, const std::vector<WeightedScore>& parts, const ScoreCatalogue& catalogue,
              const std::string& floor, const std::string& ceiling)
      : source_(source), floor_(floor), ceiling_(ceiling) {
    for (const WeightedScore& score : parts) total_ += score.weight;
    for (const WeightedScore& score : parts) {
      CombinedPart& part = made_.parts.emplace_back(CombinedPart{score, {}, {}});
      for (const SourceDataset& dataset : source.datasets) {
        const std::string why = floor.empty()     ? "no model is the floor"
                                : ceiling.empty() ? "no model is the ceiling"
                                                  : why_left_out(source.find(dataset.label, floor, score.key),
                                                                 source.find(dataset.label, ceiling, score.key),
                                                                 catalogue.direction(score.key));
        if (why.empty())
          part.datasets.push_back(dataset.label);
        else
          part.left_out[dataset.label] = why;
      }
    }
  }

  CombinedScores make() {
    for (const std::string& label : source_.models) made_.models.push_back(model_of(label));
    std::stable_sort(made_.models.begin(), made_.models.end(), [](const CombinedModel& a, const CombinedModel& b) {
      return a.value && (!b.value || *a.value > *b.value);
    });
    return std::move(made_);
  }

 private:
  /// What one data set says of a model.
  struct OnDataset {
    std::vector<std::optional<double>> parts;  // by part: nothing where the data set does not count
    std::vector<double> deviations;            // u, by seed
  };

  CombinedModel model_of(const std::string& label) const {
    CombinedModel model;
    model.label = label;
    std::vector<double> sums(made_.parts.size());
    std::vector<std::vector<std::string>> lacking(made_.parts.size());
    double variance = 0, squares = 0;
    bool known = label != floor_ && label != ceiling_;
    for (const SourceDataset& dataset : source_.datasets) {
      const OnDataset on = on_dataset(label, dataset.label);
      for (std::size_t p = 0; p < sums.size(); ++p) {
        if (!contains(made_.parts[p].datasets, dataset.label)) continue;
        if (on.parts[p])
          sums[p] += *on.parts[p];
        else
          lacking[p].push_back(dataset.label);
      }
      if (on.deviations.empty()) continue;  // it counts in no part
      const auto n = static_cast<int>(on.deviations.size());
      known = known && n > 1;
      if (!known) continue;
      const double error = standard_error_of(on.deviations, 0, overlap_inflation(n, dataset.overlap));
      variance += error * error;
      squares += error * error * error * error / (n - 1);
    }
    finish(model, sums, lacking);
    if (model.value && known && squares > 0) {
      // At least 1 by definition, below it by rounding alone.
      const double freedom = std::max(1.0, variance * variance / squares);
      const double half = student_t_critical(freedom) * std::sqrt(variance);
      model.interval = Interval{*model.value - half, *model.value + half};
    }
    return model;
  }

  void finish(CombinedModel& model, const std::vector<double>& sums,
              const std::vector<std::vector<std::string>>& lacking) const {
    double value = 0;
    std::vector<std::string> missing;
    for (std::size_t p = 0; p < sums.size(); ++p) {
      const CombinedPart& part = made_.parts[p];
      const std::string key = part.score.key.text();
      if (part.datasets.empty())
        missing.push_back(fmt::format("{}: no data set has a floor and a better ceiling", key));
      else if (!lacking[p].empty())
        missing.push_back(fmt::format("{}: no value on {}", key, comma_list(lacking[p])));
      if (part.datasets.empty() || !lacking[p].empty()) {
        model.parts.emplace_back();
        continue;
      }
      model.parts.emplace_back(sums[p] / static_cast<double>(part.datasets.size()));
      value += part.score.weight / total_ * *model.parts.back();
    }
    model.missing = fmt::format("{}", fmt::join(missing, "; "));
    if (missing.empty()) model.value = value;
  }

  OnDataset on_dataset(const std::string& label, const std::string& dataset) const {
    OnDataset on;
    on.parts.resize(made_.parts.size());
    std::vector<const SeedValues*> all;
    bool lacks = false;
    for (const CombinedPart& part : made_.parts) {
      if (!contains(part.datasets, dataset)) continue;
      for (const std::string& who : {label, floor_, ceiling_}) {
        const SeedValues* values = source_.find(dataset, who, part.score.key);
        if (values != nullptr) all.push_back(values);
        lacks = lacks || values == nullptr;
      }
    }
    if (all.empty()) return on;
    if (lacks) return parts_alone(label, dataset);
    const std::vector<std::uint64_t> seeds = seeds_of_each(all);
    on.deviations.resize(seeds.size());
    if (seeds.empty()) return on;
    for (std::size_t p = 0; p < made_.parts.size(); ++p)
      if (contains(made_.parts[p].datasets, dataset)) on.parts[p] = add_part(label, dataset, p, seeds, on.deviations);
    return on;
  }

  /// Where the model lacks one part, the others are still shown.
  OnDataset parts_alone(const std::string& label, const std::string& dataset) const {
    OnDataset on;
    on.parts.resize(made_.parts.size());
    for (std::size_t p = 0; p < made_.parts.size(); ++p) {
      const CombinedPart& part = made_.parts[p];
      const SeedValues* own = source_.find(dataset, label, part.score.key);
      if (own == nullptr || !contains(part.datasets, dataset)) continue;
      const std::vector<std::uint64_t> seeds = seeds_of_each(
          {own, source_.find(dataset, floor_, part.score.key), source_.find(dataset, ceiling_, part.score.key)});
      std::vector<double> unused(seeds.size());
      if (!seeds.empty()) on.parts[p] = add_part(label, dataset, p, seeds, unused);
    }
    return on;
  }

  /// The normalised mean; adds the part's deviations.
  std::optional<double> add_part(const std::string& label, const std::string& dataset, std::size_t p,
                                 const std::vector<std::uint64_t>& seeds, std::vector<double>& deviations) const {
    const CombinedPart& part = made_.parts[p];
    const ScoreKey& key = part.score.key;
    const SeedValues &own = *source_.find(dataset, label, key), &floor = *source_.find(dataset, floor_, key),
                     &ceiling = *source_.find(dataset, ceiling_, key);
    const double low = mean_over(floor, seeds), high = mean_over(ceiling, seeds);
    const std::optional<double> share = normalised_score(mean_over(own, seeds), low, high);
    if (!share) return std::nullopt;
    const double scale = part.score.weight / (total_ * static_cast<double>(part.datasets.size()));
    for (std::size_t s = 0; s < seeds.size(); ++s) {
      const double x = own.at(seeds[s]), f = floor.at(seeds[s]), c = ceiling.at(seeds[s]);
      deviations[s] += scale * ((x - f) - *share * (c - f)) / (high - low);
    }
    return share;
  }

  const ScoreSource& source_;
  std::string floor_, ceiling_;
  double total_ = 0;
  CombinedScores made_;
};

}  // namespace

CombinedScores combine(const ScoreSource& source, const std::vector<WeightedScore>& parts,
                       const ScoreCatalogue& catalogue, const std::string& floor, const std::string& ceiling) {
  require(!parts.empty(), ErrorKind::config, "combined: needs at least one score");
  return Combination(source, parts, catalogue, floor, ceiling).make();
}

OrderedJson to_ordered_json(const CombinedScores& combined) {
  OrderedJson json = {{"weights", OrderedJson::object()},
                      {"datasets", OrderedJson::object()},
                      {"left_out", OrderedJson::object()},
                      {"models", OrderedJson::object()}};
  for (const CombinedPart& part : combined.parts) {
    const std::string key = part.score.key.text();
    json["weights"][key] = part.score.weight;
    json["datasets"][key] = part.datasets;
    for (const auto& [dataset, reason] : part.left_out) json["left_out"][key][dataset] = reason;
  }
  for (const CombinedModel& model : combined.models) {
    OrderedJson& one = json["models"][model.label] = {{"value", number_or_null(model.value)},
                                                      {"interval", interval_or_null(model.interval)},
                                                      {"parts", OrderedJson::object()}};
    for (std::size_t p = 0; p < model.parts.size(); ++p)
      one["parts"][combined.parts[p].score.key.text()] = number_or_null(model.parts[p]);
    if (!model.missing.empty()) one["missing"] = model.missing;
  }
  return json;
}

}  // namespace predcorr
