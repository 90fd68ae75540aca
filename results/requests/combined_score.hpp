// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "results/requests/board_request.hpp"
#include "results/requests/score_source.hpp"

namespace predcorr {

/// One score's part in a combined score.
struct CombinedPart {
  WeightedScore score;
  std::vector<std::string> datasets;            ///< that count
  std::map<std::string, std::string> left_out;  ///< data sets that do not, with the reason
};

/// A model's combined score.
struct CombinedModel {
  std::string label;
  std::vector<std::optional<double>> parts;  ///< normalised, in the order of the parts; nothing where it lacks one
  std::optional<double> value;               ///< nothing where it lacks a part
  std::optional<Interval> interval;          ///< of value, at kConfidence; nothing where seeds say nothing of it
  std::string missing;                       ///< what it lacks, and why; empty where it lacks nothing
};

struct CombinedScores {
  std::vector<CombinedPart> parts;
  std::vector<CombinedModel> models;  ///< best first, then those without a value
};

/// The weighted mean of normalised scores (normalised_score.hpp):
///   value = sum_p w_p / W * mean over d of z_pd,  z_pd = (x_pd - f_pd) / (c_pd - f_pd),  W = sum_p w_p,
/// x the model's mean of score p on data set d, f the floor's and c the ceiling's: 0 is as good as the floor, 1 as the
/// ceiling. Data sets weigh equally. The means are over the seeds at which model, floor and ceiling have all parts that
/// count on the data set, so that they may differ in the last digits from `normalised` of the overall comparison, which
/// asks for one score at a time.
///
/// A data set counts in a part if floor and ceiling have a common seed there and the ceiling's mean is the better one;
/// else it is left out of the part for all models. A model without a value on a data set that counts has no combined
/// score: a mean over fewer parts would be that of another question.
///
/// The interval is over seeds, for these data sets and this floor and ceiling, which it lets vary with the seed as the
/// model does: a ratio of means by linearisation (the delta method). With the deviations of the seeds s of data set d
///   u_ds = sum_p w_p / (W D_p) * ((x_pds - f_pds) - z_pd (c_pds - f_pds)) / (c_pd - f_pd),  D_p data sets of part p,
/// whose mean is 0, the variance of `value` is sum_d v_d, v_d the squared standard error of u_d (with overlap, as in
/// summarise), and the half width is t of Welch and Satterthwaite's (sum_d v_d)^2 / sum_d (v_d^2 / (n_d - 1)) degrees
/// of freedom. Data sets are independent given the models. Nothing where a data set has one seed, and of floor and
/// ceiling themselves, whose value does not vary.
///
/// @param parts at least one  @param floor, ceiling labels; empty for none
/// @throws Error (numerical) if a score lies beyond all numbers
/// Cost: models x parts x data sets x seeds.  Source of the interval: Cochran 1977, Sampling Techniques, section 6.3;
/// Satterthwaite 1946, Biometrics Bulletin 2:110-114.
CombinedScores combine(const ScoreSource& source, const std::vector<WeightedScore>& parts,
                       const ScoreCatalogue& catalogue, const std::string& floor, const std::string& ceiling);

/// {"weights": {score: weight}, "datasets": {score: [labels]}, "left_out": {score: {label: reason}},
///  "models": {label: {"value", "interval", "parts": {score: value}, "missing"?}}}
OrderedJson to_ordered_json(const CombinedScores& combined);

}  // namespace predcorr
