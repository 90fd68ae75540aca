// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/prediction/joint_prediction.hpp"
#include "datasets/problem.hpp"

namespace predcorr::models {

/// The share of the training targets' variance that a variational posterior's mean function accounts for, at up to 1000
/// training rows: 1 - mean squared error / variance. 1 where the targets at these rows do not vary.
/// @param predict the posterior's prediction of rows; few draws will do
double explained_share(const TrainingData& data, const std::function<JointPrediction(const Matrix& rows)>& predict);

/// Below this share a fit counts as collapsed: the divergence from the prior has outweighed the data, and the posterior
/// stays at the prior (posterior collapse, over-pruning; Trippe & Turner 2018).
constexpr double kCollapsedShare = 0.05;

/// The warning of a collapsed fit, or nothing.  @param kl_per_weight from the prior, nats, where it is known
std::vector<std::string> collapse_warnings(double explained_share, std::optional<double> kl_per_weight = {});

}  // namespace predcorr::models
