// SPDX-License-Identifier: Apache-2.0
#include "core/numpy/npy.hpp"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <limits>

#include "core/base/error.hpp"
#include "core/base/files.hpp"

namespace predcorr {
namespace {

static_assert(std::endian::native == std::endian::little, "'swapped' means big-endian");

constexpr std::size_t kLongestHeader = 1 << 16;  // those of plain arrays have some 100 bytes

/// Reads through a source and counts.
class Reader {
 public:
  Reader(const ByteSource& source, const std::string& where) : source_(source), where_(where) {}

  std::uint64_t left() const { return source_.size - std::min(done_, source_.size); }

  void exactly(char* to, std::size_t count) {
    for (std::size_t got = 0; got < count;) {
      const std::size_t now = source_.read(to + got, count - got);
      require(now > 0, ErrorKind::data, "{}: ends early, after {} bytes; save it again", where_, done_);
      got += now;
      done_ += now;
    }
  }

  /// What has come is doubled, so that a promise costs nothing.
  std::vector<char> grown_to(std::uint64_t count) {
    std::vector<char> bytes;
    constexpr std::uint64_t kStep = 1 << 20;
    while (bytes.size() < count) {
      const std::uint64_t next = std::min(count, std::max({kStep, source_.at_once, 2 * std::uint64_t{bytes.size()}}));
      const std::size_t had = bytes.size();
      bytes.reserve(next);  // not a byte more
      bytes.resize(next);
      exactly(bytes.data() + had, bytes.size() - had);
    }
    return bytes;
  }

  void expect_end() {
    char more = 0;
    require(source_.read(&more, 1) == 0, ErrorKind::data, "{}: goes on after its last number; save it again", where_);
  }

