// SPDX-License-Identifier: Apache-2.0
#include "tests/support/helpers.hpp"

#include <fstream>
#include <iterator>
#include <limits>

#include "core/base/stream.hpp"

namespace predcorr::test {

std::filesystem::path written(const TemporaryFolder& folder, const std::string& name, const std::string& bytes) {
  std::ofstream(folder / name, std::ios::binary) << bytes;
  return folder / name;
}

std::ptrdiff_t entries(const TemporaryFolder& folder) {
  return std::distance(std::filesystem::recursive_directory_iterator(folder.path()), {});
}

std::string missing(const std::string& text, std::initializer_list<std::string> parts) {
  for (const std::string& part : parts)
    if (text.find(part) == std::string::npos) return "no \"" + part + "\" in: " + text;
  return "";
}

Matrix normals(Index rows, Index columns, std::uint64_t seed) {
  return Stream(seed).normals(rows * columns).reshaped(rows, columns);
}

double difference(const Matrix& actual, const Matrix& expected) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (actual.rows() != expected.rows() || actual.cols() != expected.cols()) return kInfinity;
  if (expected.size() == 0) return 0;
  const double largest = expected.cwiseAbs().maxCoeff();
  const double off =
      (actual - expected).cwiseAbs().sum() < kInfinity ? (actual - expected).cwiseAbs().maxCoeff() : kInfinity;
  return largest > 0 ? off / largest : off;
}

}  // namespace predcorr::test
