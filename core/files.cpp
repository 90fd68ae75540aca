// SPDX-License-Identifier: Apache-2.0
#include "core/files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <system_error>

#include "core/error.hpp"
#include "core/regular_file.hpp"

namespace predcorr {
namespace fs = std::filesystem;
namespace {

void flush_to_disk(const fs::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY);
  require(descriptor >= 0, ErrorKind::io, "{}: cannot be opened: {}", path.string(), std::strerror(errno));
  const bool flushed = ::fsync(descriptor) == 0;
  const int reason = errno;
  ::close(descriptor);
  // Some file systems cannot fsync a folder; the rename is then as durable as they make it.
  require(flushed || reason == EINVAL, ErrorKind::io, "{}: cannot be flushed to disk: {}", path.string(),
          std::strerror(reason));
}

}  // namespace

std::string read_text_file(const fs::path& file) {
  constexpr std::uint64_t kLargestText = std::uint64_t{1} << 30;  // tables take up to ten times as much when read
  const std::uint64_t bytes = check_regular_file(file);
  require(bytes <= kLargestText, ErrorKind::io, "{}: has {} bytes; text is read of up to {} (1 GiB); take a part of it",
          file.string(), bytes, kLargestText);
  std::ifstream in(file, std::ios::binary);
  require(in.good(), ErrorKind::io, "{}: cannot be opened: {}", file.string(), std::strerror(errno));
  std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  require(!in.bad(), ErrorKind::io, "{}: reading failed: {}", file.string(), std::strerror(errno));
  return text;
}

void write_atomically(const fs::path& file, const std::function<void(const fs::path&)>& write) {
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  const fs::path temporary = folder / fmt::format(".{}.{}.tmp", file.filename().string(), ::getpid());
  try {
    write(temporary);
    flush_to_disk(temporary);
    std::error_code status;
    fs::rename(temporary, file, status);
    require(!status, ErrorKind::io, "{}: cannot be put in place: {}", file.string(), status.message());
    flush_to_disk(folder);
  } catch (...) {
    std::error_code ignored;
    fs::remove(temporary, ignored);
    throw;
  }
}

void write_text_atomically(const fs::path& file, std::string_view text) {
  write_atomically(file, [&](const fs::path& temporary) {
    errno = 0;
    std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
    out.write(text.data(), static_cast<std::streamsize>(text.size()));
    out.close();
    require(!out.fail(), ErrorKind::io, "{}: cannot be written: {}", file.string(), std::strerror(errno));
  });
}

void make_folder(const fs::path& folder) {
  std::error_code status;
  fs::create_directories(folder, status);
  require(!status && fs::is_directory(folder), ErrorKind::io, "{}: the folder cannot be made: {}", folder.string(),
          status ? status.message() : "a file of that name is in the way");
}

}  // namespace predcorr
