// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "metrics/expectation/score_expectation.hpp"
#include "metrics/metric.hpp"

namespace predcorr {

/// A prediction that was made elsewhere, to be scored beside others.
struct Submission {
  std::string name;
  JointPrediction prediction;  ///< of pool and test points, or of the test points alone
  /// The covariance is that of y, noise and all, and stands in `latent`: what tells of f alone is then absent.
  bool noise_included = false;
  bool pool_block = true;  ///< false: covariances of different pool points are NaN, not known; criteria do not pick
};

struct ScoreOptions {
  int neighbours = 5;  ///< k of every cross metric that has such a parameter
  Index batch = 5;     ///< picks of each criterion
  ExpectationOptions expectation = {};
};

/// What one submission got.
struct ScoreSheet {
  std::string name;
  std::vector<Score> scores;                        ///< of every metric, absent ones with their reasons
  std::map<std::string, Rows> selected;             ///< picks by criterion, positions in the pool
  std::map<std::string, std::string> not_selected;  ///< criterion -> why it has no picks
  std::vector<ScoreExpectation> expectations = {};  ///< of some of the scores
};

/// Every registered metric with its defaults, every cross metric over all submissions, every criterion's picks.
/// Criteria that draw lots do so from fixed streams.
/// @param submissions with names of their own  @return in the same order
/// @throws Error (shape) if one is neither of all points nor of the test points
std::vector<ScoreSheet> score_submissions(const EvaluationData& evaluation, const std::vector<Submission>& submissions,
                                          const ScoreOptions& options);

}  // namespace predcorr
