// SPDX-License-Identifier: Apache-2.0
#include "core/base/matrix.hpp"

#include <Eigen/Core>
#include <numeric>

namespace predcorr {
namespace {

// Eigen blocks its products by the sizes of the caches it finds, and with the blocks change the order of summation and
// the last bits. Fixed sizes, common ones, give the same bits on every machine.
[[maybe_unused]] const bool cache_sizes_fixed = [] {
  Eigen::setCpuCacheSizes(32 << 10, 512 << 10, 8 << 20);
  return true;
}();

}  // namespace

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
