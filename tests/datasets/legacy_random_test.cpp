// SPDX-License-Identifier: Apache-2.0
#include "datasets/legacy_random.hpp"

#include <algorithm>

#include "tests/support/reference.hpp"

namespace predcorr::datasets {
namespace {

using test::close;

TEST_CASE("NumPy's shuffle and permutation are repeated draw for draw", "[datasets]") {
  for (const Json& r : test::reference("core_reference.json").at("numpy_legacy")) {
    INFO("seed " << r.at("seed"));
    const auto seed = r.at("seed").get<std::uint32_t>();
    Rows rows = consecutive_rows(0, 23);
    NumpyLegacyRandom(seed).shuffle(rows);
    CHECK(rows == r.at("shuffled").get<Rows>());
    rows = NumpyLegacyRandom(seed).permutation(1000);
    rows.resize(8);
    CHECK(rows == r.at("permutation_first").get<Rows>());
  }
}

TEST_CASE("NumPy's normals are repeated, an odd one too", "[datasets]") {
  for (const Json& r : test::reference("core_reference.json").at("numpy_legacy")) {
    INFO("seed " << r.at("seed"));
    NumpyLegacyRandom random(r.at("seed").get<std::uint32_t>());
    for (const Json& expected : r.at("normals")) CHECK(random.normal() == close(expected, 1e-15));
  }
}

TEST_CASE("The spare normal of a pair survives a shuffle", "[datasets]") {
  for (const Json& r : test::reference("core_reference.json").at("numpy_legacy")) {
    INFO("seed " << r.at("seed"));
    const Json& mixed = r.at("mixed");
    NumpyLegacyRandom random(r.at("seed").get<std::uint32_t>());
    for (const Json& expected : mixed.at("before")) CHECK(random.normal() == close(expected, 1e-15));
    CHECK(random.permutation(9) == mixed.at("permutation").get<Rows>());
    for (const Json& expected : mixed.at("after")) CHECK(random.normal() == close(expected, 1e-15));
  }
}

TEST_CASE("Python's shuffle is repeated for sizes around a power of two", "[datasets]") {
  const Json references = test::reference("core_reference.json").at("python_shuffle");
  REQUIRE(references.size() == 9);
  for (const Json& r : references) {
    INFO("seed " << r.at("seed") << ", n " << r.at("n"));
    const auto n = r.at("n").get<Index>();
    Rows rows = consecutive_rows(0, n);
    python_shuffle(rows, r.at("seed").get<std::uint32_t>());
    CHECK(Rows(rows.begin(), rows.begin() + 16) == r.at("first").get<Rows>());
    std::sort(rows.begin(), rows.end());
    CHECK(rows == consecutive_rows(0, n));
  }
}

TEST_CASE("Shuffling nothing or one row changes nothing", "[datasets]") {
  Rows none, one = {5};
  NumpyLegacyRandom(1).shuffle(none);
  NumpyLegacyRandom(1).shuffle(one);
  python_shuffle(none, 1);
  python_shuffle(one, 1);
  CHECK(none.empty());
  CHECK(one == Rows{5});
}

}  // namespace
}  // namespace predcorr::datasets
