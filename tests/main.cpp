// SPDX-License-Identifier: Apache-2.0
// Catch2 2 and 3 both let a program bring its own main.
#if __has_include(<catch2/catch_session.hpp>)
#include <catch2/catch_session.hpp>
#else
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
#endif

#include <cstdlib>
#include <string>

#include "tests/support/skip.hpp"

int main(int count, char** arguments) {
  // Models in Python are run by a python3 that has NumPy, whatever comes first otherwise.
  const char* path = std::getenv("PATH");
  ::setenv("PATH", (std::string(PREDCORR_PYTHON_FOLDER) + (path == nullptr ? "" : ":" + std::string(path))).c_str(), 1);
  return predcorr::test::exit_status(Catch::Session().run(count, arguments));
}
