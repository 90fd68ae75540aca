// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/variational/dropout.hpp"

#include <cmath>

#include "core/base/hash.hpp"
#include "models/bnn/arithmetic/lane_products.hpp"

namespace predcorr::models {

MaskDraws::MaskDraws(std::uint64_t key, double rate)
    : counter_(key),
      dropped_below_(static_cast<std::uint64_t>(std::llround(std::ldexp(rate, 32)))),
      kept_(static_cast<float>(1 / (1 - rate))) {}

float MaskDraws::next() {
  if (half_left_) {
    bits_ >>= 32;
  } else {
    counter_ += kCounterStep;
    bits_ = mix_bits(counter_);
  }
  half_left_ = !half_left_;
  return (bits_ & 0xFFFFFFFFu) < dropped_below_ ? 0.0f : kept_;
}

void Dropout::draw_masks(const Network& network, Index columns, std::uint64_t key, Network::Workspace& work) const {
  MaskDraws draws(key, rate);
  work.layers.resize(network.layers().size());
  for (std::size_t l = 0; l < work.layers.size(); ++l) {
    if (!masks(network, l)) continue;
    const Index inputs = network.layers()[l].inputs, rows = padded_rows(inputs + 1);
    MatrixF& mask = work.layers[l].mask;
    if (mask.rows() != rows || mask.cols() != columns) mask = MatrixF::Ones(rows, columns);  // the bias's one, padding
    for (Index j = 0; j < columns; ++j)
      for (Index i = 0; i < inputs; ++i) mask(i, j) = draws.next();
  }
  const std::vector<ChannelMask> channels = network.channel_masks(work);
  const std::vector<WeightBlock> blocks = network.weight_blocks();
  for (std::size_t b = 0; b < channels.size(); ++b) {
    if (!masks_block(blocks, b)) continue;
    MatrixF& mask = *channels[b].factors;
    const Index rows = padded_rows(channels[b].channels);
    if (mask.rows() != rows || mask.cols() != columns) mask = MatrixF::Ones(rows, columns);
    for (Index j = 0; j < columns; ++j)
      for (Index c = 0; c < channels[b].channels; ++c) mask(c, j) = draws.next();
  }
}

void Dropout::mask_weights(const Network& network, std::uint64_t key, VectorF& parameters) const {
  MaskDraws draws(key, rate);
  VectorF layout;
  VectorF& weights = network.is_masked() ? layout : parameters;
  if (network.is_masked()) network.lay_out(parameters, layout);
  for (std::size_t l = 0; l < network.layers().size(); ++l) {
    if (!masks(network, l)) continue;
    const Network::Layer& layer = network.layers()[l];
    for (Index i = 0; i < layer.inputs; ++i)
      weights.segment(layer.at + i * layer.outputs, layer.outputs) *= draws.next();
  }
  const std::vector<WeightBlock> blocks = network.weight_blocks();
  std::vector<float> factors;
  for (std::size_t b = 0; b < blocks.size(); ++b) {
    const WeightBlock& block = blocks[b];
    if (block.layer == nullptr || !masks_block(blocks, b)) continue;
    factors.resize(static_cast<std::size_t>(block.input_channels));
    for (float& factor : factors) factor = draws.next();
    const Index groups = block.input_channels / block.group_channels, group_outputs = block.outputs / groups;
    for (Index k = 0; k < block.weight_columns(); ++k)
      for (Index o = 0; o < block.outputs; ++o)
        weights(block.at + k * block.outputs + o) *=
            factors[static_cast<std::size_t>(o / group_outputs * block.group_channels + k % block.group_channels)];
  }
  if (network.is_masked()) parameters = network.collected(layout);
}

}  // namespace predcorr::models
