// SPDX-License-Identifier: Apache-2.0
#include "core/base/reading_folder.hpp"

#include <system_error>

namespace predcorr {
namespace fs = std::filesystem;
namespace {

thread_local const ReadingFolder* latest = nullptr;

}  // namespace

ReadingFolder::ReadingFolder(fs::path folder) : folder_(std::move(folder)), before_(latest) { latest = this; }
ReadingFolder::~ReadingFolder() { latest = before_; }

fs::path find_beside(const std::string& name) {
  if (name.empty()) return {};
  for (const fs::path& folder : {latest != nullptr ? latest->folder_ : fs::path(), fs::path()}) {
    std::error_code status;
    const fs::path file = folder / name;  // an absolute name stays as it is
    if (fs::is_regular_file(file, status)) return fs::absolute(file);
  }
  return {};
}

}  // namespace predcorr
