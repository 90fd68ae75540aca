// SPDX-License-Identifier: Apache-2.0
#include "harness/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <cstdio>

#include "core/base/text.hpp"
#include "results/text/plain_text.hpp"

namespace predcorr {
namespace {

constexpr std::size_t kReminder = 200;  // bytes of an error that was told before

}  // namespace

std::string duration_in_words(double seconds) {
  const auto s = static_cast<std::int64_t>(std::llround(seconds));
  if (s < 60) return fmt::format("{} s", s);
  if (s < 3600) return fmt::format("{} min {:02} s", s / 60, s % 60);
  return fmt::format("{} h {:02} min", s / 3600, s / 60 % 60);
}

Progress::Progress(int to_do, int done_before, bool quiet)
    : quiet_(quiet), live_(!quiet && isatty(STDERR_FILENO) == 1), to_do_(to_do), done_before_(done_before) {
  if (done_before_ > 0) print(fmt::format("{} cells done before, {} to do\n", done_before_, to_do_));
  if (!live_ || to_do_ == 0) return;
  ticker_ = std::jthread([this](std::stop_token stop) {
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, stop, std::chrono::seconds(1), [&] { return stop.stop_requested(); })) draw();
  });
}

void Progress::print(const std::string& text) const {
  if (quiet_) return;
  std::fputs(text.c_str(), stderr);
  std::fflush(stderr);
}

Progress::~Progress() {
  ticker_ = {};
  if (live_ && to_do_ > 0) print("\n");
  for (const auto& [pattern, error] : errors_)
    if (error.cells > 1)
      print(fmt::format("FAILED {} cells with the same error, {} and {} more: {}\n", error.cells, error.first_cell,
                        error.cells - 1, error.reminder));
}

std::string Progress::time_left() const {
  const int finished = done_ + failed_;
  if (finished == 0) return "?";
  const double elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  return duration_in_words(elapsed / finished * (to_do_ - finished));
}

void Progress::draw() {
  if (live_)
    print(fmt::format("\r\x1b[K{} of {} cells done, {} failed, {} running, {} left", done_, to_do_, failed_, running_,
                      time_left()));
}

void Progress::note(const std::string& line) {
  const std::lock_guard lock(mutex_);
  print(fmt::format("{}{}\n", live_ ? "\r\x1b[K" : "", line));
  draw();
}

void Progress::started() {
  const std::lock_guard lock(mutex_);
  ++running_;
  draw();
}

void Progress::finished(const std::string& cell, const Record& record) {
  const std::lock_guard lock(mutex_);
  --running_;
  ++(record.failed ? failed_ : done_);
  if (record.failed) tell_failure(cell, record);
  if (!live_)
    print(fmt::format("[{}/{}] {} {} in {:.1f} s\n", done_ + failed_, to_do_, printable_line(cell),
                      record.failed ? "failed" : "done", record.cost.fit_seconds + record.cost.predict_seconds));
  draw();
}

void Progress::tell_failure(const std::string& cell, const Record& record) {
  Told& error = errors_[without_numbers(record.failure_reason)];
  if (++error.cells > 1) return;
  error.first_cell = printable_line(cell);
  error.reminder = printable_line(shortened(record.failure_reason, kReminder));
  print(fmt::format("{}FAILED {}: {}\n", live_ ? "\r\x1b[K" : "", error.first_cell,
                    printable(shortened(record.failure_reason, kLongestMessage))));
}

void Progress::given_up() {
  const std::lock_guard lock(mutex_);
  --running_;
  draw();
}

}  // namespace predcorr
