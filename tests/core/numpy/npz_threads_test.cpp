// SPDX-License-Identifier: Apache-2.0
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <exception>
#include <thread>

#include "core/numpy/npz.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

namespace predcorr::test {
namespace {

/// Two threads write the first archives of their process at the same moment. @return whether both succeeded
bool write_together(const std::filesystem::path& folder) {
  std::atomic<int> waiting{2};
  std::atomic<bool> written{true};
  const auto write = [&](const char* name) {
    const Index value = 1;
    NpzWriter writer;
    writer.add("value", value);
    --waiting;
    while (waiting > 0) {
    }
    try {
      writer.save(folder / name);
    } catch (const std::exception&) {
      written = false;
    }
  };
  std::thread other(write, "other.npz");
  write("one.npz");
  other.join();
  return written;
}

// libzip fills a table on its first use without a lock; about one process in 150 failed.
TEST_CASE("the first archives of a process may be written by two threads at once", "[npz]") {
  const TemporaryFolder folder;
  for (int process = 0; process < 1000; ++process) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) ::_exit(write_together(folder.path()) ? 0 : 1);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(status == 0);
  }
}

}  // namespace
}  // namespace predcorr::test
