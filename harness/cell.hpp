// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/problem_at_seed.hpp"
#include "harness/suites/suite.hpp"
#include "results/store/run_index.hpp"

namespace predcorr {

/// One unit of work: a model on a data set at a seed (regression), or a criterion with its selector and predictors on a
/// data set at a seed (active learning). Its identity holds everything that decides its numbers.
struct Cell {
  PlanEntry entry;
  std::uint64_t seed = 0;
  Json identity;
  const Labelled<DatasetSource>* dataset = nullptr;  ///< points into the suite
  const Criterion* criterion = nullptr;              ///< null for regression
  std::vector<std::string> predictors;               ///< labels; of a regression cell the one model

  std::string id() const { return cell_id(identity); }
  std::string describe() const;  ///< for progress and messages
};

/// Fits, predicts and scores a regression cell, or runs a learning loop. Fills `prediction` for regression.
/// Never throws for what the cell did: that becomes a failed record.
Record run_cell(const Suite& suite, const Cell& cell, Problems& problems, std::optional<StoredPrediction>& prediction);

/// Scores a stored prediction with the suite's metrics, without a refit. Where it leaves the pool out, scores that are
/// absent for that stay what they were, if the record has them by the same parameters.
/// @return false where one of them is new, so that it takes a new fit
bool rescore(const Suite& suite, const Cell& cell, Problems& problems, const StoredPrediction& stored, Record& record);

/// Names and parameters of the suite's metrics, as records keep them.
Json metrics_in_use(const Suite& suite);

/// A metric as a record names it: its parameters and, under a key that no parameter has, revisions above 1.
Json metric_in_use(const Configured<Metric>& metric);
inline constexpr const char* kRevisionsKey = "#revisions";

}  // namespace predcorr
