// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "models/bnn/engine/training.hpp"
#include "models/model.hpp"

namespace predcorr::models {

/// Which numbers of a network's layout stay: of the weights all but `sparsity` of them, and whatever is none.
/// Among equal scores the first places go.
/// @param network in float, not masked  @param all training rows, for scores
/// Cost: that of pruning_scores; of synflow in each pass that of a row forward and back.
std::vector<char> pruning_mask(const PruningOptions& options, const Network& network, const VectorF& weights,
                               const Batch& all, bool heteroscedastic, const Stream& stream);

/// What training begins with.
struct NetworkStart {
  Network network;
  VectorF weights;
  Diagnostics record;  ///< of pruning: weights, operations of a row's forward pass and bytes, "before" and "after"
};

/// The means of records of networks that are alike, none of which may be missing an entry.
Diagnostics mean_of(const std::vector<Diagnostics>& records);

/// A network and its first weights, drawn from `stream`; where `parameters` say so pruned, and then the network that is
/// left (remainder_of), which may see fewer columns (as_seen_by). Scores are those of the network in float.
/// @param data tells the network's shape
/// @param all training rows with all columns; empty where nothing is pruned
/// @param heteroscedastic the second output is a variance; of scores' loss
NetworkStart network_start(const ImageNetworkParameters& parameters, const TrainingData& data, const Batch& all,
                           Index outputs, bool fan_in_scaling, bool heteroscedastic, Stream stream);

/// Of networks on tables only, scaled by fan-in, with one output.
NetworkStart network_start(const PrunableNetworkParameters& parameters, const Batch& all, Index inputs, Stream stream);

}  // namespace predcorr::models
