// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tbb/task_arena.h>

#include <list>
#include <map>
#include <memory>
#include <mutex>

#include "datasets/problem.hpp"
#include "harness/suites/suite.hpp"
#include "metrics/metric.hpp"
#include "results/store/prediction_file.hpp"

namespace predcorr {

/// What one thread makes while others wait for it. Isolated: a thread that makes something must not pick up another
/// cell meanwhile, which may ask for the same. What fails is tried again by the next that asks.
template <class T>
class MadeOnce {
 public:
  /// @param make returns a pointer to it
  template <class Make>
  const std::shared_ptr<const T>& get(const Make& make) {
    const std::lock_guard lock(mutex_);
    if (!made_) made_ = tbb::this_task_arena::isolate(make);
    return made_;
  }

 private:
  std::mutex mutex_;
  std::shared_ptr<const T> made_;
};

/// One data set at one seed as every model meets it: split and standardised, with what predictions are scored against.
/// Nothing in it depends on a model, so that it is made once and shared.
class ProblemAtSeed {
 public:
  /// @param data what `source` loads, where that is at hand; null to load it here
  /// @throws Error (data, config, io)
  ProblemAtSeed(const DatasetSource& source, const DataRequest& request, std::shared_ptr<const Dataset> data = nullptr);

  const Problem& problem() const { return problem_; }

  /// Targets, inputs and, where the truth is known, the oracle's prediction of the rows that a model predicts: pool and
  /// test where the truth is known, since meta-correlation asks for both; else test alone. Made when first asked for.
  /// Cost: that of the oracle, as a rule n^3.
  /// @throws Error as the truth's
  const EvaluationData& evaluation() const;

  /// The same without the pool.
  EvaluationData test_evaluation() const;

  /// Why a stored prediction is not of this problem: other rows, or other targets. Empty where it is, the pool or not.
  std::string other_than(const StoredPrediction& stored) const;

 private:
  Problem problem_;
  Rows predicted_rows_;
  mutable MadeOnce<EvaluationData> evaluation_;
};

/// The problems of a suite, each made when first asked for. A file is read once for all seeds; of problems as many are
/// kept as threads can be at work on, those that were asked for last, so that cells that come data set by data set and
/// seed by seed share one. May be used from several threads: one makes a problem, the others wait for it.
class Problems {
 public:
  explicit Problems(const Suite& suite);

  /// @throws Error as ProblemAtSeed; the next call tries again
  std::shared_ptr<const ProblemAtSeed> at(const Labelled<DatasetSource>& dataset, std::uint64_t seed);

 private:
  using Key = std::pair<std::string, std::uint64_t>;  // label and seed

  std::shared_ptr<const Dataset> file_of(const Labelled<DatasetSource>& dataset, const DataRequest& request);
  std::shared_ptr<MadeOnce<ProblemAtSeed>> place_of(const Key& key);

  DataRequest request_;
  std::mutex mutex_;  // of what follows
  std::map<std::string, std::shared_ptr<MadeOnce<Dataset>>> files_;
  std::list<std::pair<Key, std::shared_ptr<MadeOnce<ProblemAtSeed>>>> recent_;  // the last asked for first
};

}  // namespace predcorr
