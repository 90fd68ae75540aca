// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

// Debian 12 has Catch2 2, newer systems Catch2 3; tests include this header and see no difference.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;
namespace predcorr::test {
inline auto contains(const std::string& part) { return Catch::Matchers::ContainsSubstring(part); }
}  // namespace predcorr::test
#else
#include <catch2/catch.hpp>
namespace predcorr::test {
inline auto contains(const std::string& part) { return Catch::Contains(part); }
}  // namespace predcorr::test
#endif
