// SPDX-License-Identifier: Apache-2.0
#pragma once

// Debian 12 has Catch2 2, newer systems Catch2 3; tests include this header and see no difference.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif
using Catch::Approx;
