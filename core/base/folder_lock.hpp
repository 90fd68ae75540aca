// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace predcorr {

/// While it lives, no other FolderLock of the same folder lives, in this process or another that asks for one (flock of
/// the folder itself: no file is made, and the system takes it back from a process that dies). Where the file system
/// has no locks it holds nobody off.
class FolderLock {
 public:
  /// Waits. @throws Error (io) if the folder cannot be opened
  explicit FolderLock(const std::filesystem::path& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int descriptor_;
};

}  // namespace predcorr
