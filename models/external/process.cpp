// SPDX-License-Identifier: Apache-2.0
#include "models/external/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

#include "core/base/interruption.hpp"
#include "core/base/json.hpp"
#include "models/external/descendants.hpp"
#include "models/model.hpp"

namespace predcorr::models {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kSlice = 50;            // ms between looks at whether the program is still there
constexpr double kLastWords = 1;      // s that a program which closed its output has to end by itself
constexpr double kLongestWait = 1e8;  // s: a clock's range is finite, a suite's limit need not be

/// A pipe whose ends no other child inherits.
struct Pipe {
  int read = -1, write = -1;
  Pipe() {
    int ends[2];
    require(::pipe2(ends, O_CLOEXEC) == 0, ErrorKind::io, "a pipe cannot be made: {}", std::strerror(errno));
    read = ends[0];
    write = ends[1];
  }
  ~Pipe() {
    for (const int end : {read, write})
      if (end >= 0) ::close(end);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  static int released(int& end) { return std::exchange(end, -1); }
};

/// Starts a program in a process group of its own, with the default reaction to every signal. What `posix_spawn` does
/// between fork and exec is safe beside other threads. @return 0, or an error number
int spawn(const std::vector<std::string>& words, const std::vector<std::string>& environment,
          const std::array<int, 3>& streams, pid_t& id) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawnattr_init(&attributes);
  for (int i = 0; i < 3; ++i)
    if (streams[static_cast<std::size_t>(i)] >= 0)
      ::posix_spawn_file_actions_adddup2(&actions, streams[static_cast<std::size_t>(i)], i);
  sigset_t none, all;
  ::sigemptyset(&none);
  ::sigfillset(&all);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  ::posix_spawnattr_setpgroup(&attributes, 0);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  std::vector<char*> arguments, variables;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  for (const std::string& variable : environment) variables.push_back(const_cast<char*>(variable.c_str()));
  arguments.push_back(nullptr);
  variables.push_back(nullptr);
  const int status = ::posix_spawnp(&id, arguments[0], &actions, &attributes, arguments.data(), variables.data());
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  return status;
}

std::vector<std::string> environment_with(const std::map<std::string, std::string>& added) {
  std::vector<std::string> all;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string text = *variable;
    if (added.count(text.substr(0, text.find('='))) == 0) all.push_back(text);
  }
  for (const auto& [name, value] : added) all.push_back(name + "=" + value);
  return all;
}

void do_not_block(int descriptor) { ::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) | O_NONBLOCK); }

/// Writes what fits. A reader that is gone must not end this program: the signal is held back and thrown away.
/// @return bytes written; -1 where nobody reads any more
ssize_t write_some(int descriptor, std::string_view text) {
  sigset_t pipe_signal, before, pending;
  ::sigemptyset(&pipe_signal);
  ::sigaddset(&pipe_signal, SIGPIPE);
  ::sigpending(&pending);
  ::pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
  const ssize_t written = ::write(descriptor, text.data(), text.size());
  const int reason = errno;
  if (written < 0 && reason == EPIPE && ::sigismember(&pending, SIGPIPE) == 0) {
    const timespec now = {};
    ::sigtimedwait(&pipe_signal, nullptr, &now);
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (written >= 0) return written;
  return reason == EAGAIN || reason == EINTR ? 0 : -1;
}

/// Appends whatever can be read now. @return false at the end of the stream
bool read_some(int descriptor, std::string& text, std::size_t most) {
  std::array<char, 65536> block{};
  while (text.size() < most) {
    const ssize_t got = ::read(descriptor, block.data(), block.size());
    if (got < 0) return errno == EAGAIN || errno == EINTR;
    if (got == 0) return false;
    text.append(block.data(), static_cast<std::size_t>(got));
  }
  return true;
}

}  // namespace

std::string ProcessSettings::key() const { return Json({command, environment, memory_mb}).dump(); }

Process::Process(const ProcessSettings& settings) : mark_(new_mark()) {
  Pipe input, output, errors;
  std::map<std::string, std::string> environment = settings.environment;
  environment[kMarkVariable] = marks_with(mark_);
  const int status =
      spawn(settings.command, environment_with(environment), {input.read, output.write, errors.write}, id_);
  if (status != 0) id_ = -1;
  require(status == 0, ErrorKind::io, "cannot be started: {}: {}; is it installed, and is it in the $PATH?",
          settings.command.front(), std::strerror(status));
  input_ = Pipe::released(input.write);
  output_ = Pipe::released(output.read);
  errors_ = Pipe::released(errors.read);
  for (const int descriptor : {input_, output_, errors_}) do_not_block(descriptor);
  if (settings.memory_mb > 0) {  // it has hardly begun, so nothing is lost by setting the limit from outside
    const auto bytes = static_cast<rlim_t>(std::min(settings.memory_mb, 1e12) * 1048576);
    const rlimit limit = {bytes, bytes};
    ::prlimit(id_, RLIMIT_AS, &limit, nullptr);
  }
  try {
    start_guard(settings.scratch_folder);
  } catch (...) {
    end();
    throw;
  }
}

