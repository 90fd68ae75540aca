// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace predcorr::models {

/// Whether files handed to external models are to be kept for a look at them: the environment variable PREDCORR_KEEP
/// is set to something.
bool keeps_scratch();

/// This run's own folder in the system's temporary folder ($TMPDIR), readable by its user alone. Made when first asked
/// for, gone when the program ends. @throws Error (io)
const std::filesystem::path& scratch_root();

/// A folder in it for the files of one fit, gone with this object unless keeps_scratch().
class ScratchFolder {
 public:
  ScratchFolder();  ///< @throws Error (io)
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace predcorr::models
