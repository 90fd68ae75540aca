// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace predcorr {

/// The whole file. @throws Error (io), also for what is no regular file, and for more than 1 GiB
std::string read_text_file(const std::filesystem::path& file);

/// Writes a file so that it is there whole or not at all, even if the program is killed or the disk is full:
/// `write` fills a temporary name in the same folder, which is flushed to disk and then renamed.
/// The temporary file is removed when anything goes wrong.  @throws Error (io), or what `write` throws
void write_atomically(const std::filesystem::path& file,
                      const std::function<void(const std::filesystem::path&)>& write);

/// The same for text at hand.
void write_text_atomically(const std::filesystem::path& file, std::string_view text);

/// Makes the folder and its parents. @throws Error (io)
void make_folder(const std::filesystem::path& folder);

}  // namespace predcorr
