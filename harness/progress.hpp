// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "results/store/record.hpp"

namespace predcorr {

/// "7 s", "2 min 05 s", "31 h 10 min".
std::string duration_in_words(double seconds);

/// Tells on standard error how a run is going: one live line on a terminal, a line for each finished cell elsewhere. An
/// error is told once, and at the end how many cells had it. Safe to call from any thread.
class Progress {
 public:
  /// @param to_do cells that are to run  @param done_before cells that an earlier run has done
  Progress(int to_do, int done_before, bool quiet);
  ~Progress();

  void started();
  void finished(const std::string& cell, const Record& record);
  void given_up();                     ///< one that was started will not be finished
  void note(const std::string& line);  ///< what else is to be said, a line by itself

 private:
  struct Told {
    std::string first_cell, reminder;
    int cells = 0;
  };
  void tell_failure(const std::string& cell, const Record& record);  // with the lock held
  void print(const std::string& text) const;
  void draw();  // with the lock held
  std::string time_left() const;

  const bool quiet_, live_;
  const int to_do_, done_before_;
  int done_ = 0, failed_ = 0, running_ = 0;
  std::map<std::string, Told> errors_;  // by what they say but for numbers
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread ticker_;  // keeps the time moving while long cells run
};

}  // namespace predcorr