 private:
  const ByteSource& source_;
  const std::string& where_;
  std::uint64_t done_ = 0;
};

std::uint64_t bytes_of(const NpyHeader& h) {  // as read_header has checked, below 2^64
  return static_cast<std::uint64_t>(h.rows) * static_cast<std::uint64_t>(h.cols) * static_cast<unsigned>(h.item_bytes);
}

NpyHeader read_header(Reader& reader, const std::string& where, int most) {
  unsigned char start[12];
  require(reader.left() >= 10, ErrorKind::data, "{}: has {} bytes, fewer than any NumPy array; save it again", where,
          reader.left());
  reader.exactly(reinterpret_cast<char*>(start), 10);
  require(std::memcmp(start, "\x93NUMPY", 6) == 0, ErrorKind::data, "{}: is no NumPy array (.npy)", where);
  require(start[6] >= 1 && start[6] <= 3 && start[7] == 0, ErrorKind::data,
          "{}: has .npy format {}.{}; 1.0, 2.0 or 3.0 was expected", where, start[6], start[7]);
  std::uint64_t length = start[8] + 256u * start[9];
  if (start[6] > 1) {
    reader.exactly(reinterpret_cast<char*>(start) + 10, 2);
    length += (std::uint64_t{start[10]} << 16) + (std::uint64_t{start[11]} << 24);
  }
  require(length <= reader.left(), ErrorKind::data, "{}: its header claims {} bytes, there are {}; save it again",
          where, length, reader.left());
  require(length <= kLongestHeader, ErrorKind::data,
          "{}: its header has {} bytes; that of a plain array has some 100; save it as "
          "numbers: np.asarray(a, dtype=np.float64)",
          where, length);
  std::string text(length, ' ');
  reader.exactly(text.data(), text.size());
  const NpyHeader header = parse_npy_header(text, where, most);
  const auto rows = static_cast<std::uint64_t>(header.rows), cols = static_cast<std::uint64_t>(header.cols);
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max() / 8;
  require(cols == 0 || rows <= kMost / cols, ErrorKind::data, "{}: has the absurd shape {}", where, header.shape());
  require(bytes_of(header) == reader.left(), ErrorKind::data,
          "{}: its shape {} asks for {} bytes of {}, there are {}; save it again", where, header.shape(),
          bytes_of(header), header.type, reader.left());
  return header;
}

/// For each place of a row in C's order the place of the same number in Fortran's.
Rows places_in_fortran(const std::vector<Index>& sides) {
  Rows places = {0};
  Index step = 1;
  for (std::size_t k = 1; k < sides.size(); ++k) {
    Rows longer;
    for (const Index place : places)
      for (Index i = 0; i < sides[k]; ++i) longer.push_back(place + i * step);
    places = std::move(longer);
    step *= sides[k];
  }
  return places;
}

template <class T, class To>
To converted(const NpyArray& a) {
  using Column = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>;
  using Row = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const auto* data = reinterpret_cast<const T*>(a.bytes.data());
  const Index rows = a.header.rows, cols = a.header.cols;
  if (rows == 0 || cols == 0) return To(rows, cols);  // of no numbers there may be absurdly many columns
  if (a.header.fortran && a.header.dimensions > kMatrixDimensions)
    return Eigen::Map<const Column>(data, rows, cols)(Eigen::all, places_in_fortran(a.header.sides))
        .template cast<typename To::Scalar>();
  if (a.header.fortran || cols == 1)
    return Eigen::Map<const Column>(data, rows, cols).template cast<typename To::Scalar>();
  return Eigen::Map<const Row>(data, rows, cols).template cast<typename To::Scalar>();
}

/// Calls `body` with a null pointer to the type that the numbers have.
template <class Body>
auto with_type(const NpyHeader& h, const Body& body) {
  if (h.kind == 'f')
    return h.item_bytes == 4 ? body(static_cast<float*>(nullptr)) : body(static_cast<double*>(nullptr));
  if (h.kind == 'i')
    return h.item_bytes == 1   ? body(static_cast<std::int8_t*>(nullptr))
           : h.item_bytes == 2 ? body(static_cast<std::int16_t*>(nullptr))
           : h.item_bytes == 4 ? body(static_cast<std::int32_t*>(nullptr))
                               : body(static_cast<std::int64_t*>(nullptr));
  return h.item_bytes == 1   ? body(static_cast<std::uint8_t*>(nullptr))
         : h.item_bytes == 2 ? body(static_cast<std::uint16_t*>(nullptr))
         : h.item_bytes == 4 ? body(static_cast<std::uint32_t*>(nullptr))
                             : body(static_cast<std::uint64_t*>(nullptr));
}

}  // namespace

NpyHeader read_npy_header(const ByteSource& source, const std::string& where, int most) {
  Reader reader(source, where);
  return read_header(reader, where, most);
}

NpyArray read_npy(const ByteSource& source, const std::string& where, int most) {
  Reader reader(source, where);
  NpyArray array{read_header(reader, where, most), {}, where};
  array.bytes = reader.grown_to(bytes_of(array.header));
  reader.expect_end();
  const auto item = static_cast<std::ptrdiff_t>(array.header.item_bytes);
  if (array.header.swapped)
    for (auto at = array.bytes.begin(); at != array.bytes.end(); at += item) std::reverse(at, at + item);
  if (array.header.kind == 'b')
    for (char& c : array.bytes) c = c != 0;
  return array;
}

NpyArray read_npy_file(const std::filesystem::path& file, int most) {
  const std::uint64_t size = check_regular_file(file);
  std::ifstream in(file, std::ios::binary);
  require(in.good(), ErrorKind::io, "{}: cannot be opened: {}", file.string(), std::strerror(errno));
  const auto read = [&](char* to, std::size_t count) {
    in.read(to, static_cast<std::streamsize>(count));
    return static_cast<std::size_t>(in.gcount());
  };
  return read_npy({read, size, size}, file.string(), most);
}

Matrix NpyArray::matrix() const {
  return with_type(header, [&](auto* type) { return converted<std::remove_pointer_t<decltype(type)>, Matrix>(*this); });
}

MatrixF NpyArray::floats() const {
  return with_type(header,
                   [&](auto* type) { return converted<std::remove_pointer_t<decltype(type)>, MatrixF>(*this); });
}

Vector NpyArray::vector() const {
  require(header.cols == 1, ErrorKind::data, "{}: has shape {}; one dimension was expected", where, header.shape());
  return matrix().col(0);
}

Rows NpyArray::integers() const {
  require(header.is_integer(), ErrorKind::data,
          "{}: has dtype '{}'; integers (int64) were expected: a.astype(np.int64)", where, header.type);
  require(header.cols == 1, ErrorKind::data, "{}: has shape {}; one dimension was expected", where, header.shape());
  return with_type(header, [&](auto* type) {
    using T = std::remove_pointer_t<decltype(type)>;
    const auto* data = reinterpret_cast<const T*>(bytes.data());
    Rows rows(static_cast<std::size_t>(header.rows));
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const T value = data[i];
      if constexpr (std::is_same_v<T, std::uint64_t>)
        require(value <= static_cast<std::uint64_t>(std::numeric_limits<Index>::max()), ErrorKind::data,
                "{}: number {} is {}, too large for int64", where, i, value);
      rows[i] = static_cast<Index>(value);
    }
    return rows;
  });
}

}  // namespace predcorr
