// SPDX-License-Identifier: Apache-2.0
#include "datasets/images/idx.hpp"

#include <fmt/ranges.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string>

#include "core/base/error.hpp"
#include "core/base/files.hpp"

namespace predcorr::datasets {
namespace {

constexpr std::uint8_t kUnsignedBytes = 8;
constexpr Index kMostBytes = Index{1} << 32;  // five times the largest data set of the format

/// A file's bytes, unpacked where they are packed.
class UnpackedFile {
 public:
  explicit UnpackedFile(const std::filesystem::path& file) : name_(file.string()), file_(nullptr, &gzclose) {
    check_regular_file(file);
    file_.reset(gzopen(file.c_str(), "rb"));
    require(file_ != nullptr, ErrorKind::io, "{}: cannot be opened: {}", name_, std::strerror(errno));
  }

  const std::string& name() const { return name_; }

  /// Up to so many bytes; fewer only at the end.
  std::size_t read(std::uint8_t* to, std::size_t count) {
    std::size_t got = 0;
    while (got < count) {
      const auto most = static_cast<unsigned>(std::min<std::size_t>(count - got, 1 << 20));
      const int now = gzread(file_.get(), to + got, most);
      int status = Z_OK;
      const char* const reason = gzerror(file_.get(), &status);
      require(now >= 0 && (status == Z_OK || status == Z_STREAM_END), ErrorKind::data,
              "{}: is damaged or cut short ({}); fetch it again", name_, reason);
      if (now == 0) break;
      got += static_cast<std::size_t>(now);
    }
    return got;
  }

 private:
  std::string name_;
  std::unique_ptr<gzFile_s, int (*)(gzFile)> file_;
};

std::vector<Index> read_sides(UnpackedFile& file, int dimensions) {
  std::uint8_t magic[4];
  require(file.read(magic, 4) == 4 && magic[0] == 0 && magic[1] == 0, ErrorKind::data,
          "{}: is no IDX file: it does not begin with two bytes 0, a type and a number of dimensions", file.name());
  require(magic[2] == kUnsignedBytes, ErrorKind::data,
          "{}: holds numbers of IDX type 0x{:02x}; unsigned bytes (0x08) were expected", file.name(), magic[2]);
  require(magic[3] == dimensions, ErrorKind::data, "{}: has {} dimensions, {} were expected", file.name(), magic[3],
          dimensions);
  std::vector<Index> sides;
  Index product = 1;
  for (int k = 0; k < dimensions; ++k) {
    std::uint8_t big_endian[4];
    require(file.read(big_endian, 4) == 4, ErrorKind::data, "{}: ends within its header", file.name());
    Index side = 0;
    for (const std::uint8_t byte : big_endian) side = side * 256 + byte;
    sides.push_back(side);
    require(side > 0 && product <= kMostBytes / side, ErrorKind::data,
            "{}: has the shape {}; sides of at least 1, and at most {} numbers in all, were expected", file.name(),
            fmt::join(sides, " x "), kMostBytes);
    product *= side;
  }
  return sides;
}

}  // namespace

IdxArray read_idx_file(const std::filesystem::path& path, int dimensions) {
  UnpackedFile file(path);
  IdxArray array{read_sides(file, dimensions), {}};
  std::size_t due = 1;
  for (const Index side : array.sides) due *= static_cast<std::size_t>(side);
  constexpr std::size_t kStep = 1 << 20;
  while (array.values.size() < due) {
    const std::size_t had = array.values.size(), next = std::min(due, std::max(kStep, 2 * had));
    array.values.resize(next);
    const std::size_t got = file.read(array.values.data() + had, next - had);
    require(got == next - had, ErrorKind::data, "{}: ends after {} numbers; its shape {} asks for {}", file.name(),
            had + got, fmt::join(array.sides, " x "), due);
  }
  std::uint8_t more = 0;
  require(file.read(&more, 1) == 0, ErrorKind::data, "{}: goes on after the {} numbers that its shape {} asks for",
          file.name(), due, fmt::join(array.sides, " x "));
  return array;
}

}  // namespace predcorr::datasets
