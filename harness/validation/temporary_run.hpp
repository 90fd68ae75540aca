// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "core/base/error.hpp"
#include "results/store/draft_folder.hpp"

namespace predcorr {

/// A folder among the temporary files for runs that nobody keeps, gone with the result.
/// @param name what its name begins with  @param command for messages: "--pilot"
/// @throws Error (io) where there is no place for temporary files
inline DraftFolder temporary_run(const std::string& name, const std::string& command) {
  std::error_code status;
  const std::filesystem::path all = std::filesystem::temp_directory_path(status);
  require(!status, ErrorKind::io, "{}: there is no folder for temporary files: {}; set TMPDIR to one", command,
          status.message());
  return DraftFolder(all / name);
}

}  // namespace predcorr
