// SPDX-License-Identifier: Apache-2.0
#include "harness/output.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "core/base/text.hpp"

namespace predcorr {
namespace {

constexpr int kOutputLost = 2, kReaderGone = 128 + SIGPIPE;

int first_reason = 0;  // errno of the first write that failed

void write_output(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) < text.size() && first_reason == 0) first_reason = errno;
}

}  // namespace

void prepare_standard_streams() {
  for (int descriptor = 0; descriptor <= 2; ++descriptor)
    if (::fcntl(descriptor, F_GETFD) < 0 && errno == EBADF)
      static_cast<void>(::open("/dev/null", O_RDWR));  // becomes this one, since those below are open
  ::signal(SIGPIPE, SIG_IGN);
}

void print_text(std::string_view text) { write_output(printable(text)); }

TerminalStyle output_style(bool wide) {
  constexpr std::size_t kWidth = 80;
  TerminalStyle style{wide ? 0 : kWidth, false};
  if (::isatty(STDOUT_FILENO) == 0) return style;
  winsize size{};
  if (!wide && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) style.width = std::max<std::size_t>(kWidth, size.ws_col);
  const char *no_colour = std::getenv("NO_COLOR"), *terminal = std::getenv("TERM");
  style.colour =
      (no_colour == nullptr || *no_colour == '\0') && terminal != nullptr && std::string_view(terminal) != "dumb";
  return style;
}

void print_report(std::string_view text) { write_output(text); }

void print_note(std::string_view text) {
  const std::string safe = printable(text);
  std::fwrite(safe.data(), 1, safe.size(), stderr);
}

int finish_output(int status) {
  errno = 0;
  const bool flushed = std::fflush(stdout) == 0;
  if (first_reason == 0) first_reason = errno;
  if (flushed && std::ferror(stdout) == 0) return status;
  if (first_reason == EPIPE) return status == 0 ? kReaderGone : status;
  note("predcorr: standard output cannot be written: {}\n",
       first_reason == 0 ? "the reason is lost" : std::strerror(first_reason));
  return status == 0 ? kOutputLost : status;
}

}  // namespace predcorr
