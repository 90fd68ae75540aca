// SPDX-License-Identifier: Apache-2.0
#include "core/base/install_paths.hpp"

#include <system_error>

namespace predcorr {
namespace fs = std::filesystem;

std::vector<fs::path> shipped_folders(const std::string& name, const std::string& source) {
  std::vector<fs::path> folders;
  std::error_code status;
  const fs::path program = fs::read_symlink("/proc/self/exe", status);
  if (!status) {
    folders.push_back(program.parent_path().parent_path() / "share" / "predcorr" / name);
    // A build lies in a folder of its checkout, as a rule two or three deep.
    fs::path folder = program.parent_path();
    for (int up = 0; up < 4 && folder.has_relative_path(); ++up) {
      folder = folder.parent_path();
      if (fs::is_regular_file(folder / "core/base/version.hpp", status)) folders.push_back(folder / source);
    }
  }
  folders.push_back(fs::path(PREDCORR_SOURCE_DIR) / source);
  return folders;
}

}  // namespace predcorr
