// SPDX-License-Identifier: Apache-2.0
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

using test::error_of;

TEST_CASE("Errors carry their kind as a word", "[core]") {
  CHECK(error_of([] { fail(ErrorKind::config, "a"); }) == "config: a");
  CHECK(error_of([] { fail(ErrorKind::data, "b"); }) == "data: b");
  CHECK(error_of([] { fail(ErrorKind::shape, "c"); }) == "shape: c");
  CHECK(error_of([] { fail(ErrorKind::numerical, "d"); }) == "numerical: d");
  CHECK(error_of([] { fail(ErrorKind::io, "e"); }) == "io: e");
}

TEST_CASE("Context is put in front and the kind is kept", "[core]") {
  const Error inner(ErrorKind::numerical, "must be positive, got -1");
  const Error outer = inner.in("variance").in("models[2]");
  CHECK(std::string(outer.what()) == "models[2]: variance: must be positive, got -1");
  CHECK(outer.kind() == ErrorKind::numerical);
}

TEST_CASE("A requirement throws only where it does not hold", "[core]") {
  CHECK_NOTHROW(require(true, ErrorKind::io, "never {}", 1));
  CHECK(error_of([] { require(false, ErrorKind::shape, "{} rows, got {}", 3, 4); }) == "shape: 3 rows, got 4");
}

}  // namespace
}  // namespace predcorr
