// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "models/bnn/engine/network.hpp"
#include "models/model.hpp"

namespace predcorr::models {

/// What a network is made smaller from, and what to: weights, operations of a row's forward pass and bytes, as
/// "NAME.weights.before" and the like. Biases and batch normalisation count as bytes alone; where weights have holes, a
/// weight's place is as many bytes as the weight.
Diagnostics size_record(const std::string& name, const Network& before, const Network& after);

}  // namespace predcorr::models
