// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

namespace predcorr {

/// A point of two coordinates, lower is better in both.
struct ParetoPoint {
  double first = 0, second = 0;
};

/// Whether a is as good as b in both coordinates and better in one. Equal points do not dominate each other.
bool dominates(const ParetoPoint& a, const ParetoPoint& b);

/// The points that no other dominates, by index in the order given. Every other point is dominated by one of them.
/// @throws Error (numerical) if a coordinate is not finite
/// Cost: n log n.  Source: Kung, Luccio & Preparata 1975, Journal of the ACM 22:469-476.
std::vector<std::size_t> pareto_front(const std::vector<ParetoPoint>& points);

}  // namespace predcorr
