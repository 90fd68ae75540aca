// SPDX-License-Identifier: Apache-2.0
#include "core/linalg.hpp"

#include <numeric>

namespace predcorr {

Rows consecutive_rows(Index first, Index count) {
  Rows rows(static_cast<std::size_t>(count));
  std::iota(rows.begin(), rows.end(), first);
  return rows;
}

Rows joined(const Rows& a, const Rows& b) {
  Rows both = a;
  both.insert(both.end(), b.begin(), b.end());
  return both;
}

}  // namespace predcorr
