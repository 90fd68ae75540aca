// SPDX-License-Identifier: Apache-2.0
#include "core/base/hash.hpp"

#include <openssl/evp.h>

#include <array>
#include <fstream>
#include <memory>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/files.hpp"

namespace predcorr {
namespace {

using Digest = std::array<unsigned char, 32>;

class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
    check(context_ != nullptr && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
  }
  void add(const void* bytes, std::size_t count) { check(EVP_DigestUpdate(context_.get(), bytes, count) == 1); }
  Digest finish() {
    Digest digest{};
    check(EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr) == 1);
    return digest;
  }

 private:
  static void check(bool ok) { require(ok, ErrorKind::io, "SHA-256: OpenSSL refused the digest"); }
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

std::string hex(const Digest& digest) {
  std::string text;
  for (const unsigned char byte : digest) text += fmt::format("{:02x}", byte);
  return text;
}

Digest digest_of(std::string_view bytes) {
  Sha256 sha;
  sha.add(bytes.data(), bytes.size());
  return sha.finish();
}

}  // namespace

std::string sha256_hex(std::string_view bytes) { return hex(digest_of(bytes)); }

std::string sha256_hex_of_file(const std::filesystem::path& file) {
  check_regular_file(file);
  std::ifstream in(file, std::ios::binary);
  require(in.good(), ErrorKind::io, "{}: cannot be opened for reading", file.string());
  Sha256 sha;
  std::vector<char> block(1 << 16);
  while (in) {
    in.read(block.data(), static_cast<std::streamsize>(block.size()));
    sha.add(block.data(), static_cast<std::size_t>(in.gcount()));
  }
  require(in.eof(), ErrorKind::io, "{}: reading stopped before its end", file.string());
  return hex(sha.finish());
}

std::uint64_t stable_hash(std::string_view bytes) {
  const Digest digest = digest_of(bytes);
  std::uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = value << 8 | digest[static_cast<std::size_t>(i)];
  return value;
}

}  // namespace predcorr
