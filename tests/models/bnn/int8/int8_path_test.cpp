// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/int8/int8_path.hpp"

#include <algorithm>
#include <string>

#include "tests/support/catch.hpp"

namespace predcorr::models {
namespace {

TEST_CASE("Any processor has a path for 8-bit products, and the last one is the best", "[models]") {
  const auto& paths = int8_paths();
  REQUIRE_FALSE(paths.empty());
  CHECK(paths.front() == Int8Path::portable);
  CHECK(paths.back() == best_int8_path());
  CHECK(std::is_sorted(paths.begin(), paths.end()));
#if defined(__AVX2__)
  CHECK(std::count(paths.begin(), paths.end(), Int8Path::avx2) == 1);
#endif
}

TEST_CASE("Paths have names", "[models]") {
  CHECK(std::string(to_string(Int8Path::portable)) == "portable");
  CHECK(std::string(to_string(Int8Path::avx2)) == "avx2");
  CHECK(std::string(to_string(Int8Path::vnni)) == "vnni");
}

}  // namespace
}  // namespace predcorr::models
