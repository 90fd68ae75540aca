// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/base/matrix.hpp"
#include "core/base/stream.hpp"

namespace predcorr {

/// Whether values differ by more than rounding: by more than 32 units in the last place of the largest magnitude, as
/// 0.1 + 0.2 and 0.3 do not, and 1e9 and 1e9 + 0.4 do.  Cost: n.
bool varies(const Eigen::Ref<const Vector>& values);

/// The one rule for what can be learned from: at least 2 rows, whose targets differ by more than rounding. Where they
/// do not, nothing says how far targets vary, and every standard deviation would be made up.
/// @param subject what messages begin with  @throws Error (data)
void require_varying_targets(const Eigen::Ref<const Vector>& targets, const std::string& subject);

/// `count` rows drawn at random, in random order, for what is learned from some of the rows. Where they are equal
/// though not all are, the last one gives way to the row that differs most.  @param count at least 2, at most
/// targets.size()
Rows varied_rows(const Vector& targets, Index count, Stream stream);

}  // namespace predcorr
