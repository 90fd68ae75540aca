// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/int8/int8_path.hpp"

namespace predcorr::models {

const char* to_string(Int8Path path) {
  switch (path) {
    case Int8Path::portable: return "portable";
    case Int8Path::avx2: return "avx2";
    case Int8Path::vnni: return "vnni";
  }
  return "unknown";
}

const std::vector<Int8Path>& int8_paths() {
  static const std::vector<Int8Path> paths = [] {
    std::vector<Int8Path> found = {Int8Path::portable};
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) found.push_back(Int8Path::avx2);
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512vnni"))
      found.push_back(Int8Path::vnni);
#endif
    return found;
  }();
  return paths;
}

Int8Path best_int8_path() { return int8_paths().back(); }

}  // namespace predcorr::models