void Process::start_guard(const std::string& scratch_folder) {
  Pipe life;
  // `read` ends when the last writing end of the pipe closes, that is when this program is gone.
  const std::vector<std::string> words = {
      "/bin/sh", "-c",
      // Twice, for what is started meanwhile. Its own environment and grep's have no such mark.
      R"(read -r line; kill -9 "-$1" 2>/dev/null
for i in 1 2; do
  for f in $(grep -ls "$3" /proc/[0-9]*/environ 2>/dev/null); do
    f=${f%/environ}; kill -9 "${f#/proc/}" 2>/dev/null
  done
done
if [ -n "$2" ]; then rm -rf -- "$2"; fi)",
      "predcorr-guard", std::to_string(id_), scratch_folder, mark_ + ":"};
  const int status = spawn(words, environment_with({}), {life.read, -1, -1}, guard_);
  if (status != 0) guard_ = -1;
  require(status == 0, ErrorKind::io, "/bin/sh cannot be started: {}", std::strerror(status));
  life_ = Pipe::released(life.write);
}

Process::~Process() {
  end();
  for (const int descriptor : {input_, output_, errors_, life_})
    if (descriptor >= 0) ::close(descriptor);
}

bool Process::is_gone() const {
  if (id_ < 0) return true;
  siginfo_t info = {};  // WNOWAIT: its number stays taken until end(), so that no signal goes to a stranger
  return ::waitid(P_PID, static_cast<id_t>(id_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == id_;
}

std::string Process::how_it_ended() const {
  siginfo_t info = {};
  if (id_ < 0 || ::waitid(P_PID, static_cast<id_t>(id_), &info, WEXITED | WNOHANG | WNOWAIT) != 0) return "ended";
  if (info.si_pid != id_) return "closed its standard output";
  if (info.si_code == CLD_EXITED) return fmt::format("ended with exit status {}", info.si_status);
  return fmt::format("was ended by signal {} ({})", info.si_status, ::strsignal(info.si_status));
}

bool Process::has_ended_within(double seconds) {
  const auto until = Clock::now() + std::chrono::duration<double>(seconds);
  while (!is_gone()) {
    if (Clock::now() >= until) return false;
    read_output();
    read_errors();
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

void Process::end() {
  if (id_ >= 0) {
    const std::vector<pid_t> others = descendants_of(id_);  // asked first: an orphan does not name its ancestors
    ::kill(-id_, SIGKILL);
    ::kill(id_, SIGKILL);  // should it have left the group
    for (const pid_t other : others) ::kill(other, SIGKILL);
    siginfo_t info;
    ::waitid(P_PID, static_cast<id_t>(id_), &info, WEXITED | WNOWAIT);
    kill_marked(mark_);
    read_errors();
  }
  if (guard_ >= 0) {  // before the program's number is free for others
    ::kill(guard_, SIGKILL);
    ::waitpid(guard_, nullptr, 0);
    guard_ = -1;
  }
  if (id_ >= 0) ::waitpid(id_, nullptr, 0);
  id_ = -1;
}

void Process::close_input() {
  if (input_ >= 0) ::close(std::exchange(input_, -1));
}

bool Process::read_output() { return read_some(output_, out_, kLongestLine + 1); }

void Process::read_errors() {
  if (errors_ >= 0 && !read_some(errors_, err_, err_.size() + (1 << 20))) ::close(std::exchange(errors_, -1));
  if (err_.size() > kLongestLog) err_.erase(0, err_.size() - kLongestLog);
}

std::string Process::take_errors() {
  read_errors();
  return std::exchange(err_, {});
}

bool Process::is_ready() {
  if (is_gone() || input_ < 0) return false;
  return read_output() && out_.empty();
}

Reply Process::exchange(std::string_view line, double seconds) {
  std::string request(line);
  request += '\n';
  std::size_t sent = 0;
  const auto deadline = Clock::now() + std::chrono::duration<double>(std::min(seconds, kLongestWait));
  auto last_words = Clock::time_point::max();
  for (;;) {
    const bool gone = is_gone();  // asked first: what it wrote before its end is read below
    const bool open = read_output();
    read_errors();
    if (const auto end = out_.find('\n'); end != std::string::npos) {
      std::string answer = out_.substr(0, end);
      out_.erase(0, end + 1);
      return {Reply::EvaluationData::answered, std::move(answer)};
    }
    if (out_.size() > kLongestLine) return {Reply::EvaluationData::flooded, out_.substr(0, 200)};
    const auto now = Clock::now();
    if (!open && last_words == Clock::time_point::max())
      last_words = now + std::chrono::milliseconds(static_cast<int>(1000 * kLastWords));
    if (gone || now >= last_words) return {Reply::EvaluationData::ended, how_it_ended()};
    if (now >= deadline) return {Reply::EvaluationData::late, {}};
    if (interruption()) return {Reply::EvaluationData::interrupted, {}};

    if (sent < request.size() && input_ >= 0) {
      const ssize_t written = write_some(input_, std::string_view(request).substr(sent));
      sent = written < 0 ? request.size() : sent + static_cast<std::size_t>(written);
    }
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - now).count() + 1;
    std::array<pollfd, 3> waiting = {{{errors_, POLLIN, 0}, {-1, POLLIN, 0}, {-1, POLLOUT, 0}}};
    if (open) waiting[1].fd = output_;
    if (sent < request.size()) waiting[2].fd = input_;
    ::poll(waiting.data(), waiting.size(), static_cast<int>(std::min<long long>(left, open ? kSlice : 5)));
  }
}

}  // namespace predcorr::models
