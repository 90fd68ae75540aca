// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "core/base/error.hpp"
#include "core/base/files.hpp"

namespace predcorr {

/// A folder among the temporary files, gone with it.
class ScratchFolder {
 public:
  /// @param name what its name begins with  @param command for messages: "--pilot"
  /// @throws Error (io) where there is no place for temporary files
  ScratchFolder(const std::string& name, const std::string& command) {
    std::error_code status;
    const std::filesystem::path all = std::filesystem::temp_directory_path(status);
    require(!status, ErrorKind::io, "{}: there is no folder for temporary files: {}; set TMPDIR to one", command,
            status.message());
    path_ = make_temporary_folder(all / name);
  }
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace predcorr
