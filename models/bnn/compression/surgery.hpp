// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "models/bnn/compression/fisher_information.hpp"
#include "models/bnn/sparsity/compression_options.hpp"

namespace predcorr::models {

/// Parts of one kind in one layer that may go, and what each is worth: the loss of a row that goes up with it, where
/// the criterion estimates that.
struct PartGroup {
  Rows parts;
  Vector scores;
};

struct Part {
  std::size_t group;
  Index part;
  double score;
};

/// The parts of all groups, those worth least first; of each group no more than the share `cap`, and never all. Where
/// scores are equal, groups and parts in their order.
std::vector<Part> removal_order(const std::vector<PartGroup>& groups, double cap);

/// A network, and its flat vector.
struct FittedNetwork {
  Network network;
  VectorF weights;
};

/// How a criterion takes parts out of a trained network.
class Surgery {
 public:
  virtual ~Surgery() = default;

  const std::vector<PartGroup>& groups() const { return groups_; }

  /// How many numbers would be left without these parts.  @throws Error (config) where a layer would vanish
  virtual Index size_without(std::span<const Part> gone) const = 0;

  virtual FittedNetwork without(std::span<const Part> gone) const = 0;

 protected:
  std::vector<PartGroup> groups_;
};

/// Directions of Kronecker factors' eigenbases: a layer W = U W' V' becomes the product of three thin ones, two of them
/// without activation, where that is smaller. Hidden layers but for those with a residual path, and convolutions of one
/// group.
std::unique_ptr<Surgery> direction_surgery(const FittedNetwork& trained, const FisherInformation& fisher);

/// Units, and channels with their filters, of every layer but the last; what is added up in residual sums keeps its
/// place and is zero. @throws Error (config) of network-slimming in networks without batch normalisation
std::unique_ptr<Surgery> filter_surgery(const FittedNetwork& trained, const FisherInformation& fisher,
                                        CompressionCriterion criterion);

/// Weights of all layers.
std::unique_ptr<Surgery> weight_surgery(const FittedNetwork& trained, const FisherInformation& fisher,
                                        CompressionCriterion criterion);

}  // namespace predcorr::models
