// SPDX-License-Identifier: Apache-2.0
#include "core/base/files.hpp"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <set>
#include <thread>

#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

/// What the library asks of the disk, in order, while `watching`: it calls these in place of the C library's.
static std::vector<std::string> disk_calls;
static bool watching = false;

extern "C" int fsync(int descriptor) {
  struct stat about {};
  if (watching && ::fstat(descriptor, &about) == 0)
    disk_calls.push_back(S_ISDIR(about.st_mode) ? "flush folder" : "flush file");
  return static_cast<int>(::syscall(SYS_fsync, descriptor));
}
extern "C" int rename(const char* from, const char* to) noexcept {
  if (watching) disk_calls.push_back("rename");
  return static_cast<int>(::syscall(SYS_rename, from, to));
}

namespace predcorr {
namespace {

namespace fs = std::filesystem;
using test::error_of;
using test::missing;

TEST_CASE("A text file is read byte for byte", "[core]") {
  const test::TemporaryFolder folder;
  const std::string bytes("a\r\nb\0c\n\xFF", 8);
  CHECK(read_text_file(test::written(folder, "bytes", bytes)) == bytes);
  CHECK(read_text_file(test::written(folder, "empty", "")).empty());
}

TEST_CASE("Unreadable files are io errors with their name", "[core]") {
  const test::TemporaryFolder folder;
  const fs::path absent = folder / "absent.txt";
  CHECK(missing(error_of([&] { read_text_file(absent); }), {"io: ", absent.string(), "No such file"}) == "");
  CHECK(missing(error_of([&] { read_text_file(folder.path()); }), {"io: ", folder.path().string(), "folder"}) == "");
}

TEST_CASE("An atomic write replaces the file and leaves nothing else", "[core]") {
  const test::TemporaryFolder folder;
  const fs::path file = folder / "result.json";
  write_text_atomically(file, "first, and longer than what follows");
  write_text_atomically(file, "second");
  CHECK(read_text_file(file) == "second");
  CHECK(test::entries(folder) == 1);
}

TEST_CASE("The file is not there before the writer is done", "[core]") {
  const test::TemporaryFolder folder;
  const fs::path file = folder / "result.json";
  bool seen_early = true;
  fs::path written_to;
  write_atomically(file, [&](const fs::path& temporary) {
    std::ofstream(temporary) << "whole";
    written_to = temporary;
    seen_early = fs::exists(file);
  });
  CHECK_FALSE(seen_early);
  CHECK(written_to.parent_path() == file.parent_path());
  CHECK(written_to != file);
  CHECK(read_text_file(file) == "whole");
  CHECK(test::entries(folder) == 1);
}

TEST_CASE("A writer that throws leaves nothing, or what was there", "[core]") {
  const test::TemporaryFolder folder;
  const fs::path file = folder / "result.json";
  const auto half_written = [](const fs::path& temporary) {
    std::ofstream(temporary) << "half";
    throw std::runtime_error("disk on fire");
  };
  CHECK_THROWS_AS(write_atomically(file, half_written), std::runtime_error);
  CHECK(test::entries(folder) == 0);
  write_text_atomically(file, "old");
  CHECK_THROWS_WITH(write_atomically(file, half_written), "disk on fire");
  CHECK(read_text_file(file) == "old");
  CHECK(test::entries(folder) == 1);
}

TEST_CASE("A writer that writes nothing is an error", "[core]") {
  const test::TemporaryFolder folder;
  const fs::path file = folder / "result.json";
  CHECK(missing(error_of([&] { write_atomically(file, [](const fs::path&) {}); }), {"io: ", "result.json"}) == "");
  CHECK(test::entries(folder) == 0);
}

/// Files of this process may not grow beyond so many bytes, as on a disk that is full.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    before_handler_ = ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit now{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &now);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, before_handler_);
  }

 private:
  rlimit before_{};
  void (*before_handler_)(int);
};

TEST_CASE("A write that the disk does not take is an error, and leaves what was there", "[core]") {
  const test::TemporaryFolder folder;
  const fs::path file = folder / "result.json";
  write_text_atomically(file, "old");
  std::string error;
  {
    const FileSizeLimit limit(1000);
    error = error_of([&] { write_text_atomically(file, std::string(1001, 'x')); });
    write_text_atomically(folder / "small", std::string(1000, 'x'));
  }
  CHECK(missing(error, {"io: ", file.string(), "cannot be written", "too large"}) == "");
  CHECK(read_text_file(file) == "old");
  CHECK(fs::file_size(folder / "small") == 1000);
  CHECK(test::entries(folder) == 2);
}

TEST_CASE("A file is flushed before it gets its name, and its folder after that", "[core]") {
  const test::TemporaryFolder folder;
  const bool text = GENERATE(true, false);
  disk_calls.clear();
  watching = true;
  if (text)
    write_text_atomically(folder / "a", "x");
  else
    write_atomically(folder / "a", [](const fs::path& temporary) { std::ofstream(temporary) << "x"; });
  watching = false;
  CHECK(disk_calls == std::vector<std::string>{"flush file", "rename", "flush folder"});
}

TEST_CASE("Another name of a file keeps the old bytes", "[core]") {
  const test::TemporaryFolder folder;
  write_text_atomically(folder / "a", "old");
  fs::create_hard_link(folder / "a", folder / "b");
  write_text_atomically(folder / "a", "new");
  CHECK(read_text_file(folder / "a") == "new");
  CHECK(read_text_file(folder / "b") == "old");
}

