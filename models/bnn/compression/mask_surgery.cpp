// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/compression/mask_surgery.hpp"

#include <Eigen/Cholesky>
#include <algorithm>

#include "models/bnn/pruning/remainder.hpp"

namespace predcorr::models {

Matrix damped(Matrix factor) {
  const double mean = factor.trace() / static_cast<double>(factor.rows());
  factor.diagonal().array() += mean > 0 ? 1e-4 * mean : 1.0;
  return factor;
}

Matrix damped_inverse(const Matrix& factor) {
  return damped(factor).llt().solve(Matrix::Identity(factor.rows(), factor.rows()));
}

MaskSurgery::MaskSurgery(const FittedNetwork& trained) : network_(trained.network) {
  VectorF storage;
  layout_ = network_.laid_out(trained.weights, storage);
  left_.assign(static_cast<std::size_t>(network_.layout_count()), network_.is_masked() ? 0 : 1);
  for (const std::int32_t place : network_.kept()) left_[static_cast<std::size_t>(place)] = 1;
  blocks_ = network_.weight_blocks();
}

std::vector<char> MaskSurgery::mask_without(std::span<const Part> gone) const {
  std::vector<char> left = left_;
  for (const Part& part : gone)
    for (const Index place : places_of(part.group, part.part)) left[static_cast<std::size_t>(place)] = 0;
  return left;
}

Index MaskSurgery::size_without(std::span<const Part> gone) const {
  const Network network = remainder_of(network_, mask_without(gone)).network;
  return network.parameter_count() - network.statistic_count();
}

FittedNetwork MaskSurgery::without(std::span<const Part> gone) const {
  std::vector<Rows> by_group(groups_.size());
  for (const Part& part : gone) by_group[part.group].push_back(part.part);
  VectorF layout = layout_;
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    if (by_group[g].empty()) continue;
    std::sort(by_group[g].begin(), by_group[g].end());
    const WeightBlock& block = blocks_[block_of_[g]];
    correct(g, by_group[g], {layout.data() + block.at, block.outputs, block.columns});
  }
  Remainder remainder = remainder_of(network_, mask_without(gone));
  VectorF weights = remainder.of(layout);
  return {std::move(remainder.network), std::move(weights)};
}

}  // namespace predcorr::models
