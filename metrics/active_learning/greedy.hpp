// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "metrics/active_learning/criterion.hpp"

namespace predcorr::metrics {

/// One pick after another, each the best given those before; ties to the lower position. A pick's gain is its score.
/// @param scores of all pool points given the picks so far; -infinity for those that cannot be picked
/// @param take called with each pick but the last, and its score
/// @throws Error (numerical) in the name of `criterion` where no point can be picked
Selection pick_greedily(const std::string& criterion, Index batch, const std::function<Vector()>& scores,
                        const std::function<void(Index, double)>& take);

}  // namespace predcorr::metrics
