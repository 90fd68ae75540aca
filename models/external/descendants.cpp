// SPDX-License-Identifier: Apache-2.0
#include "models/external/descendants.hpp"

#include <dirent.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <thread>

namespace predcorr::models {
namespace {

/// Calls `body` with the number of every process.
template <class F>
void for_every_process(const F& body) {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir("/proc"), &::closedir);
  if (folder == nullptr) return;
  while (const dirent* entry = ::readdir(folder.get())) {
    pid_t id = 0;
    const char* end = entry->d_name + std::strlen(entry->d_name);
    if (const auto read = std::from_chars(entry->d_name, end, id); read.ec == std::errc() && read.ptr == end) body(id);
  }
}

std::string content(pid_t id, const char* file) {
  std::ifstream in(fmt::format("/proc/{}/{}", id, file), std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// The fourth word of "12 (a name) S 1 ..."; a name may have brackets and blanks. -1 for a process that has gone.
pid_t parent_of(pid_t id) {
  const std::string stat = content(id, "stat");
  const auto behind_name = stat.rfind(')');
  int parent = -1;
  if (behind_name != std::string::npos && std::sscanf(stat.c_str() + behind_name, ") %*c %d", &parent) != 1) return -1;
  return parent;
}

}  // namespace

std::string new_mark() {
  static std::atomic<int> count = 0;
  static const auto start = std::chrono::system_clock::now().time_since_epoch().count();  // numbers are used again
  return fmt::format("{}-{}-{}", ::getpid(), start, ++count);
}

std::string marks_with(const std::string& mark) {
  const char* own = std::getenv(kMarkVariable);
  return (own == nullptr || *own == '\0' ? "" : std::string(own) + ":") + mark + ":";
}

std::vector<pid_t> descendants_of(pid_t ancestor) {
  std::multimap<pid_t, pid_t> children;
  for_every_process([&](pid_t id) { children.emplace(parent_of(id), id); });
  std::vector<pid_t> found = {ancestor};
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto [begin, end] = children.equal_range(found[i]);
    for (auto child = begin; child != end; ++child) found.push_back(child->second);
  }
  found.erase(found.begin());
  return found;
}

void kill_marked(const std::string& mark) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(1);
  do {
    bool found = false;
    for_every_process([&](pid_t id) {
      if (id == ::getpid() || content(id, "environ").find(mark + ":") == std::string::npos) return;
      found = true;
      ::kill(id, SIGKILL);
    });
    if (!found) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  } while (std::chrono::steady_clock::now() < until);
}

}  // namespace predcorr::models
