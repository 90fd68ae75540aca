// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

namespace predcorr {

/// Where a score stands between a floor (0) and a ceiling (1): (value - floor) / (ceiling - floor). Either may be the
/// larger, so that 1 is best for scores of both directions; a value beyond them is below 0 or above 1.
/// @param floor what anybody reaches, such as `constant`'s score  @param ceiling what can be reached, such as
/// `oracle`'s
/// @return nothing where floor and ceiling differ by no more than 1e-12 of the larger, which rounding alone may do
/// @throws Error (numerical) if a number is not finite, or the result is not
std::optional<double> normalised_score(double value, double floor, double ceiling);

}  // namespace predcorr
