// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <optional>

#include "core/base/matrix.hpp"

namespace predcorr::metrics {

/// Correlations that are closer than this are equal: what is left between them is rounding.
inline constexpr double kTie = 1e-9;

/// What counts as equal: from the smallest value on, all that exceed it by at most `absolute` + `relative` times its
/// size; then anew from the first that does not. So no group of equal values is wider than that, and none hangs
/// together by a chain of small steps.
struct Ties {
  double absolute = 0, relative = 0;

  bool apart(double smaller, double larger) const {
    return larger > smaller + (absolute + (relative > 0 ? relative * std::abs(smaller) : 0));
  }
};

/// Whether some values are apart. Cost: n.
bool varies(const Eigen::Ref<const Vector>& values, Ties ties);

/// Ranks 1..n, smallest value first; equal values share their average rank. Many values are dealt into buckets and
/// sorted there by radix, on all idle threads. Cost: n log n for few, some 20 ns per value and thread for many, and 32
/// bytes each.
Vector average_ranks(const Eigen::Ref<const Vector>& values, Ties ties = {});

/// Pearson's correlation, at any scale of either side; nothing where one does not vary (it is then 0 / 0). Cost: n.
std::optional<double> pearson(const Eigen::Ref<const Vector>& a, const Eigen::Ref<const Vector>& b);

/// Spearman's: Pearson's of the average ranks.
std::optional<double> spearman(const Eigen::Ref<const Vector>& a, const Eigen::Ref<const Vector>& b, Ties ties = {});

}  // namespace predcorr::metrics
