// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "core/base/matrix.hpp"

namespace predcorr {

/// Calls body(0) ... body(count - 1), on idle threads of the one oneTBB pool if there are any. Each call must write
/// only what is its own, so that results do not depend on the number of threads. An exception is rethrown here.
void parallel_for(Index count, const std::function<void(Index)>& body);

}  // namespace predcorr
