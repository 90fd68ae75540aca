// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "results/frozen_pools/reference_file.hpp"
#include "results/store/run_index.hpp"

namespace predcorr {

/// What `predcorr freeze` is asked for.
struct FreezeRequest {
  std::string name;  ///< letters, digits, dots, dashes and underscores
  int version = 1;   ///< at least 1
  /// Labels of the runs, each text one label or several with commas between.
  std::vector<std::string> models;
  std::vector<std::string> datasets = {};  ///< likewise; empty for all that have any of the models
  std::vector<std::uint64_t> seeds = {};   ///< empty for all that the models have there
  std::filesystem::path out;               ///< the new folder NAME-vVERSION lies in it
  Precision precision = Precision::single;
};

/// Stores the test predictions of some models of some runs as a pool of references (see ReferencePool). The folder
/// appears whole or not at all. Equal runs give equal bytes; pool.json also says which program and machine made it.
/// @return the new folder
/// @throws Error (config) if the folder exists, since a version never changes; for a label that is not there; for
/// a control, whose correlations were tampered with; (data) if a model has no prediction, or a failed one, for one of
/// the data sets and seeds, or models were tested on other rows or data; (io)
std::filesystem::path freeze_references(const std::vector<Store>& stores, const FreezeRequest& request);

/// Predictions of the wanted models, data sets and seeds that are planned and not there (see regression_gaps). Failures
/// are left out: freeze_references refuses them.  @throws Error (config) for a label that is not there
RunGaps missing_references(const std::vector<Store>& stores, const FreezeRequest& request);

}  // namespace predcorr
