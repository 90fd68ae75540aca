// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/leaderboard/leaderboard.hpp"
#include "results/text/text_table.hpp"

namespace predcorr {

/// Active learning on one data set: a row for each criterion, selector and predictor, and for each way to learn that
/// failed in every seed.
TextTable learning_table(const Leaderboard& board, const DatasetCurves& learning);

}  // namespace predcorr
