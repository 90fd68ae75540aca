// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "results/requests/score_source.hpp"
#include "results/store/record.hpp"

namespace predcorr {

/// Two scores or costs that a front is drawn by.
using ParetoAxes = std::array<ScoreKey, 2>;

/// A contender among those of its data set.
struct ParetoModel {
  std::string label;
  std::array<double, 2> means{};  ///< over the common seeds, by axis
  std::vector<std::string>
      dominated_by;         ///< models of the front that are as good in both and better in one; empty on it
  bool told_apart = false;  ///< some test tells it from a model that dominates it; false on the front

  bool on_front() const { return dominated_by.empty(); }
};

struct ParetoDataset {
  std::string label;
  std::vector<std::uint64_t> seeds;   ///< that all compared models have
  std::vector<ParetoModel> models;    ///< best first by the first axis, then by the second
  std::vector<std::string> left_out;  ///< contenders without a value, or with too few seeds
};

struct ParetoFronts {
  ParetoAxes axes;
  std::vector<ParetoDataset> datasets;  ///< those where anybody has both
};

/// What a cell costs, as axes call it; lower is better. Nothing where a record does not say.
struct CostAxis {
  const char* name;
  std::optional<double> (*of)(const Cost& cost);
};
inline constexpr std::array<CostAxis, 4> kCostAxes = {
    {{"fit_seconds", [](const Cost& cost) -> std::optional<double> { return cost.fit_seconds; }},
     {"predict_seconds", [](const Cost& cost) -> std::optional<double> { return cost.predict_seconds; }},
     {"cpu_seconds", [](const Cost& cost) { return cost.cpu_seconds; }},
     {"peak_bytes", [](const Cost& cost) -> std::optional<double> { return cost.peak_bytes; }}}};

/// Reads "rmse,fit_seconds".
/// @param where what messages call it
/// @throws Error (config) if it is not two different scores with a better direction, or costs
ParetoAxes read_pareto_axes(const std::string& text, const std::string& where, const ScoreCatalogue& catalogue);

/// On each data set the models that no other beats by their means: of no other is either mean better and the other at
/// least as good (pareto_front.hpp). Means are over the seeds at which all compared models have both values (see
/// CommonSeeds).
///
/// A dominated model is told apart if a model of the front that dominates it differs from it in one of the two by a
/// paired t test of all pairs with Holm's adjustment, at kAlpha / 2 for each axis: the probability that any equal model
/// is told apart is at most kAlpha on a data set. A dominated model that is not told apart may as well be on the front.
/// Seconds and bytes are measured, not computed: their front differs from run to run.
///
/// @param source also finds costs, by their names  @param excluded models that win nothing: ceilings and controls
/// Cost: K^2 tests of K models on each data set
ParetoFronts pareto_fronts(const ScoreSource& source, const std::vector<std::string>& excluded, const ParetoAxes& axes,
                           const ScoreCatalogue& catalogue);

/// {"axes": [..], "datasets": {label: {"seeds", "n", "front": [labels], "models": {label: {"values", "dominated_by",
/// "told_apart"}}, "left_out"?}}}
OrderedJson to_ordered_json(const ParetoFronts& fronts);

}  // namespace predcorr
