// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>

namespace predcorr {

/// Nothing but a regular file (or a link to one) is read: a folder has no text, a pipe may never get any, and a device
/// such as /dev/zero never ends. What a pipe gives is to be saved first.
/// @return its size in bytes  @throws Error (io)
std::uint64_t check_regular_file(const std::filesystem::path& file);

}  // namespace predcorr
