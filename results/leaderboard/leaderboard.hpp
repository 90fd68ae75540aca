// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "results/frozen_pools/reference_pool.hpp"
#include "results/store/store.hpp"

namespace predcorr {

inline constexpr const char* kLeaderboardSchema = "predcorr/leaderboard/2";

/// The leaderboard of one or many run folders: a pure function of their records and predictions. Scores that need every
/// model's prediction (XLL) are computed here, from the stored predictions of each data set and seed. Everything that
/// may differ between two equal runs stands under "provenance" and "cost". Summaries of a model are over its own seeds;
/// best values and ranks are by means over the seeds that all compared models have ("compared_on"). What was planned
/// and has no result is listed ("missing", "damaged", "failures").
/// Shape: results/schema/leaderboard.schema.json.
/// @param pool frozen references for those scores, in place of the runs' own models; null for none
/// @throws Error (config, io, data)
OrderedJson make_leaderboard(const std::vector<Store>& stores, const ReferencePool* pool = nullptr);

}  // namespace predcorr
