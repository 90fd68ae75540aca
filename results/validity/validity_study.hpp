// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "results/store/store.hpp"

namespace predcorr {

inline constexpr const char* kValiditySchema = "predcorr/validity/2";

/// The most seeds that a score is said to need; beyond, "more than" that.
inline constexpr int kMostSeeds = 1000;

/// The study of validity as data: relations of every score with every measure of active learning and with the
/// meta-correlation, over all models and within each family; power; and every model's means, for scatter plots.
/// A pure function of the records. Shape: results/schema/validity.schema.json.
/// Source: Wang, Sun & Grosse 2021, section 5.1, whose claims it tests.
/// A data set with fewer seeds than kLeastSeeds or models than kLeastModels, or without active learning, is left out,
/// and the reason kept. What was planned and has no result is listed as on a leaderboard.
/// @throws Error (config) where that leaves none
OrderedJson make_validity(const std::vector<Store>& stores);

}  // namespace predcorr
