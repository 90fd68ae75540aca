// SPDX-License-Identifier: Apache-2.0
#include "results/leaderboard/pareto_fronts.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "results/leaderboard/common_seeds.hpp"
#include "results/statistics/pareto_front.hpp"
#include "results/statistics/standings.hpp"
#include "results/text/seed_ranges.hpp"

namespace predcorr {
namespace {

bool is_cost(const ScoreKey& key) {
  return std::ranges::find(kCostAxes, key.text(), &CostAxis::name) != kCostAxes.end();
}

/// Lower is better after multiplication.
double sign_of(const ScoreKey& key, const ScoreCatalogue& catalogue) {
  return !is_cost(key) && catalogue.direction(key) == Direction::higher ? -1 : 1;
}

/// Both axes of one model.
using AxisValues = std::array<const SeedValues*, 2>;

/// Seeds x models.
Matrix axis_values(const std::map<std::string, AxisValues>& values, const CommonSeeds& common, std::size_t axis,
                   double sign) {
  Matrix all(std::ssize(common.seeds), std::ssize(common.models));
  for (Index m = 0; m < all.cols(); ++m) {
    const SeedValues& own = *values.at(common.models[static_cast<std::size_t>(m)])[axis];
    for (Index s = 0; s < all.rows(); ++s) all(s, m) = sign * own.at(common.seeds[static_cast<std::size_t>(s)]);
  }
  return all;
}

ParetoDataset front_of(const std::map<std::string, AxisValues>& values, const CommonSeeds& common,
                       const std::array<double, 2>& signs, double overlap) {
  ParetoDataset dataset;
  dataset.seeds = common.seeds;
  dataset.left_out = common.left_out;
  if (common.seeds.empty()) return dataset;
  std::array<PairwiseResult, 2> pairs;
  for (std::size_t axis = 0; axis < 2; ++axis)
    pairs[axis] = compare_all_pairs(axis_values(values, common, axis, signs[axis]), overlap);
  std::vector<ParetoPoint> points;
  for (std::size_t m = 0; m < common.models.size(); ++m) points.push_back({pairs[0].means[m], pairs[1].means[m]});
  const auto told = [&](std::size_t i, std::size_t j) {
    return std::any_of(pairs.begin(), pairs.end(), [&](const PairwiseResult& axis) {
      const std::optional<double> p = axis.p_of(i, j);
      return p && *p <= kAlpha / 2;
    });
  };
  const std::vector<std::size_t> front = pareto_front(points);
  for (std::size_t m = 0; m < points.size(); ++m) {
    ParetoModel& model = dataset.models.emplace_back(
        ParetoModel{common.models[m], {signs[0] * points[m].first, signs[1] * points[m].second}, {}, false});
    for (const std::size_t f : front) {
      if (!dominates(points[f], points[m])) continue;
      model.dominated_by.push_back(common.models[f]);
      model.told_apart = model.told_apart || told(f, m);
    }
  }
  std::stable_sort(dataset.models.begin(), dataset.models.end(), [&](const ParetoModel& a, const ParetoModel& b) {
    const double first = signs[0] * a.means[0] - signs[0] * b.means[0];
    return first != 0 ? first < 0 : signs[1] * a.means[1] < signs[1] * b.means[1];
  });
  return dataset;
}

}  // namespace

ParetoAxes read_pareto_axes(const std::string& text, const std::string& where, const ScoreCatalogue& catalogue) {
  std::vector<std::string> known;
  for (const CostAxis& axis : kCostAxes) known.emplace_back(axis.name);
  for (std::string& key : catalogue.ranked()) known.push_back(std::move(key));
  const std::size_t comma = text.find(',');
  require(comma != std::string::npos && text.find(',', comma + 1) == std::string::npos, ErrorKind::config,
          "{}: must be two scores or costs, such as rmse,fit_seconds, got \"{}\"", where, text);
  ParetoAxes axes;
  for (std::size_t axis = 0; axis < 2; ++axis) {
    const std::string name = axis == 0 ? text.substr(0, comma) : text.substr(comma + 1);
    if (!contains(known, name))
      fail(ErrorKind::config, "{}: no score with a better direction, and no cost, is called '{}'{}", where, name,
           suggestion(name, known));
    axes[axis] = ScoreKey::parse(name);
  }
  require(axes[0] != axes[1], ErrorKind::config, "{}: {} is named twice", where, axes[0].text());
  return axes;
}

ParetoFronts pareto_fronts(const ScoreSource& source, const std::vector<std::string>& excluded, const ParetoAxes& axes,
                           const ScoreCatalogue& catalogue) {
  ParetoFronts fronts{axes, {}};
  const std::array<double, 2> signs = {sign_of(axes[0], catalogue), sign_of(axes[1], catalogue)};
  for (const SourceDataset& dataset : source.datasets) {
    std::map<std::string, AxisValues> values;
    std::map<std::string, std::set<std::uint64_t>> seeds;
    std::vector<std::string> without;
    for (const std::string& label : source.models) {
      if (contains(excluded, label)) continue;
      const AxisValues own = {source.find(dataset.label, label, axes[0]), source.find(dataset.label, label, axes[1])};
      if (own[0] != nullptr && own[1] != nullptr)
        for (const auto& [seed, value] : *own[0])
          if (own[1]->count(seed) > 0) seeds[label].insert(seed);
      if (seeds.count(label) > 0)
        values[label] = own;
      else
        without.push_back(label);
    }
    if (values.empty()) continue;
    ParetoDataset& made = fronts.datasets.emplace_back(front_of(values, common_seeds(seeds), signs, dataset.overlap));
    made.label = dataset.label;
    made.left_out.insert(made.left_out.end(), without.begin(), without.end());
  }
  return fronts;
}

OrderedJson to_ordered_json(const ParetoFronts& fronts) {
  OrderedJson json = {{"axes", {fronts.axes[0].text(), fronts.axes[1].text()}}, {"datasets", OrderedJson::object()}};
  for (const ParetoDataset& dataset : fronts.datasets) {
    OrderedJson& one = json["datasets"][dataset.label] = {{"seeds", seed_ranges(dataset.seeds)},
                                                          {"n", dataset.seeds.size()},
                                                          {"front", OrderedJson::array()},
                                                          {"models", OrderedJson::object()}};
    for (const ParetoModel& model : dataset.models) {
      if (model.on_front()) one["front"].push_back(model.label);
      OrderedJson& entry = one["models"][model.label] = {{"values", model.means}};
      if (model.on_front()) continue;
      entry["dominated_by"] = model.dominated_by;
      entry["told_apart"] = model.told_apart;
    }
    if (!dataset.left_out.empty()) one["left_out"] = dataset.left_out;
  }
  return json;
}

}  // namespace predcorr
