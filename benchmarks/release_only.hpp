// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include "results/store/provenance.hpp"

namespace predcorr::benchmarks {

/// Whether this program and the library are built without assertions; says so on standard error if not. The library
/// is asked as well: it is where the time goes.
inline bool release_build() {
#ifdef NDEBUG
  const std::string flags = provenance()["flags"];
  if (flags.find("-DNDEBUG") != std::string::npos) return true;
#else
  const std::string flags = "this program's";
#endif
  fmt::print(stderr, "benchmarks need a release build (NDEBUG); compiler flags: {}\n", flags);
  return false;
}

}  // namespace predcorr::benchmarks
