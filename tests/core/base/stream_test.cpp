// SPDX-License-Identifier: Apache-2.0
#include "core/base/stream.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <set>

#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

TEST_CASE("A fork's key is the hash of its parent's key, name and index", "[core]") {
  for (const Json& r : test::reference("core_reference.json").at("stream_keys")) {
    const Stream stream(r.at("seed").get<std::uint64_t>());
    CHECK(stream.fork(r.at("name").get<std::string>(), r.at("index").get<std::uint64_t>()).key() ==
          r.at("key").get<std::uint64_t>());
  }
}

TEST_CASE("Uniform draws are the standard's 64-bit Mersenne twister over 2^64", "[core]") {
  for (const std::uint64_t seed : {1ULL, 5489ULL, 18446744073709551615ULL}) {
    Stream stream(seed);
    std::mt19937_64 standard(seed);
    for (int i = 0; i < 700; ++i) {
      const double u = stream.uniform();
      REQUIRE(u >= 0);
      REQUIRE(u < 1);
      REQUIRE(u == test::close(std::ldexp(static_cast<double>(standard()), -64), 1e-15));
    }
  }
  // ISO C++ [rand.predef]: the 10000th number of the default seed, 5489.
  Stream stream(5489);
  for (int i = 0; i < 9999; ++i) stream.uniform();
  CHECK(stream.uniform() == test::close(9981545732273789042.0 / 18446744073709551616.0, 1e-15));
}

TEST_CASE("A fork does not depend on what was drawn before", "[core]") {
  Stream used(7);
  const Stream fresh(7);
  used.normals(1001);
  used.permutation(5);
  Stream a = used.fork("member", 3), b = fresh.fork("member", 3);
  CHECK(a.key() == b.key());
  CHECK(a.normals(9) == b.normals(9));
  CHECK(a.permutation(50) == b.permutation(50));
}

TEST_CASE("Streams differ by seed, name, index and depth", "[core]") {
  std::set<std::uint64_t> keys;
  std::set<double> draws;
  std::size_t streams = 0;
  for (const std::uint64_t seed : {0ULL, 1ULL, 2ULL})
    for (const char* name : {"a", "b", "a/0", ""})
      for (const std::uint64_t index : {0ULL, 1ULL, 10ULL}) {
        Stream one = Stream(seed).fork(name, index), two = one.fork(name, index);
        keys.insert({one.key(), two.key()});
        draws.insert({one.normal(), two.normal()});
        streams += 2;
      }
  CHECK(keys.size() == streams);
  CHECK(draws.size() == streams);
}

TEST_CASE("Normal draws have the moments of N(0, 1)", "[core]") {
  constexpr Index n = 200000;
  const Vector z = Stream(11).fork("moments").normals(n);
  const double root = std::sqrt(static_cast<double>(n));
  // Standard errors of the first, second, third and fourth moment: 1, sqrt 2, sqrt 15, sqrt 96 over root n.
  CHECK(std::abs(z.mean()) < 4 / root);
  CHECK(std::abs(z.array().square().mean() - 1) < 4 * std::sqrt(2.0) / root);
  CHECK(std::abs(z.array().cube().mean()) < 4 * std::sqrt(15.0) / root);
  CHECK(std::abs(z.array().square().square().mean() - 3) < 4 * std::sqrt(96.0) / root);
  CHECK(std::abs((z.head(n - 1).array() * z.tail(n - 1).array()).mean()) < 4 / root);
}

TEST_CASE("Normals at once are the normals one by one", "[core]") {
  Stream together(3), single(3);
  const Vector z = together.normals(5);
  for (Index i = 0; i < 5; ++i) CHECK(z(i) == single.normal());
  CHECK(together.normals(0).size() == 0);
}

TEST_CASE("Float normals have the moments and the tails of N(0, 1)", "[core]") {
  constexpr Index n = 400000;
  VectorF draws(n);
  Stream(12).fill_normals(draws);
  const Vector z = draws.cast<double>();
  const double root = std::sqrt(static_cast<double>(n));
  CHECK(std::abs(z.mean()) < 4 / root);
  CHECK(std::abs(z.array().square().mean() - 1) < 4 * std::sqrt(2.0) / root);
  CHECK(std::abs(z.array().cube().mean()) < 4 * std::sqrt(15.0) / root);
  CHECK(std::abs(z.array().square().square().mean() - 3) < 4 * std::sqrt(96.0) / root);
  // Neighbours, and the two normals that one pair of uniforms makes, which lie 64 apart.
  for (const Index lag : {1, 2, 64, 128})
    CHECK(std::abs((z.head(n - lag).array() * z.tail(n - lag).array()).mean()) < 4 / root);
  Vector sorted = z;
  std::sort(sorted.begin(), sorted.end());
  double largest = 0;  // Kolmogorov's distance; 1.63 / sqrt(n) is exceeded once in a hundred
  for (Index i = 0; i < n; ++i)
    largest =
        std::max(largest, std::abs(0.5 * std::erfc(-sorted(i) / std::sqrt(2.0)) - (static_cast<double>(i) + 0.5) / n));
  CHECK(largest < 1.63 / root);
  CHECK(sorted(n - 1) > 4);
}

TEST_CASE("Float normals depend on the stream's state alone", "[core]") {
  Stream a(5), b(5);
  VectorF whole(300), part(130), next(300);
  a.fill_normals(whole);
  b.fill_normals(part);
  CHECK(whole.head(128) == part.head(128));
  a.fill_normals(next);
  CHECK((next.array() != whole.array()).all());
  b.fill_normals(whole);
  CHECK(whole == next);
}

TEST_CASE("An index is uniform over its range", "[core]") {
  Stream stream(17);
  constexpr int draws = 60000;
  std::map<Index, int> counts;
  for (int i = 0; i < draws; ++i) ++counts[stream.index(6)];
  REQUIRE(counts.size() == 6);
  CHECK(counts.begin()->first == 0);
  CHECK(counts.rbegin()->first == 5);
  const double error = std::sqrt(draws * (1 / 6.0) * (5 / 6.0));
  for (const auto& [index, count] : counts) CHECK(std::abs(count - draws / 6.0) < 4.5 * error);
  CHECK(stream.index(1) == 0);
}

TEST_CASE("A permutation holds every row once, all orders alike", "[core]") {
  Stream stream(23);
  Rows rows = stream.permutation(1000);
  CHECK(rows != consecutive_rows(0, 1000));
  std::sort(rows.begin(), rows.end());
  CHECK(rows == consecutive_rows(0, 1000));
  CHECK(stream.permutation(1) == Rows{0});
  CHECK(stream.permutation(0).empty());
  std::map<Rows, int> counts;
  constexpr int draws = 24000;
  for (int i = 0; i < draws; ++i) ++counts[stream.permutation(4)];
  REQUIRE(counts.size() == 24);
  const double error = std::sqrt(draws * (1 / 24.0) * (23 / 24.0));
  for (const auto& [order, count] : counts) CHECK(std::abs(count - draws / 24.0) < 4.5 * error);
}

}  // namespace
}  // namespace predcorr
