// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>

namespace predcorr {

/// Whether the user wants an end (Ctrl-C). Set by the program's signal handler; what waits for others looks at it a few
/// times a second, and gives up. One for the whole process, as signals are.
std::atomic<bool>& interruption();

}  // namespace predcorr
