// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "models/bnn/engine/network.hpp"

namespace predcorr::models {

/// What is left of a network.
struct Remainder {
  Network network;
  std::vector<Index> places;  ///< of its flat vector's numbers in the whole network's layout

  /// The flat vector at the whole network's numbers.
  VectorF of(const VectorF& layout) const { return layout(places); }
};

/// The network without the weights that are gone, and without units, channels and inputs that went with them
/// (ChannelGroups): it multiplies smaller matrices. Units with a residual path, channels of residual sums and an
/// image's channels stay.
/// @param left of the whole's layout, whether each number is left; only weights may be gone, no biases
/// @throws Error (config) where a layer would vanish, with its name, or where the mask is another network's
Remainder remainder_of(const Network& whole, const std::vector<char>& left);

}  // namespace predcorr::models
