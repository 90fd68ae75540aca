// SPDX-License-Identifier: Apache-2.0
// A program built for a higher instruction level than the processor has would end by a signal, without a word, in the
// first constructor that uses such an instruction, long before main. So this runs before all constructors, those of the
// libraries included, is compiled for any x86-64 (see CMakeLists.txt), and calls nothing but the system.
#if defined(__x86_64__) && defined(PREDCORR_LEVEL)
#include <unistd.h>

#include <string_view>

namespace {

constexpr int kBadInput = 2;
constexpr std::string_view kLevel = PREDCORR_LEVEL;

/// What the level adds and the processor, or the system beneath it, lacks; null where it lacks nothing.
__attribute__((no_sanitize("address", "undefined"))) const char* lacking() {
  __builtin_cpu_init();
  const bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
                  __builtin_cpu_supports("bmi2");
  const bool v4 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                  __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                  __builtin_cpu_supports("avx512vl");
  if (kLevel == "x86-64-v4" && !(v3 && v4)) return "AVX-512";
  if (kLevel == "x86-64-v3" && !v3) return "AVX2, FMA";
  return nullptr;
}

__attribute__((no_sanitize("address", "undefined"))) void write_all(std::string_view text) {
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
}

__attribute__((no_sanitize("address", "undefined"))) void check_processor(int, char**, char**) {
  const char* what = lacking();
  if (what == nullptr) return;
  write_all("predcorr: this predcorr was built for " PREDCORR_LEVEL " (");
  write_all(what);
  write_all("), which this processor lacks; build it with PREDCORR_PRESET=portable ./run build\n");
  ::_exit(kBadInput);
}

__attribute__((section(".preinit_array"), used)) void (*const run_first)(int, char**, char**) = &check_processor;

}  // namespace
#endif
