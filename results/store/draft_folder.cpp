// SPDX-License-Identifier: Apache-2.0
#include "results/store/draft_folder.hpp"

#include <system_error>

#include "core/base/error.hpp"
#include "core/base/files.hpp"

namespace predcorr {

DraftFolder::DraftFolder(const std::filesystem::path& final) : final_(final), draft_(make_temporary_folder(final)) {}

DraftFolder::~DraftFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(draft_, ignored);
}

void DraftFolder::put_in_place() const {
  std::error_code status;
  std::filesystem::rename(draft_, final_, status);
  require(!status, ErrorKind::io, "{}: cannot be put in place: {}", final_.string(), status.message());
}

}  // namespace predcorr
