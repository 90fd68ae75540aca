// SPDX-License-Identifier: Apache-2.0
#include "core/base/folder_lock.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <optional>
#include <thread>

#include "core/base/files.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

TEST_CASE("One lock of a folder lives at a time, among threads and among processes", "[core]") {
  const test::TemporaryFolder folder;
  const auto counter = folder / "counter";
  write_text_atomically(counter, "0");
  const auto count = [&] {  // a read and a write, which lose a step where another's come between
    for (int i = 0; i < 25; ++i) {
      const FolderLock alone(folder.path());
      write_text_atomically(counter, std::to_string(std::stoi(read_text_file(counter)) + 1));
    }
  };
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    count();
    ::_exit(0);
  }
  std::thread other(count);
  count();
  other.join();
  int status = 1;
  ::waitpid(child, &status, 0);
  CHECK(status == 0);
  CHECK(read_text_file(counter) == "75");
  CHECK(test::entries(folder) == 1);  // no lock file is left
}

TEST_CASE("A folder that is not there cannot be locked", "[core]") {
  const test::TemporaryFolder folder;
  CHECK(test::missing(test::error_of([&] { FolderLock(folder / "nowhere"); }), {"io: ", "nowhere"}) == "");
}

}  // namespace
}  // namespace predcorr
