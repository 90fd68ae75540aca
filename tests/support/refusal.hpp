// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/base/error.hpp"

namespace predcorr::test {

/// error_of for what may well be in order: empty where nothing is thrown.
template <class F>
std::string refusal_of(const F& f) {
  try {
    f();
  } catch (const Error& e) {
    return std::string(to_string(e.kind())) + ": " + e.what();
  }
  return "";
}

}  // namespace predcorr::test
