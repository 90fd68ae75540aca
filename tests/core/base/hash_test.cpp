// SPDX-License-Identifier: Apache-2.0
#include "core/base/hash.hpp"

#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

using test::error_of;
using test::missing;

TEST_CASE("SHA-256 matches Python's hashlib and the standard's example", "[core]") {
  const Json expected = test::reference("core_reference.json").at("sha256");
  CHECK(sha256_hex("") == expected.at("").get<std::string>());
  CHECK(sha256_hex("abc") == expected.at("abc").get<std::string>());
  CHECK(sha256_hex(std::string(200000, 'a')) == expected.at("a_200000_times").get<std::string>());
  // FIPS 180-2, appendix B.2: a message of two blocks.
  CHECK(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST_CASE("Hashing a file reads it in blocks without losing a byte", "[core]") {
  const Json expected = test::reference("core_reference.json").at("sha256");
  const test::TemporaryFolder folder;
  CHECK(sha256_hex_of_file(test::written(folder, "big", std::string(200000, 'a'))) ==
        expected.at("a_200000_times").get<std::string>());
  CHECK(sha256_hex_of_file(test::written(folder, "empty", "")) == expected.at("").get<std::string>());
  // Sizes at the border of a block, and bytes that a text mode would change.
  for (const std::size_t size : {std::size_t{65535}, std::size_t{65536}, std::size_t{65537}}) {
    const std::string bytes = std::string(size - 3, 'x') + std::string("\r\n\0", 3);
    CHECK(sha256_hex_of_file(test::written(folder, "border", bytes)) == sha256_hex(bytes));
  }
}

TEST_CASE("The stable hash is the first 64 bits of SHA-256", "[core]") {
  CHECK(stable_hash("abc") == 0xba7816bf8f01cfeaULL);
  CHECK(stable_hash("") == 0xe3b0c44298fc1c14ULL);
  CHECK(stable_hash(std::string("a\0b", 3)) != stable_hash(std::string("a\0c", 3)));
}

TEST_CASE("A file that cannot be read has no hash", "[core]") {
  const test::TemporaryFolder folder;
  const auto absent = folder / "absent";
  CHECK(missing(error_of([&] { sha256_hex_of_file(absent); }), {"io: ", absent.string()}) == "");
  CHECK(missing(error_of([&] { sha256_hex_of_file(folder.path()); }), {"io: ", folder.path().string()}) == "");
}

}  // namespace
}  // namespace predcorr
