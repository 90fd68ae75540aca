// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <vector>

#include "core/prediction/joint_prediction.hpp"
#include "models/bnn/engine/network.hpp"

namespace predcorr::models {

/// Writes the weights of draw s: the network's parameter_count. Called from several threads, once for each s.
using WeightDraw = std::function<void(Index s, VectorF& weights)>;

/// The joint prediction that `count` networks of one shape stand for, all of them evaluated at all points: latent
/// covariance as a factor of their first outputs (points x count floats). Works through the points in blocks, so the
/// factor is nearly all the memory it takes.
/// @param noise_variance  one number for all points; where the network has two outputs the second gives it instead, as
///   heteroscedastic_loss reads it, averaged over the draws
/// Cost: 2 * parameters * count * points operations.
JointPrediction predict_draws(const Network& network, const Matrix& query, Index count, const WeightDraw& draw,
                              double noise_variance);

/// The same for draws kept as columns: parameter_count (or more rows) x count.
JointPrediction predict_draws(const Network& network, const Matrix& query, const MatrixF& weights,
                              double noise_variance);

/// Networks of one shape, their weights in columns: parameter_count (or more rows) x count.
struct NetworkDraws {
  Network network;
  MatrixF weights;
};

/// The same for networks that are kept. Those pruned apart have shapes of their own.
/// @param draws at least one network in each, all of as many outputs
JointPrediction predict_draws(const std::vector<NetworkDraws>& draws, const Matrix& query, double noise_variance);

}  // namespace predcorr::models
