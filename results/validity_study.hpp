// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "results/store.hpp"

namespace predcorr {

inline constexpr const char* kValiditySchema = "predcorr/validity/1";

/// The study of validity as data: relations of every score with every measure of active learning and with the
/// meta-correlation, over all models and within each family; power; and every model's means, for scatter plots.
/// A pure function of the records. Shape: results/schema/validity.schema.json.
/// Source: Wang, Sun & Grosse 2021, section 5.1, whose claims it tests.
/// A data set with fewer than 2 seeds or 3 models, or without active learning, is left out, and the reason kept.
/// @throws Error (config) where that leaves none
OrderedJson make_validity(const std::vector<Store>& stores);

}  // namespace predcorr
