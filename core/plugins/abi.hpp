// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>

#include "core/base/version.hpp"

#define PREDCORR_TEXT_OF(value) #value
#define PREDCORR_TEXT(value) PREDCORR_TEXT_OF(value)

#if defined(__clang__)
#define PREDCORR_COMPILER "clang " PREDCORR_TEXT(__clang_major__)
#elif defined(__GNUC__)
#define PREDCORR_COMPILER "gcc " PREDCORR_TEXT(__GNUC__)
#else
#define PREDCORR_COMPILER "unknown"
#endif

#if defined(__GLIBCXX__)
#define PREDCORR_STANDARD_LIBRARY \
  "libstdc++ " PREDCORR_TEXT(_GLIBCXX_RELEASE) ", C++11 strings " PREDCORR_TEXT(_GLIBCXX_USE_CXX11_ABI)
#elif defined(_LIBCPP_VERSION)
#define PREDCORR_STANDARD_LIBRARY "libc++ " PREDCORR_TEXT(_LIBCPP_ABI_VERSION)
#else
#define PREDCORR_STANDARD_LIBRARY "unknown"
#endif

#define PREDCORR_EIGEN \
  PREDCORR_TEXT(EIGEN_WORLD_VERSION) "." PREDCORR_TEXT(EIGEN_MAJOR_VERSION) "." PREDCORR_TEXT(EIGEN_MINOR_VERSION)

namespace predcorr {

inline constexpr const char* kAbiStampBegin = "predcorr-abi{";

/// What a program and a plug-in it loads must have in common, or their objects would not have the same layout. It is
/// in every object file that registers something, so that it can be read from a library's file: once the library is
/// loaded, its registrations have run already.
[[gnu::used]] inline constexpr char kAbiStamp[] =
    "predcorr-abi{predcorr=" PREDCORR_VERSION ";Eigen=" PREDCORR_EIGEN
    ";Eigen's alignment in bytes=" PREDCORR_TEXT(EIGEN_MAX_ALIGN_BYTES) ";compiler=" PREDCORR_COMPILER
                                                                        ";standard library=" PREDCORR_STANDARD_LIBRARY
                                                                        "}";

}  // namespace predcorr
