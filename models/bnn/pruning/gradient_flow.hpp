// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "models/bnn/engine/training.hpp"

namespace predcorr::models {

/// The loss that is pruned for: half the squared error, in the mean over rows and outputs, as if every output were to
/// be the target; or minus the mean log density of a normal whose variance is the second output's
/// (heteroscedastic_loss). Of the outputs divided by a temperature, as those of classifiers are in Wang et al. 2020.
/// With a high one the squared error's residuals are next to the targets, and its Hessian next to the part with second
/// derivatives of the outputs; with a low one the targets do not matter.
struct PruningLoss {
  bool heteroscedastic = false;
  float temperature = 1;
};

/// The gradient of the loss by the parameters.  @param network in float, not masked
/// @throws Error (numerical) if a number is not finite
VectorF pruning_gradient(const Network& network, const VectorF& parameters, const Batch& batch,
                         const PruningLoss& loss);

/// The gradient g of the loss by the parameters, and the product of the loss's Hessian with a direction.
struct GradientFlow {
  VectorF gradient, hessian_product;
};

/// Exactly, by forward over reverse mode (Pearlmutter 1994); batch normalisation sees the batch, as in training. Where
/// max-pools and rectifiers have kinks, the derivative on one side.
/// @param direction parameter_count; empty: the gradient itself, so that the product is half the gradient of |g|^2
/// @throws Error (numerical) if a number is not finite.  Cost: some 9 times that of Network::forward.
/// Memory: some 8 times the values between layers.
GradientFlow gradient_flow(const Network& network, const VectorF& parameters, const Batch& batch,
                           const PruningLoss& loss, const VectorF& direction = {});

}  // namespace predcorr::models
