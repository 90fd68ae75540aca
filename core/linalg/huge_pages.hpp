// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "core/base/matrix.hpp"

namespace predcorr {

/// Asks the system to keep a large matrix in huge pages, before it is first written to. Tiles of a matrix of a few
/// thousand rows touch more pages of 4 KiB than a processor remembers. Changes speed alone; does nothing for small
/// matrices and where the system has no such thing.
void prefer_huge_pages(const Eigen::Ref<const Matrix>& a);

/// The same for `bytes` from `data` on.
void prefer_huge_pages(const void* data, std::size_t bytes);

}  // namespace predcorr
