// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "models/bnn/compression/surgery.hpp"
#include "models/model.hpp"

namespace predcorr::models {

/// Training that goes on with a network and a flat vector, behind which may stand numbers of the likelihood.
/// @return the same after it
using TrainingOn =
    std::function<VectorF(const Network& network, VectorF start, const TrainingParameters& options, const Stream&)>;

/// A trained network that was made smaller.
struct CompressedNetwork {
  Network network;
  VectorF parameters;  ///< its flat vector, and behind it what stood behind the trained one's
  Diagnostics record;  ///< weights, operations of a row's forward pass and bytes, "before" and "after"; the
                       ///< share of parts that went
};

/// In `options.rounds` rounds, each of which leaves the same share of the numbers: the parts worth least go
/// (removal_order), as few as bring the network to its size, and training goes on. At the end running statistics are
/// measured anew.
/// @param trained the flat vector, and whatever stands behind it
/// @param given all training rows with all columns
/// @param information of the likelihood with the numbers behind the flat vector
/// @param training that went before, of which `options` replaces epochs, learning rate and rows held out
/// @throws Error (config) where the size cannot be reached, with the one that can, or where a layer would vanish
CompressedNetwork compressed(const CompressionOptions& options, const Network& network, VectorF trained,
                             const Batch& given,
                             const std::function<OutputInformation(const VectorF& behind)>& information,
                             const TrainingParameters& training, const TrainingOn& go_on, const Stream& stream);

/// Training before network-slimming: the loss with the penalty on the absolute scales of batch normalisation.
/// Others' as it is.
Objective before_compression(const Compression& compression, const Network& network, Objective objective);

}  // namespace predcorr::models
