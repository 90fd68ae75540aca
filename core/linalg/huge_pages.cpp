// SPDX-License-Identifier: Apache-2.0
#include "core/linalg/huge_pages.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>

namespace predcorr {

void prefer_huge_pages(const Eigen::Ref<const Matrix>& a) {
  prefer_huge_pages(a.data(), static_cast<std::size_t>(a.size()) * sizeof(double));
}

void prefer_huge_pages([[maybe_unused]] const void* data, [[maybe_unused]] std::size_t bytes) {
#ifdef MADV_HUGEPAGE
  constexpr std::uintptr_t kHugePage = std::uintptr_t{1} << 21;
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  const auto begin = reinterpret_cast<std::uintptr_t>(data);
  const auto end = begin + bytes;
  const std::uintptr_t first = (begin + page - 1) / page * page;
  if (end >= first + 2 * kHugePage)  // a refusal costs speed, nothing else
    (void)madvise(reinterpret_cast<void*>(first), end / page * page - first, MADV_HUGEPAGE);
#endif
}

}  // namespace predcorr
