// SPDX-License-Identifier: Apache-2.0
#include "core/npz.hpp"

#include <zip.h>

#include <bit>
#include <charconv>
#include <cstring>
#include <memory>

#include "core/error.hpp"

namespace predcorr {
namespace {

static_assert(std::endian::native == std::endian::little, "the writer stores little-endian arrays as they are");

/// What stands between `open` and `close` after `key` in the header's Python dictionary.
std::string header_value(const std::string& header, const std::string& key, char open, char close) {
  const auto at = header.find("'" + key + "':");
  if (at == std::string::npos) return "";
  const auto first = header.find(open, at + key.size() + 3);
  const auto last = header.find(close, first == std::string::npos ? first : first + 1);
  return last == std::string::npos ? "" : header.substr(first + 1, last - first - 1);
}

std::vector<std::uint64_t> parse_shape(const std::string& text) {
  std::vector<std::uint64_t> shape;
  for (const char *at = text.data(), *end = at + text.size(); at < end;) {
    std::uint64_t value = 0;
    const auto [next, status] = std::from_chars(at, end, value);
    if (status == std::errc()) shape.push_back(value);
    at = status == std::errc() ? next : at + 1;
  }
  return shape;
}

}  // namespace

// ------------------------------------------------------------------------------------------------------------ writing

void NpzWriter::add_raw(const std::string& name, const std::string& type, const std::string& shape, bool fortran,
                        const void* data, std::uint64_t bytes) {
  std::string header =
      fmt::format("{{'descr': '{}', 'fortran_order': {}, 'shape': ({}), }}", type, fortran ? "True" : "False", shape);
  // Magic, version 1.0, two bytes of length; padded so that the data begins at a multiple of 64.
  const std::size_t padded = (10 + header.size() + 1 + 63) / 64 * 64 - 10;
  header.resize(padded - 1, ' ');
  header += '\n';
  const std::string magic = {
      '\x93', 'N', 'U', 'M', 'P', 'Y', 1, 0, static_cast<char>(padded & 255), static_cast<char>(padded >> 8)};
  arrays_.push_back({name + ".npy", magic + header, data, bytes});
}

void NpzWriter::add(const std::string& name, const Vector& v) {
  add_raw(name, "<f8", fmt::format("{},", v.size()), false, v.data(),
          sizeof(double) * static_cast<std::uint64_t>(v.size()));
}
void NpzWriter::add(const std::string& name, const VectorF& v) {
  add_raw(name, "<f4", fmt::format("{},", v.size()), false, v.data(),
          sizeof(float) * static_cast<std::uint64_t>(v.size()));
}
void NpzWriter::add(const std::string& name, const Matrix& m) {
  add_raw(name, "<f8", fmt::format("{}, {}", m.rows(), m.cols()), true, m.data(),
          sizeof(double) * static_cast<std::uint64_t>(m.size()));
}
void NpzWriter::add(const std::string& name, const RowMatrix& m) {
  add_raw(name, "<f8", fmt::format("{}, {}", m.rows(), m.cols()), false, m.data(),
          sizeof(double) * static_cast<std::uint64_t>(m.size()));
}
void NpzWriter::add(const std::string& name, const RowMatrixF& m) {
  add_raw(name, "<f4", fmt::format("{}, {}", m.rows(), m.cols()), false, m.data(),
          sizeof(float) * static_cast<std::uint64_t>(m.size()));
}
void NpzWriter::add(const std::string& name, const Rows& v) {
  static_assert(sizeof(Index) == 8);
  add_raw(name, "<i8", fmt::format("{},", v.size()), false, v.data(), sizeof(Index) * v.size());
}

void NpzWriter::add(const std::string& name, const Index& value) {
  add_raw(name, "<i8", "", false, &value, sizeof value);
}

void NpzWriter::save(const std::filesystem::path& file) const {
  int code = 0;
  zip_t* archive = zip_open(file.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
  if (archive == nullptr) {
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    const std::string reason = zip_error_strerror(&error);
    zip_error_fini(&error);
    fail(ErrorKind::io, "{}: cannot be written: {}", file.string(), reason);
  }
  for (const Array& array : arrays_) {
    zip_buffer_fragment_t parts[2] = {};
    parts[0] = {reinterpret_cast<zip_uint8_t*>(const_cast<char*>(array.header.data())), array.header.size()};
    parts[1] = {static_cast<zip_uint8_t*>(const_cast<void*>(array.data)), array.bytes};
    zip_source_t* source = zip_source_buffer_fragment(archive, parts, array.bytes > 0 ? 2 : 1, 0);
    const zip_int64_t index =
        source == nullptr ? -1 : zip_file_add(archive, array.name.c_str(), source, ZIP_FL_ENC_UTF_8);
    const bool stored = index >= 0 &&
                        zip_set_file_compression(archive, static_cast<zip_uint64_t>(index), ZIP_CM_STORE, 0) == 0 &&
                        // A fixed date (1980-01-01): the bytes must not tell when they were written.
                        zip_file_set_dostime(archive, static_cast<zip_uint64_t>(index), 0, 0x21, 0) == 0;
    if (!stored) {
      if (index < 0 && source != nullptr) zip_source_free(source);
      const std::string reason = zip_strerror(archive);
      zip_discard(archive);
      fail(ErrorKind::io, "{}: array '{}' cannot be added: {}", file.string(), array.name, reason);
    }
  }
  if (zip_close(archive) != 0) {
    const std::string reason = zip_strerror(archive);
    zip_discard(archive);
    fail(ErrorKind::io, "{}: cannot be written: {}", file.string(), reason);
  }
}

// ------------------------------------------------------------------------------------------------------------ reading

struct NpzReader::Content {
  std::string type;
  bool fortran;
  Index rows, cols;
  std::vector<char> bytes;
};

NpzReader::NpzReader(const std::filesystem::path& file) : file_(file), archive_(nullptr) {
  int code = 0;
  archive_ = zip_open(file.c_str(), ZIP_RDONLY, &code);
  if (archive_ != nullptr) return;
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  const std::string reason = zip_error_strerror(&error);
  zip_error_fini(&error);
  fail(ErrorKind::io, "{}: cannot be read as .npz: {}", file.string(), reason);
}

NpzReader::~NpzReader() { zip_discard(archive_); }

bool NpzReader::contains(const std::string& name) const {
  return zip_name_locate(archive_, (name + ".npy").c_str(), 0) >= 0;
}

NpzReader::Content NpzReader::read(const std::string& name, bool header_only) const {
  const std::string where = fmt::format("{}: array '{}'", file_.string(), name);
  const auto opened =
      std::unique_ptr<zip_file_t, decltype(&zip_fclose)>(zip_fopen(archive_, (name + ".npy").c_str(), 0), &zip_fclose);
  require(opened != nullptr, ErrorKind::data, "{}: is missing", where);
  const auto read_exactly = [&](char* to, std::uint64_t count) {
    for (std::uint64_t done = 0; done < count;) {
      const zip_int64_t got = zip_fread(opened.get(), to + done, count - done);
      require(got > 0, ErrorKind::data, "{}: ends early, after {} of {} bytes", where, done, count);
      done += static_cast<std::uint64_t>(got);
    }
  };
  unsigned char start[10];
  read_exactly(reinterpret_cast<char*>(start), sizeof start);
  require(std::memcmp(start, "\x93NUMPY\x01", 7) == 0, ErrorKind::data, "{}: is not a NumPy array of format 1.0",
          where);
  std::string header(start[8] + 256u * start[9], ' ');
  read_exactly(header.data(), header.size());

  Content content;
  content.type = header_value(header, "descr", '\'', '\'');
  content.fortran = header.find("'fortran_order': True") != std::string::npos;
  const auto shape = parse_shape(header_value(header, "shape", '(', ')'));
  require(content.type == "<f8" || content.type == "<f4" || content.type == "<i8", ErrorKind::data,
          "{}: has type '{}'; <f8, <f4 or <i8 was expected", where, content.type);
  require(shape.size() <= 2, ErrorKind::data, "{}: has {} dimensions, at most 2 were expected", where, shape.size());
  constexpr std::uint64_t kLargest = std::uint64_t{1} << 40;
  const std::uint64_t rows = shape.empty() ? 1 : shape[0], cols = shape.size() < 2 ? 1 : shape[1];
  require(rows < kLargest && cols < kLargest && (cols == 0 || rows < kLargest / cols), ErrorKind::data,
          "{}: has the absurd shape {} x {}", where, rows, cols);
  content.rows = static_cast<Index>(rows);
  content.cols = static_cast<Index>(cols);
  const std::uint64_t bytes = rows * cols * (content.type == "<f4" ? 4 : 8);
  // Compare with the archive's own account before allocating what a damaged header asks for.
  zip_stat_t stat;
  zip_stat_init(&stat);
  require(zip_stat(archive_, (name + ".npy").c_str(), 0, &stat) == 0 && (stat.valid & ZIP_STAT_SIZE) != 0 &&
              stat.size == sizeof start + header.size() + bytes,
          ErrorKind::data, "{}: its size does not fit its shape {} x {}", where, rows, cols);
  if (header_only) return content;
  content.bytes.resize(bytes);
  read_exactly(content.bytes.data(), bytes);
  char end = 0;  // the archive's check sum is compared when its end is reached
  require(zip_fread(opened.get(), &end, 1) == 0, ErrorKind::data, "{}: is damaged (its check sum is wrong)", where);
  return content;
}

namespace {
template <class T>
Matrix mapped(const char* bytes, Index rows, Index cols, bool fortran) {
  const auto* data = reinterpret_cast<const T*>(bytes);
  using Column = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>;
  using Row = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  if (fortran || cols == 1) return Eigen::Map<const Column>(data, rows, cols).template cast<double>();
  return Eigen::Map<const Row>(data, rows, cols).template cast<double>();
}
}  // namespace

Matrix NpzReader::matrix(const std::string& name) const {
  const Content c = read(name);
  if (c.type == "<f8") return mapped<double>(c.bytes.data(), c.rows, c.cols, c.fortran);
  if (c.type == "<f4") return mapped<float>(c.bytes.data(), c.rows, c.cols, c.fortran);
  return mapped<std::int64_t>(c.bytes.data(), c.rows, c.cols, c.fortran);
}

Vector NpzReader::vector(const std::string& name) const {
  const Matrix m = matrix(name);
  require(m.cols() == 1, ErrorKind::data, "{}: array '{}' has shape {} x {}; one dimension was expected",
          file_.string(), name, m.rows(), m.cols());
  return m.col(0);
}

Rows NpzReader::rows(const std::string& name) const {
  const Content c = read(name);
  require(c.type == "<i8" && c.cols == 1, ErrorKind::data, "{}: array '{}' must be one-dimensional int64",
          file_.string(), name);
  Rows rows(static_cast<std::size_t>(c.rows));
  std::memcpy(rows.data(), c.bytes.data(), c.bytes.size());
  return rows;
}

bool NpzReader::is_float32(const std::string& name) const { return read(name, true).type == "<f4"; }

}  // namespace predcorr
