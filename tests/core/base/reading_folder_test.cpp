// SPDX-License-Identifier: Apache-2.0
#include "core/base/reading_folder.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/helpers.hpp"

namespace predcorr {
namespace {

TEST_CASE("files are found beside what is being read, then in the working folder", "[core]") {
  const test::TemporaryFolder a, b;
  const auto in_a = test::written(a, "here.py", "a"), in_b = test::written(b, "here.py", "b");
  CHECK(find_beside("here.py").empty());
  {
    const ReadingFolder reading_a(a.path());
    CHECK(find_beside("here.py") == in_a);
    {
      const ReadingFolder reading_b(b.path());
      CHECK(find_beside("here.py") == in_b);
    }
    CHECK(find_beside("here.py") == in_a);
    CHECK(find_beside("").empty());
    CHECK(find_beside(".").empty());  // a folder
    CHECK(find_beside("there.py").empty());
    CHECK(find_beside(in_b.string()) == in_b);
  }
  CHECK(find_beside("here.py").empty());
  const test::WorkingFolder in(b.path());
  CHECK(find_beside("here.py") == in_b);
}

}  // namespace
}  // namespace predcorr
