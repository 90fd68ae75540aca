// SPDX-License-Identifier: Apache-2.0
#include "results/store/provenance.hpp"

#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/skip.hpp"

namespace predcorr {
namespace {

TEST_CASE("provenance names program, machine and libraries", "[results]") {
  const Json p = provenance();
  for (const char* key : {"predcorr", "commit", "compiler", "flags", "level", "remade_on", "cpu", "system"}) {
    INFO(key);
    CHECK_FALSE(p.at(key).get<std::string>().empty());
  }
  for (const char* library :
       {"glibc", "eigen", "boost", "onetbb", "nlohmann_json", "fmt", "cli11", "libzip", "libcurl", "openssl"}) {
    INFO(library);
    CHECK_FALSE(p.at("libraries").at(library).get<std::string>().empty());
  }
}

TEST_CASE("the peak of resident memory follows what is allocated", "[results]") {
  reset_peak_resident_bytes();
  const double before = peak_resident_bytes();
  if (before == 0) test::skip("/proc/self/status is not readable");
  constexpr std::size_t kBytes = 64u << 20;
  std::vector<char> block(kBytes, 1);
  CHECK(block[kBytes / 2] == 1);
  CHECK(peak_resident_bytes() >= before + 0.9 * kBytes);
}

}  // namespace
}  // namespace predcorr
