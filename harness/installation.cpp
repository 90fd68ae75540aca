// SPDX-License-Identifier: Apache-2.0
#include "harness/installation.hpp"

#include <system_error>

namespace predcorr {

std::vector<std::filesystem::path> shipped_suite_folders() {
  std::error_code status;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", status);
  std::vector<std::filesystem::path> folders;
  if (!status) folders.push_back(program.parent_path().parent_path() / "share" / "predcorr" / "suites");
  folders.emplace_back(PREDCORR_SOURCE_SUITES);
  return folders;
}

}  // namespace predcorr
