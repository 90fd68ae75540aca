// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "results/store/run.hpp"

namespace predcorr {

/// How many rows the last record of a data set had.
struct RowCounts {
  Index train = 0, pool = 0, test = 0;
};

/// The correlation rho that scores of two seeds have because their splits are dealt from the same rows, after Nadeau &
/// Bengio, "Inference for the generalization error", Machine Learning 52, 2003: the share of rows that are tested. It
/// makes intervals wider and tests less sure. 0 where each seed draws its rows, or its function, anew; protocol `paper`
/// deals even generated rows again.
double split_overlap(const std::vector<Run>& runs, const std::string& dataset, const RowCounts& rows);

}  // namespace predcorr