TEST_CASE("A link in the file's place is replaced, never followed", "[core]") {
  const test::TemporaryFolder folder;
  write_text_atomically(folder / "victim", "whole");
  fs::create_symlink(folder / "victim", folder / "a");
  write_text_atomically(folder / "a", "new");
  CHECK(read_text_file(folder / "victim") == "whole");
  CHECK(fs::is_regular_file(fs::symlink_status(folder / "a")));
}

TEST_CASE("Every writer has a temporary file of its own, which was not there before", "[core]") {
  const test::TemporaryFolder folder;
  std::set<std::string> names;
  for (int i = 0; i < 20; ++i)
    write_atomically(folder / "a", [&](const fs::path& temporary) {
      CHECK(fs::is_regular_file(fs::symlink_status(temporary)));
      CHECK(fs::file_size(temporary) == 0);
      CHECK(temporary.filename().string().find(std::to_string(::getpid())) == std::string::npos);
      names.insert(temporary.string());
      std::ofstream(temporary) << "x";
    });
  CHECK(names.size() == 20);
  const std::string longest(240, 'n');  // the temporary name is not too long for the file system
  write_text_atomically(folder / longest, "x");
  CHECK(read_text_file(folder / longest) == "x");
}

TEST_CASE("Writers of one file at one time leave one of their texts, whole", "[core]") {
  const test::TemporaryFolder folder;
  std::vector<std::thread> writers;
  for (char c = 'a'; c < 'i'; ++c)
    writers.emplace_back([&, c] {
      for (int i = 0; i < 20; ++i) write_text_atomically(folder / "a", std::string(5000, c));
    });
  for (std::thread& writer : writers) writer.join();
  const std::string text = read_text_file(folder / "a");
  CHECK(text == std::string(5000, text.at(0)));
  CHECK(test::entries(folder) == 1);
}

TEST_CASE("What killed writers left is removed once it is old, and nothing else", "[core]") {
  const test::TemporaryFolder folder;
  const auto made = [&](const std::string& name, int hours) {
    const fs::path file = test::written(folder, name, "x");
    fs::last_write_time(file, fs::file_time_type::clock::now() - std::chrono::hours(hours));
    return file;
  };
  const fs::path old = made(".a.json.0123456789abcdef.tmp", 2);
  const fs::path of_libzip = made(".a.npz.0123456789abcdef.tmp.Xy12zZ", 2);
  const fs::path recent = made(".b.json.0123456789abcdef.tmp", 0);
  const std::vector<fs::path> others = {made("a.json.0123456789abcdef.tmp", 2), made(".notes.tmp", 2),
                                        made(".a.0123456789abcdeg.tmp", 2), made(".0123456789abcdef.tmp", 2)};
  const fs::path link = folder / ".c.json.0123456789abcdef.tmp";
  fs::create_symlink(others[0], link);
  CHECK(remove_stale_temporaries(folder.path(), std::chrono::hours(1)) == 2);
  CHECK_FALSE(fs::exists(old));
  CHECK_FALSE(fs::exists(of_libzip));
  CHECK(fs::exists(recent));
  CHECK(fs::is_symlink(link));
  for (const fs::path& other : others) CHECK(fs::exists(other));
  CHECK(remove_stale_temporaries(folder / "nowhere", std::chrono::hours(1)) == 0);
}

TEST_CASE("Places that cannot be written to are io errors", "[core]") {
  const test::TemporaryFolder folder;
  const fs::path lost = folder / "no-such-folder" / "result.json";
  CHECK(missing(error_of([&] { write_text_atomically(lost, "x"); }), {"io: ", lost.string(), "No such file"}) == "");
  // A folder of the file's name is in the way of the rename.
  const fs::path taken = folder / "taken";
  make_folder(taken / "inside");
  CHECK(missing(error_of([&] { write_text_atomically(taken, "x"); }), {"io: ", taken.string()}) == "");
  CHECK(test::entries(folder) == 2);
}

TEST_CASE("Folders are made with their parents, again without harm", "[core]") {
  const test::TemporaryFolder folder;
  make_folder(folder / "a" / "b");
  make_folder(folder / "a" / "b");
  CHECK(fs::is_directory(folder / "a" / "b"));
  const fs::path file = test::written(folder, "file", "x");
  CHECK(missing(error_of([&] { make_folder(file); }), {"io: ", file.string(), "cannot be made"}) == "");
  CHECK(missing(error_of([&] { make_folder(file / "below"); }), {"io: ", "cannot be made"}) == "");
}

TEST_CASE("a folder for results is gone if none came, and if it was new", "[core]") {
  const test::TemporaryFolder at;
  const fs::path folder = at / "a/b";
  {
    const ResultFolder made(folder);
    CHECK(fs::is_directory(folder));
  }
  CHECK_FALSE(fs::exists(folder));
  {
    const ResultFolder made(folder, "cells");
    make_folder(folder / "cells");
  }
  CHECK_FALSE(fs::exists(folder));
  {
    const ResultFolder made(folder, "cells");
    make_folder(folder / "cells");
    write_text_atomically(folder / "cells" / "x", "1");
  }
  CHECK(fs::exists(folder / "cells" / "x"));
  fs::remove_all(folder);
  make_folder(folder);
  { const ResultFolder made(folder); }
  CHECK(fs::is_directory(folder));  // somebody else's
}

}  // namespace
}  // namespace predcorr
