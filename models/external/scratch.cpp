// SPDX-License-Identifier: Apache-2.0
#include "models/external/scratch.hpp"

#include <stdlib.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

#include "core/base/error.hpp"

namespace predcorr::models {
namespace fs = std::filesystem;
namespace {

struct Root {
  fs::path path;
  Root() {
    std::error_code status;
    const fs::path parent = fs::temp_directory_path(status);
    require(!status, ErrorKind::io, "there is no temporary folder: {}; set TMPDIR to one", status.message());
    std::string pattern = (parent / "predcorr-XXXXXX").string();
    require(::mkdtemp(pattern.data()) != nullptr, ErrorKind::io,
            "{}: no temporary folder can be made there: {}; set TMPDIR to another", parent.string(),
            std::strerror(errno));
    path = pattern;
  }
  ~Root() {
    std::error_code ignored;
    keeps_scratch() ? fs::remove(path, ignored) : fs::remove_all(path, ignored) > 0;
  }
};

}  // namespace

bool keeps_scratch() {
  const char* value = std::getenv("PREDCORR_KEEP");
  return value != nullptr && *value != '\0';
}

const fs::path& scratch_root() {
  static const Root root;
  return root.path;
}

ScratchFolder::ScratchFolder() {
  static std::atomic<int> count = 0;
  path_ = scratch_root() / fmt::format("fit-{}", ++count);
  std::error_code status;
  fs::create_directory(path_, status);
  require(!status, ErrorKind::io, "{}: the folder cannot be made: {}", path_.string(), status.message());
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  if (!keeps_scratch()) fs::remove_all(path_, ignored);
}

}  // namespace predcorr::models
