// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

namespace predcorr {

/// Holm's adjusted p-values: a test whose adjusted p is at most alpha may be believed, and the probability that any of
/// the tests believed is wrong stays at most alpha, however the tests depend on each other.
///
/// With p_(1) <= .. <= p_(m): adjusted p_(i) = min(1, max over k <= i of (m - k + 1) p_(k)). Never below p, in the
/// order of p, equal where p is.
///
/// @param p one for each test; an absent one is no test, stays absent, and does not count in m
/// @throws Error (numerical) if a p is not from 0 to 1  Cost: m log m
/// Source: Holm 1979, Scandinavian Journal of Statistics 6:65-70.
std::vector<std::optional<double>> holm(const std::vector<std::optional<double>>& p);

}  // namespace predcorr
