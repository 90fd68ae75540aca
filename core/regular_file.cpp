// SPDX-License-Identifier: Apache-2.0
#include "core/regular_file.hpp"

#include <system_error>

#include "core/error.hpp"

namespace predcorr {
namespace fs = std::filesystem;

std::uint64_t check_regular_file(const fs::path& file) {
  std::error_code status;
  const fs::file_type type = fs::status(file, status).type();
  require(type != fs::file_type::not_found, ErrorKind::io, "{}: cannot be opened: No such file or directory",
          file.string());
  require(type != fs::file_type::none, ErrorKind::io, "{}: cannot be opened: {}", file.string(), status.message());
  require(type != fs::file_type::directory, ErrorKind::io, "{}: is a folder, a file was expected", file.string());
  require(type == fs::file_type::regular, ErrorKind::io,
          "{}: is a pipe or a device; a regular file was expected: save there first what it gives", file.string());
  const std::uint64_t size = fs::file_size(file, status);
  require(!status, ErrorKind::io, "{}: cannot be read: {}", file.string(), status.message());
  return size;
}

}  // namespace predcorr
