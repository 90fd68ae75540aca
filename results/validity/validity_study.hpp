// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/base/json.hpp"
#include "results/statistics/summary.hpp"
#include "results/store/run_gaps.hpp"
#include "results/validity/validity.hpp"

namespace predcorr {

inline constexpr const char* kValiditySchema = "predcorr/validity/2";

/// The most seeds that a score is said to need; beyond, "more than" that.
inline constexpr int kMostSeedsNamed = 1000;

/// How one score and one target go together, over all models and within families.
struct ScoreRelation {
  std::string score, target;
  ValidityRelation models;
  bool has_marginal = false;  ///< whether models.over_marginal says something: not of the marginal likelihood itself
  std::map<std::string, std::optional<JackknifeInterval>> families;  ///< Spearman's, by family of kLeastModels or more
};

struct ScorePower {
  std::string score;
  Power power;  ///< agreement in the order of the study's targets
};

/// A model's means over seeds, for scatter plots.
struct ModelMeans {
  std::string label, family;
  std::vector<std::pair<std::string, Summary>> values;  ///< by quantity, those that it has
};

struct QuantityInfo {
  std::string key;
  Direction better = Direction::higher;
  bool learning = false;  ///< a measure of active learning
};

/// The study of one data set.
struct DatasetStudy {
  std::string dataset;
  std::vector<std::string> models;
  std::vector<std::uint64_t> seeds;
  std::vector<QuantityInfo> quantities;  ///< those that some model has
  std::vector<std::string> targets;      ///< keys of what scores are to tell
  std::vector<ScoreRelation> relations;  ///< of every score with every target but itself
  std::vector<ScorePower> power;         ///< of scores that two models have in every seed
  std::vector<ModelMeans> scatter;

  bool has_quantity(const std::string& key) const;
};

/// Which scores tell who learns well: relations of every score with every measure of active learning and with the
/// meta-correlation, over all models and within each family; power; and every model's means.
/// Source: Wang, Sun & Grosse 2021, section 5.1, whose claims it tests.
struct ValidityStudy {
  std::vector<SuiteOfRun> suites;
  std::vector<DatasetStudy> datasets;
  std::vector<std::pair<std::string, std::string>> left_out;  ///< data sets that cannot be studied, and why
  RunGaps gaps;                                               ///< what was planned and has no result
};

/// A pure function of the records. A data set with fewer seeds than kLeastSeeds or models than kLeastModels, or without
/// active learning, is left out, and the reason kept.
/// @throws Error (config) where that leaves none
ValidityStudy make_validity(const std::vector<Store>& stores);

/// validity.json. Shape: results/schema/validity.schema.json.
OrderedJson to_json(const ValidityStudy& study);

}  // namespace predcorr
