// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "models/bnn/images/image_layer.hpp"

namespace predcorr::models {

/// Batch normalisation (Ioffe & Szegedy 2015), each channel over the pixels of all images: gamma (x - mean) /
/// sqrt(variance + 1e-5) + beta, behind it max(., 0) where `rectified`. In training the batch's mean and variance
/// (divisor n) are used; in evaluation the running ones (divisor n - 1), which are the layer's statistics: means, then
/// variances. Parameters: gamma, beta. Begins as the identity on standardised channels.
/// Cost: three passes over the values forward, three backward.
std::unique_ptr<ImageLayer> batch_norm(const ImageShape& input, bool rectified);

constexpr float kStatisticsMomentum = 0.1f;  ///< of running statistics: the weight of the newest batch

}  // namespace predcorr::models
