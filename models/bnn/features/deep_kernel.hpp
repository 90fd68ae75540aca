// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/kernels/kernel.hpp"
#include "models/bnn/engine/network.hpp"
#include "models/model.hpp"

namespace predcorr::models {

/// The log marginal likelihood of a GP and its gradients.
struct FeatureEvidence {
  double log_likelihood = 0;  ///< nats
  Vector by_log_parameters;   ///< of the kernel
  Matrix by_features;         ///< n x features
};

/// With w = a a' - K^-1 and a = K^-1 y the gradient by a kernel value is w_ij / 2 (Rasmussen & Williams 2006, eq. 5.9);
/// each feature enters a row and a column of K, so dL/dz_j = sum_i w_ij dk(z_i, z_j)/dz_j.
/// @param observed kernel, white noise included, which must not depend on the features  @param features n x features
/// @param y n  @throws Error (numerical) if K cannot be factorised  Cost: n^3, and two n x n matrices.
FeatureEvidence feature_evidence(const Kernel& observed, const Matrix& features, const Vector& y);

/// A network's outputs, one row for each point: n x outputs.
Matrix network_features(const Network& network, const VectorF& weights, const NetworkInputs& inputs,
                        Network::Workspace& work, Pass pass = Pass::prediction);

/// feature_evidence of the network's outputs in training.  @param by_weights written: its gradient by the network's
/// weights
FeatureEvidence network_evidence(const Network& network, const VectorF& weights, const NetworkInputs& inputs,
                                 const Kernel& observed, const Vector& y, Network::Workspace& work,
                                 VectorF& by_weights);

/// The exact posterior of a GP on the network's outputs.
/// @param observed kernel of the outputs, white noise included
std::unique_ptr<Posterior> deep_kernel_posterior(const Network& network, const VectorF& weights,
                                                 const KernelPtr& observed, const TrainingData& data,
                                                 Diagnostics search, std::vector<std::string> warnings = {});

}  // namespace predcorr::models
