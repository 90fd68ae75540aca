// SPDX-License-Identifier: Apache-2.0
#include "core/base/interruption.hpp"

namespace predcorr {
namespace {

std::atomic<bool> requested = false;
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may set it");

}  // namespace

std::atomic<bool>& interruption() { return requested; }

}  // namespace predcorr
