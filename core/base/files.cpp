// SPDX-License-Identifier: Apache-2.0
#include "core/base/files.hpp"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "core/base/error.hpp"

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

fs::path parent_of(const fs::path& file) { return file.has_parent_path() ? file.parent_path() : fs::path("."); }

constexpr std::string_view kEnding = ".tmp";
constexpr std::size_t kRandomDigits = 16;

/// ".NAME.<16 random hexadecimal digits>.tmp". The randomness is the system's: it decides no number of any result.
std::string temporary_name(const fs::path& file) {
  std::uint64_t random = 0;
  require(::getrandom(&random, sizeof random, 0) == sizeof random, ErrorKind::io,
          "{}: cannot be written: the system gives no random name: {}", file.string(), std::strerror(errno));
  constexpr std::size_t kLongest = 200;  // file systems allow 255 bytes, and libzip appends some
  return fmt::format(".{}.{:016x}{}", file.filename().string().substr(0, kLongest), random, kEnding);
}

/// Whether it is of the above form, or what libzip makes of it while it writes: six more characters after a dot.
bool is_temporary_name(std::string_view name) {
  if (name.size() > 7 && name[name.size() - 7] == '.' && !name.ends_with(kEnding)) name.remove_suffix(7);
  if (!name.starts_with('.') || !name.ends_with(kEnding)) return false;
  name.remove_suffix(kEnding.size());
  if (name.size() < kRandomDigits + 3) return false;
  const std::string_view digits = name.substr(name.size() - kRandomDigits);
  return name[name.size() - kRandomDigits - 1] == '.' &&
         digits.find_first_not_of("0123456789abcdef") == std::string_view::npos;
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

AtomicFile::AtomicFile(fs::path file) : file_(std::move(file)) {
  for (int attempt = 0;; ++attempt) {
    temporary_ = parent_of(file_) / temporary_name(file_);
    descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (descriptor_ >= 0) return;
    require(errno == EEXIST && attempt < 10, ErrorKind::io, "{}: cannot be written: {}", file_.string(),
            std::strerror(errno));
  }
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  std::error_code ignored;
  if (!done_) fs::remove(temporary_, ignored);
}

void AtomicFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    require(written > 0, ErrorKind::io, "{}: cannot be written: {}", file_.string(),
            written < 0 ? std::strerror(errno) : "nothing is taken any more");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void AtomicFile::close() {
  if (descriptor_ < 0) return;
  // Some file systems tell only now that a write has failed. The descriptor is gone in any case.
  const int status = ::close(std::exchange(descriptor_, -1));
  require(status == 0 || errno == EINTR, ErrorKind::io, "{}: cannot be written: {}", file_.string(),
          std::strerror(errno));
}

void AtomicFile::flush() {
  if (flushed_) return;
  close();
  flush_to_disk(temporary_);  // by name: a writer may have put another file there
  flushed_ = true;
}

void AtomicFile::put_in_place() {
  flush();
  std::error_code status;
  fs::rename(temporary_, file_, status);
  require(!status, ErrorKind::io, "{}: cannot be put in place: {}", file_.string(), status.message());
  done_ = true;
  flush_to_disk(parent_of(file_));
}

void write_atomically(const fs::path& file, const std::function<void(const fs::path&)>& write) {
  AtomicFile whole(file);
  write(whole.temporary());
  std::error_code status;
  const auto bytes = fs::file_size(whole.temporary(), status);
  require(!status && bytes > 0, ErrorKind::io, "{}: nothing was written", file.string());
  whole.put_in_place();
}

void write_text_atomically(const fs::path& file, std::string_view text) {
  AtomicFile whole(file);
  whole.write(text);
  whole.put_in_place();
}

int remove_stale_temporaries(const fs::path& folder, std::chrono::seconds age) {
  const auto before = fs::file_time_type::clock::now() - age;
  int removed = 0;
  std::error_code status;
  for (const auto& entry : fs::directory_iterator(folder, status)) {
    if (!is_temporary_name(entry.path().filename().string())) continue;
    if (entry.symlink_status(status).type() != fs::file_type::regular) continue;
    const auto written = entry.last_write_time(status);
    if (!status && written < before && fs::remove(entry.path(), status)) ++removed;
  }
  return removed;
}

fs::path make_temporary_folder(const fs::path& folder) {
  for (int attempt = 0;; ++attempt) {
    const fs::path temporary = parent_of(folder) / temporary_name(folder);
    if (::mkdir(temporary.c_str(), 0777) == 0) return temporary;
    require(errno == EEXIST && attempt < 10, ErrorKind::io, "{}: the folder cannot be made: {}", temporary.string(),
            std::strerror(errno));
  }
}

void make_folder(const fs::path& folder) {
  std::error_code status;
  fs::create_directories(folder, status);
  require(!status && fs::is_directory(folder), ErrorKind::io, "{}: the folder cannot be made: {}", folder.string(),
          status ? status.message() : "a file of that name is in the way");
}

ResultFolder::ResultFolder(fs::path folder, std::string inner)
    : folder_(std::move(folder)), inner_(std::move(inner)), is_new_(!fs::exists(folder_)) {
  make_folder(folder_);
}

ResultFolder::~ResultFolder() {
  if (!is_new_) return;
  std::error_code ignored;  // a folder with something in it is not removed
  if (!inner_.empty()) fs::remove(folder_ / inner_, ignored);
  fs::remove(folder_, ignored);
}
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
