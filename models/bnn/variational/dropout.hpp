// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "models/bnn/engine/network.hpp"

namespace predcorr::models {

/// Dropout (Srivastava et al. 2014) of the inputs of a network's layers, biases never: an input is zero with
/// probability `rate`, else multiplied by 1 / (1 - rate), so that its expectation is kept. The first layer's inputs,
/// those of the data, are left out unless `of_data` says so. An input of a convolution is a whole channel (Tompson et
/// al. 2015), so that a mask is a factor of weights there, too.
struct Dropout {
  double rate = 0;
  bool of_data = false;

  bool masks(const Network& network, std::size_t layer) const {
    return rate > 0 && (layer > 0 || of_data || network.architecture().images) &&
           sees_units(network.layers()[layer].factor);
  }

  /// Whether the inputs of matrix b of the network's weights are dropped (Network::weight_blocks).
  bool masks_block(const std::vector<WeightBlock>& blocks, std::size_t b) const {
    return rate > 0 && (b > 0 || of_data) && sees_units(blocks[b].factor);
  }

  /// A mask for each row of a batch and layer, into the workspace, where forward and backward find them.
  /// @param columns of the batch, padded  @param key of the draws (Stream::key)
  void draw_masks(const Network& network, Index columns, std::uint64_t key, Network::Workspace& work) const;

  /// The same for one mask that all rows share: the columns of the weight matrices take its factors.
  void mask_weights(const Network& network, std::uint64_t key, VectorF& parameters) const;
};

/// 0 with probability `rate`, else 1 / (1 - rate), from a SplitMix64 counter (Steele et al. 2014) that starts at `key`:
/// a batch takes tens of thousands of them.
class MaskDraws {
 public:
  MaskDraws(std::uint64_t key, double rate);
  float next();

 private:
  std::uint64_t counter_, bits_ = 0;
  std::uint64_t dropped_below_;
  float kept_;
  bool half_left_ = false;
};

}  // namespace predcorr::models
