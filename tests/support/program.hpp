// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace predcorr::test {

/// What a finished run of the predcorr program left.
struct ProgramResult {
  int status = 0;  ///< exit status, or 128 + the signal that ended it
  std::string out, err;
};

/// The predcorr program as users run it, started in the background with its output going to files.
class Program {
 public:
  /// @param folder where the output files go
  Program(const std::vector<std::string>& arguments, const std::filesystem::path& folder);

  void send_signal(int signal) const;
  ProgramResult wait();

 private:
  pid_t process_;
  std::filesystem::path out_, err_;
};

/// Starts it and waits for its end.
ProgramResult run_program(const std::vector<std::string>& arguments, const std::filesystem::path& folder);

}  // namespace predcorr::test
