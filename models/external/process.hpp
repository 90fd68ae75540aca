// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace predcorr::models {

/// How a program is started.
struct ProcessSettings {
  std::vector<std::string> command;                ///< the first is looked for in $PATH
  std::map<std::string, std::string> environment;  ///< besides what this program has; replaces what is there
  double memory_mb = 0;                            ///< limit of its address space (RLIMIT_AS); 0 for none
  std::string scratch_folder = {};                 ///< removed should this program be killed; empty for none

  /// Equal texts for equal settings.
  std::string key() const;
};

/// What came of a request.
struct Reply {
  enum class EvaluationData {
    answered,  ///< `text` is the line, without its end
    ended,     ///< the program is gone, or its standard output is closed; `text` says how: "ended with exit status 1"
    late,      ///< no line within the time given
    flooded,   ///< more than kLongestLine bytes without a line's end; `text` is how it began
    interrupted,  ///< the user wants an end (core/base/interruption.hpp)
  };
  EvaluationData evaluation;
  std::string text;
};

/// A program run beside this one, spoken to in lines on its standard input and output. It leads a process group of its
/// own: Ctrl-C at the terminal does not reach it, and with it everything that it started is ended, also what has left
/// the group: descendants, and whatever has this process's mark in its environment (descendants.hpp). Should this
/// program be killed, a guard (a shell waiting for the end of a pipe) ends the group and what has the mark in its
/// place. Standard error is read along and kept. To be used by one thread at a time. Plain POSIX rather than a library,
/// since groups, limits and the guard are what it is about.
class Process {
 public:
  static constexpr std::size_t kLongestLine = 1 << 20;

  /// @throws Error (io) if it cannot be started
  explicit Process(const ProcessSettings& settings);
  ~Process();  ///< ends it, see end()
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  /// Writes a line and waits for one.
  Reply exchange(std::string_view line, double seconds);

  /// Whether it runs and has said nothing on standard output that nobody asked for.
  bool is_ready();

  /// Closes its standard input, by which a program of good manners is told to end.
  void close_input();

  /// Whether it has ended, waiting for so long at most.
  bool has_ended_within(double seconds);

  /// Kills it with all that it started and waits for the program's end. May be repeated.
  void end();

  /// What it wrote to standard error since the last call: at most the last kLongestLog bytes.
  std::string take_errors();

  pid_t id() const { return id_; }

 private:
  void start_guard(const std::string& scratch_folder);
  bool is_gone() const;
  std::string how_it_ended() const;
  bool read_output();  // whatever is there; false at its end
  void read_errors();

  const std::string mark_;
  pid_t id_ = -1, guard_ = -1;
  int input_ = -1, output_ = -1, errors_ = -1, life_ = -1;
  std::string out_, err_;
};

}  // namespace predcorr::models
