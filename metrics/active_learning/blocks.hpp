// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "core/base/parallel.hpp"

namespace predcorr::metrics {

/// Calls body(first, count) for rows 0..rows-1 in blocks of `block`, on idle threads.
template <class Body>
void parallel_for_blocks(Index rows, Index block, const Body& body) {
  parallel_for((rows + block - 1) / block, [&](Index b) { body(b * block, std::min(block, rows - b * block)); });
}

}  // namespace predcorr::metrics
