// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "metrics/metric.hpp"
#include "results/frozen_pools/reference_pool.hpp"
#include "results/store/run_index.hpp"

namespace predcorr {

/// The cross metrics that the suites of these runs ask for; equal ones once.
/// @param pooled the references are a frozen pool, in place of the models that a suite may name as such
std::vector<std::shared_ptr<const CrossMetric>> cross_metrics_of(const std::vector<Run>& runs, bool pooled = false);

/// By seed.
using CrossScores = std::map<std::uint64_t, std::vector<ContenderScores>>;

/// What cross metrics say of one data set, by seed: every model that has a stored prediction there takes part, controls
/// as guests. The others' scores depend on who takes part, and are comparable over seeds only where the same models do:
/// a model with too few seeds (see CommonSeeds) is a guest, and in a seed that one of the others lacks all scores are
/// absent, with that as the reason.  @throws Error (data) if two models were tested on other rows  Cost: reads the
/// predictions of a seed at a time.
CrossScores cross_scores(const RunIndex& records, const std::string& dataset,
                         const std::vector<std::shared_ptr<const CrossMetric>>& metrics);

/// The same against a frozen pool.
struct PooledCrossScores {
  CrossScores models;  ///< of the runs
  CrossScores frozen;  ///< the pool's own, among themselves, at the seeds that the runs have
};

/// The pool's models are the only contenders and every model of the runs is a guest, so that its scores depend on
/// itself and the pool alone; one that is a frozen model but for rounding ties with it. Where the pool lacks the data
/// set or a seed, scores are absent with that as the reason.
/// @throws Error (data) if the pool was tested on other data, rows or targets; (io, data) if one of its files is
/// damaged
PooledCrossScores cross_scores(const RunIndex& records, const std::string& dataset,
                               const std::vector<std::shared_ptr<const CrossMetric>>& metrics,
                               const ReferencePool& pool);

}  // namespace predcorr
