// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

namespace predcorr {

/// While it lives, files named in what this thread reads (a suite's parameters, say) are first looked for in `folder`.
/// A model knows its parameters but not the file they came from; this tells it. The latest one counts.
class ReadingFolder {
 public:
  explicit ReadingFolder(std::filesystem::path folder);
  ~ReadingFolder();
  ReadingFolder(const ReadingFolder&) = delete;
  ReadingFolder& operator=(const ReadingFolder&) = delete;

 private:
  std::filesystem::path folder_;
  const ReadingFolder* before_;
  friend std::filesystem::path find_beside(const std::string& name);
};

/// Where the file of this name is: the absolute path of a regular file in the folder being read from, else in the
/// working folder; empty where there is none in either.
std::filesystem::path find_beside(const std::string& name);

}  // namespace predcorr
