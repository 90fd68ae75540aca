// SPDX-License-Identifier: Apache-2.0
#include "harness/suites/installation.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/install_paths.hpp"
#include "core/base/text.hpp"

namespace predcorr {
namespace fs = std::filesystem;

std::vector<fs::path> shipped_suite_folders() { return shipped_folders("suites", "harness/suites"); }

fs::path find_references(const std::string& title_or_folder) {
  const auto is_pool = [](const fs::path& folder) { return fs::is_regular_file(folder / "pool.json"); };
  if (is_pool(title_or_folder)) return title_or_folder;
  std::vector<fs::path> folders = shipped_folders("references", "results/references");
  folders.insert(folders.begin(), fs::path("results") / "references");
  std::vector<std::string> known;
  for (const fs::path& folder : folders) {
    if (!fs::is_directory(folder)) continue;
    if (is_pool(folder / title_or_folder)) return folder / title_or_folder;
    for (const auto& entry : fs::directory_iterator(folder))
      if (const std::string title = entry.path().filename().string(); is_pool(entry.path()) && !contains(known, title))
        known.push_back(title);
  }
  std::sort(known.begin(), known.end());
  fail(ErrorKind::io, "no pool of references '{}': neither a folder with pool.json, nor one that comes with predcorr{}",
       title_or_folder, suggestion(title_or_folder, known));
}

}  // namespace predcorr
