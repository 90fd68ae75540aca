// SPDX-License-Identifier: Apache-2.0
#include "harness/progress.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <functional>

#include "core/base/files.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

using test::contains;

/// What is written to standard error meanwhile.
std::string told(const std::function<void()>& body) {
  const test::TemporaryFolder folder;
  const int before = ::dup(STDERR_FILENO), file = ::open((folder / "err").c_str(), O_WRONLY | O_CREAT, 0600);
  std::fflush(stderr);
  ::dup2(file, STDERR_FILENO);
  body();
  std::fflush(stderr);
  ::dup2(before, STDERR_FILENO);
  ::close(before);
  ::close(file);
  return read_text_file(folder / "err");
}

Record failed(const std::string& reason) {
  Record record;
  record.failed = true;
  record.failure_reason = reason;
  record.cost.fit_seconds = 1.25;
  record.cost.predict_seconds = 0.75;
  return record;
}

std::ptrdiff_t count(const std::string& text, const std::string& part) {
  std::ptrdiff_t n = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

TEST_CASE("an error is told once, and at the end how many cells had it", "[harness]") {
  const std::string text = told([] {
    Progress progress(38, 0, false);
    for (int seed = 1; seed <= 36; ++seed) {
      progress.started();
      progress.finished(fmt::format("toy gp seed {}", seed),
                        failed(fmt::format("out of luck in epoch {}", 100 / seed)));
    }
    progress.started();
    progress.finished("toy gp seed 37", failed("something else"));
    progress.started();
    progress.finished("toy gp seed 38", {});
  });
  CHECK(count(text, "out of luck in epoch 100") == 2);
  CHECK(count(text, "out of luck") == 2);
  CHECK(count(text, "something else") == 1);
  CHECK_THAT(text, contains("FAILED toy gp seed 1: out of luck in epoch 100\n") &&
                       contains("FAILED toy gp seed 37: something else\n"));
  CHECK_THAT(text,
             contains("FAILED 36 cells with the same error, toy gp seed 1 and 35 more: out of luck in epoch 100\n"));
  CHECK_THAT(
      text, contains("[36/38] toy gp seed 36 failed in 2.0 s\n") && contains("[38/38] toy gp seed 38 done in 0.0 s\n"));
}

TEST_CASE("what cells and errors are called is made fit for a terminal, and cut", "[harness]") {
  const std::string text = told([] {
    Progress progress(1, 0, false);
    progress.started();
    progress.finished("toy\n a\x1b[31mb seed 1", failed("\x1b[2J" + std::string(500000, 'x')));
  });
  CHECK_THAT(text, contains("FAILED toy\\n a\\u001b[31mb seed 1: \\u001b[2Jxxx") && contains("(500004 bytes in all)"));
  CHECK(text.size() < 6000);
  CHECK(text.find('\x1b') == std::string::npos);
}

}  // namespace
}  // namespace predcorr
