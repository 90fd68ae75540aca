// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "models/bnn/pruning/gradient_flow.hpp"
#include "models/bnn/sparsity/pruning_options.hpp"

namespace predcorr::models {

/// How much each number of the layout should stay, the highest most; only weights' count (weight_places).
/// Of grasp -S, of the others what the criterion's name says.
/// @param network not masked  @param all the training rows, of which each pass takes `options.rows` others, as far as
///   there are any: gradients and Hessian products are means over the passes, each with its own batch statistics
/// @param stream for the choice of rows, and of random scores
/// @throws Error (numerical) where a score is not finite; (config) of synflow in networks on images whose activation is
///   not relu
/// Cost: some 12 forward passes of the rows; of snip 3
VectorF pruning_scores(const PruningOptions& options, const Network& network, const VectorF& weights, const Batch& all,
                       bool heteroscedastic, const Stream& stream);

/// Places of weights in the layout, biases and batch normalisation not among them, matrix by matrix.
std::vector<std::vector<Index>> weight_places(const Network& network);

}  // namespace predcorr::models
