// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "harness/suites/suite.hpp"
#include "results/store/store.hpp"

namespace predcorr {

/// What came of computing the scores of a run's records anew from their stored predictions.
struct Recomputation {
  int agree = 0;
  std::map<std::string, std::string> differ;  ///< by id: which score says what, and what it should say
  int without = 0;  ///< records that keep no prediction: learning loops, and what --keep scores left
  std::map<std::string, std::string> unknown;  ///< by id: why its scores could not be had, such as a missing data file
};

/// Scores are a function of prediction, data and metric, so a record that claims others than its prediction gives was
/// changed by hand, check sum and all. Data are read or made again; models are not needed. A score agrees where it
/// differs by 1e-6 of its size or 1e-9 at most: that is what other compilers and processors do to the last digits.
/// A prediction that was forged itself is not noticed: that takes a run of its own.
/// @param data_folders where data files are looked for, the first first
Recomputation recompute_scores(const Store& store, const std::vector<std::filesystem::path>& data_folders);

/// The first score that the record claims and its prediction does not give, as a sentence; empty where all agree.
/// @param recomputed what the prediction gives  @param whole whether the record keeps all of the prediction
std::string score_difference(const Record& claimed, const Record& recomputed, bool whole);

/// The parts of a suite that scores depend on: data, protocol, seeds, metrics; its only model is one that costs
/// nothing.
/// @param source as written  @throws Error (config) as read_suite, such as for a data set of a plug-in that is not
/// loaded
Suite suite_for_scores(const Json& source, const std::string& origin, const std::filesystem::path& folder = {});

/// Recomputes the scores of every folder, has the store distrust what differs, and tells on standard error.
void distrust_forged(std::vector<Store>& stores, const std::vector<std::filesystem::path>& data_folders);

}  // namespace predcorr
