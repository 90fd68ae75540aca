// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/plugins/conformance.hpp"
#include "metrics/active_learning/criterion.hpp"

namespace predcorr::conformance {

/// One criterion under test.
class CriterionTrial {
 public:
  /// @param criterion must outlive the trial
  explicit CriterionTrial(const Criterion& criterion) : criterion_(criterion) {}
  const Criterion& criterion() const { return criterion_; }

  /// Whatever is thrown becomes a Failure.
  Selection select(const JointPrediction& prediction, Index n_pool, Index batch, std::uint64_t seed = 1) const;

  /// Whether picks differ from seed to seed, as those of criteria that draw lots do.
  bool draws() const;

 private:
  const Criterion& criterion_;
};

using CriterionCheck = CheckOf<CriterionTrial>;

/// Picks and gains; the same again; orders of pool and targets; forms of the covariance; pools that know nothing.
const std::vector<CriterionCheck>& criterion_checks();

/// All, as questions about one trial, which must outlive them.
std::vector<Question> criterion_questions(CriterionTrial& trial);

}  // namespace predcorr::conformance
