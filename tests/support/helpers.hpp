// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <initializer_list>
#include <string>

#include "core/base/matrix.hpp"
#include "tests/support/temporary_folder.hpp"

namespace predcorr::test {

/// Writes a file into a folder and returns where it is.
std::filesystem::path written(const TemporaryFolder& folder, const std::string& name, const std::string& bytes);

/// How many files and folders it holds, hidden ones and those in its folders included.
std::ptrdiff_t entries(const TemporaryFolder& folder);

/// Sets an environment variable for the length of a test, or unsets it where `value` is null.
class Environment {
 public:
  Environment(const char* name, const char* value) : name_(name) {
    const char* before = std::getenv(name);
    had_ = before != nullptr;
    if (had_) before_ = before;
    set(value);
  }
  ~Environment() { set(had_ ? before_.c_str() : nullptr); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  void set(const char* value) const { value == nullptr ? ::unsetenv(name_) : ::setenv(name_, value, 1); }
  const char* name_;
  bool had_ = false;
  std::string before_;
};

/// The first of `parts` that `text` does not contain, with the text; empty if it contains all.
std::string missing(const std::string& text, std::initializer_list<std::string> parts);

/// Standard normal numbers, the same in every call with the same seed.
Matrix normals(Index rows, Index columns, std::uint64_t seed = 1);

/// Largest difference relative to the largest expected entry; infinite where sizes differ or a value is NaN.
double difference(const Matrix& actual, const Matrix& expected);

}  // namespace predcorr::test
