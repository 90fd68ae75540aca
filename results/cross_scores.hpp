// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "metrics/metric.hpp"
#include "results/run_records.hpp"

namespace predcorr {

/// The cross metrics that the suites of these run folders ask for; equal ones once.
std::vector<std::shared_ptr<const CrossMetric>> cross_metrics_of(const std::vector<Store>& stores);

/// What cross metrics say of one data set, by seed: every model that has a stored prediction there takes part, controls
/// as guests.  @throws Error (data) if two models were tested on other rows  Cost: reads the predictions of a seed at a
/// time.
std::map<std::uint64_t, std::vector<ContenderScores>> cross_scores(
    const RunRecords& records, const std::string& dataset,
    const std::vector<std::shared_ptr<const CrossMetric>>& metrics);

}  // namespace predcorr
