// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "core/linalg.hpp"

namespace predcorr::metrics {

/// Ranks 1..n, smallest value first; equal values share their average rank. Many values are dealt into buckets and
/// sorted there by radix, on all idle threads. Cost: n log n for few, some 20 ns per value and thread for many, and 32
/// bytes each.
Vector average_ranks(const Eigen::Ref<const Vector>& values);

/// Pearson's correlation; nothing where either side does not vary (it is then 0 / 0). Cost: n.
std::optional<double> pearson(const Eigen::Ref<const Vector>& a, const Eigen::Ref<const Vector>& b);

/// Spearman's: Pearson's of the average ranks.
std::optional<double> spearman(const Eigen::Ref<const Vector>& a, const Eigen::Ref<const Vector>& b);

}  // namespace predcorr::metrics
