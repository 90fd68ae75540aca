// SPDX-License-Identifier: Apache-2.0
#include "tests/support/program.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

#include "core/base/files.hpp"

namespace predcorr::test {

Program::Program(const std::vector<std::string>& arguments, const std::filesystem::path& folder)
    : out_(folder / "program.out"), err_(folder / "program.err") {
  std::vector<std::string> words = {PREDCORR_PROGRAM};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  process_ = ::fork();
  if (process_ < 0) throw std::runtime_error("cannot fork");
  if (process_ == 0) {
    ::dup2(::open(out_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644), STDOUT_FILENO);
    ::dup2(::open(err_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644), STDERR_FILENO);
    ::execv(pointers[0], pointers.data());
    ::_exit(127);
  }
}

void Program::send_signal(int signal) const { ::kill(process_, signal); }

ProgramResult Program::wait() {
  int status = 0;
  ::waitpid(process_, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), read_text_file(out_), read_text_file(err_)};
}

ProgramResult run_program(const std::vector<std::string>& arguments, const std::filesystem::path& folder) {
  return Program(arguments, folder).wait();
}

}  // namespace predcorr::test
