// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace predcorr {

/// A folder in the making: gone again, with all that is in it, unless it is put in place. So a folder of many files is
/// there whole or not at all.
class DraftFolder {
 public:
  /// @param final what it is to become; the draft lies beside it  @throws Error (io)
  explicit DraftFolder(const std::filesystem::path& final);
  ~DraftFolder();
  DraftFolder(const DraftFolder&) = delete;
  DraftFolder& operator=(const DraftFolder&) = delete;

  const std::filesystem::path& path() const { return draft_; }

  /// Gives it its name.  @throws Error (io), where there is something of that name, say
  void put_in_place() const;

 private:
  std::filesystem::path final_, draft_;
};

}  // namespace predcorr
