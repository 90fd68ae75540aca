// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "core/base/matrix.hpp"
#include "metrics/metric.hpp"
#include "results/store/run_index.hpp"

namespace predcorr {

constexpr double kNoValue = std::numeric_limits<double>::quiet_NaN();  ///< where a model has no score

/// A number that every model may have for every seed.
struct Quantity {
  std::string key;        ///< of a score; of learning: criterion, predictor, score and "last" or "mean", with dots
  bool learning = false;  ///< how well a model did at active learning, which scores are to tell
  Direction better = Direction::higher;
  Matrix values = {};  ///< models x seeds, NaN where there is none

  /// Signed so that larger is better.
  Matrix oriented() const { return better == Direction::lower ? Matrix(-values) : values; }
};

/// Everything of one data set that the study of validity relates. References and controls are left out.
struct ValidityData {
  std::string dataset;
  std::vector<std::string> models, families;  ///< a model's family is the grid it comes from, else itself
  std::vector<std::uint64_t> seeds;
  std::vector<Quantity> quantities;  ///< those that some model has

  const Quantity& quantity(const std::string& key) const;
};

/// Scores of records, cross scores by the runs' own models, and for each criterion and predictor ("self" where the
/// selector predicts) the last value and the mean over the learning curve of every score it follows; as gain over
/// `random` with the same predictor ("..., gain") where that was run.
/// @throws Error (config, io, data)
std::vector<ValidityData> collect_validity(const RunIndex& records,
                                           const std::vector<std::shared_ptr<const CrossMetric>>& cross_metrics);

}  // namespace predcorr
