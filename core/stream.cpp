// SPDX-License-Identifier: Apache-2.0
#include "core/stream.hpp"

#include <fmt/format.h>

#include <utility>

#include "core/hash.hpp"

namespace predcorr {

Stream::Stream(std::uint64_t seed) : key_(seed), engine_(seed) {}

Stream Stream::fork(std::string_view name, std::uint64_t index) const {
  return Stream(stable_hash(fmt::format("{:016x}/{}/{}", key_, name, index)));
}

Vector Stream::normals(Index n) {
  Vector draws(n);
  for (double& draw : draws) draw = normal();
  return draws;
}

Rows Stream::permutation(Index n) {
  Rows rows = consecutive_rows(0, n);
  for (Index i = n - 1; i > 0; --i)
    std::swap(rows[static_cast<std::size_t>(i)], rows[static_cast<std::size_t>(index(i + 1))]);
  return rows;
}

}  // namespace predcorr
