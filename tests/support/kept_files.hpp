// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/temporary_folder.hpp"

namespace predcorr::test {

/// Tells which files of a folder have been left alone since. Whatever writes a file anew puts another one in its place;
/// a second name for each old one keeps its number on the disk from being given to a new one.
class KeptFiles {
 public:
  /// @param folder in the folder for temporary files, where `extension`, with its dot, is that of the files
  KeptFiles(const std::filesystem::path& folder, const std::string& extension) {
    for (const auto& entry : std::filesystem::directory_iterator(folder))
      if (entry.path().extension() == extension) files_.push_back(entry.path());
    for (const auto& file : files_) std::filesystem::create_hard_link(file, second_name(file));
  }

  std::size_t all() const { return files_.size(); }

  /// How many are there that are the very same as before.
  std::size_t left_alone() const {
    std::size_t count = 0;
    for (const auto& file : files_)
      count += std::filesystem::exists(file) && std::filesystem::equivalent(file, second_name(file)) ? 1 : 0;
    return count;
  }

 private:
  std::filesystem::path second_name(const std::filesystem::path& file) const {
    return names_ / file.filename().string();
  }

  TemporaryFolder names_;
  std::vector<std::filesystem::path> files_;
};

}  // namespace predcorr::test
