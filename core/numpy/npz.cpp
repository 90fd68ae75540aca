// SPDX-License-Identifier: Apache-2.0
#include "core/numpy/npz.hpp"

#include <zip.h>

#include <algorithm>
#include <bit>
#include <fstream>

#include "core/base/error.hpp"
#include "core/base/files.hpp"
#include "core/base/text.hpp"

namespace predcorr {
namespace {

static_assert(std::endian::native == std::endian::little, "the writer stores little-endian arrays as they are");

std::string reason_of(int code) {
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  const std::string reason = zip_error_strerror(&error);
  zip_error_fini(&error);
  return reason;
}

/// Call before every zip_open: the first one fills a table without a lock (libzip 1.7.3, zip_open_from_source), and of
/// two threads that open their first archives at once one may be told "Read-only archive". So that one happens alone.
void ready_libzip() {
  [[maybe_unused]] static const bool ready = [] {
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t* source = zip_source_buffer_create(nullptr, 0, 0, &error);
    zip_t* archive = source == nullptr ? nullptr : zip_open_from_source(source, ZIP_CREATE | ZIP_TRUNCATE, &error);
    if (archive != nullptr) zip_discard(archive);
    if (archive == nullptr && source != nullptr) zip_source_free(source);
    zip_error_fini(&error);
    return true;
  }();
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

void NpzWriter::save(const std::filesystem::path& file, Compression compression) const {
  // What unpacks to more may look like a bomb to a reader, where it deflates well. Beyond the fastest level nothing is
  // gained: mantissas are noise.
  constexpr std::uint64_t kLargest = std::uint64_t{1} << 27;
  constexpr int kLevel = 1;
  int code = 0;
  ready_libzip();
  zip_t* archive = zip_open(file.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
  if (archive == nullptr) {
    fail(ErrorKind::io, "{}: cannot be written: {}", file.string(), reason_of(code));
  }
  for (const Array& array : arrays_) {
    zip_buffer_fragment_t parts[2] = {};
    parts[0] = {reinterpret_cast<zip_uint8_t*>(const_cast<char*>(array.header.data())), array.header.size()};
    parts[1] = {static_cast<zip_uint8_t*>(const_cast<void*>(array.data)), array.bytes};
    zip_source_t* source = zip_source_buffer_fragment(archive, parts, array.bytes > 0 ? 2 : 1, 0);
    const zip_int64_t index =
        source == nullptr ? -1 : zip_file_add(archive, array.name.c_str(), source, ZIP_FL_ENC_UTF_8);
    const bool deflated = compression == Compression::deflated && array.bytes <= kLargest;
    const bool stored = index >= 0 &&
                        zip_set_file_compression(archive, static_cast<zip_uint64_t>(index),
                                                 deflated ? ZIP_CM_DEFLATE : ZIP_CM_STORE, kLevel) == 0 &&
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

namespace {

/// Names that NumPy makes of keywords. Nothing is ever unpacked to disk; but who wrote "../x" was up to something.
bool is_plain(const std::string& name) {
  if (name.empty() || name.front() == '/' || name.find('\\') != std::string::npos) return false;
  if (("/" + name + "/").find("/../") != std::string::npos) return false;
  return std::all_of(name.begin(), name.end(), [](unsigned char c) { return c >= ' ' && c != 127; });
}

/// @param start its first bytes
[[noreturn]] void refuse_archive(const std::string& file, std::string_view start, const std::string& reason) {
  if (start.substr(0, 6) == "\x93NUMPY")
    fail(ErrorKind::io, "{}: is a single array (.npy); an archive of named arrays was expected: np.savez(file, name=a)",
         file);
  if (start.substr(0, 2) == "PK") fail(ErrorKind::io, "{}: is cut short or damaged ({}); save it again", file, reason);
  fail(ErrorKind::io, "{}: cannot be read as .npz: {}", file, reason);
}

}  // namespace

NpzReader::NpzReader(const std::filesystem::path& file, const As& as)
    : file_(as.name), file_bytes_(check_regular_file(file)), archive_(nullptr, &zip_discard) {
  int code = 0;
  ready_libzip();
  archive_.reset(zip_open(file.c_str(), ZIP_RDONLY, &code));
  if (archive_ == nullptr) {
    char start[6] = {};
    std::ifstream(file, std::ios::binary).read(start, sizeof start);
    refuse_archive(file_, {start, sizeof start}, reason_of(code));
  }
  list_members();
}

NpzReader::NpzReader(std::string_view bytes, const std::string& name)
    : file_(name), file_bytes_(bytes.size()), archive_(nullptr, &zip_discard) {
  ready_libzip();
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  if (source != nullptr) archive_.reset(zip_open_from_source(source, ZIP_RDONLY, &error));
  if (source != nullptr && archive_ == nullptr) zip_source_free(source);
  const std::string reason = zip_error_strerror(&error);
  zip_error_fini(&error);
  if (archive_ == nullptr) refuse_archive(file_, bytes, reason);
  list_members();
}

NpzReader::~NpzReader() = default;

void NpzReader::list_members() {
  require(file_bytes_ > 0, ErrorKind::io, "{}: is empty; save it again", file_);
  constexpr std::string_view kEnding = ".npy";
  const zip_int64_t count = zip_get_num_entries(archive_.get(), 0);
  for (zip_uint64_t i = 0; i < static_cast<zip_uint64_t>(std::max<zip_int64_t>(count, 0)); ++i) {
    zip_stat_t stat;
    zip_stat_init(&stat);
    constexpr zip_uint64_t kNeeded =
        ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
    require(zip_stat_index(archive_.get(), i, 0, &stat) == 0 && (stat.valid & kNeeded) == kNeeded, ErrorKind::data,
            "{}: its member {} is damaged; save it again", file_, i);
    std::string name = stat.name;
    if (!name.ends_with(kEnding)) continue;
    name.resize(name.size() - kEnding.size());
    require(is_plain(name), ErrorKind::data,
            "{}: member {} has a name that is no array's (absolute, with '..', a backslash or control characters); "
            "save it by np.savez",
            file_, i);
    const std::string where = fmt::format("{}: array '{}'", file_, name);
    require(stat.encryption_method == ZIP_EM_NONE, ErrorKind::data, "{}: is encrypted; save it by np.savez", where);
    require(stat.comp_method == ZIP_CM_STORE || stat.comp_method == ZIP_CM_DEFLATE, ErrorKind::data,
            "{}: is compressed by zip method {}; save it by np.savez or np.savez_compressed", where, stat.comp_method);
    const Member member{i, stat.size, std::min<std::uint64_t>(stat.comp_size, file_bytes_),
                        stat.comp_method == ZIP_CM_DEFLATE};
    require(members_.emplace(name, member).second, ErrorKind::data, "{}: is there twice; save it once", where);
  }
}

std::vector<std::string> NpzReader::names() const {
  std::vector<std::string> all;
  for (const auto& [name, member] : members_) all.push_back(name);
  return all;
}

/// Deflate makes at most 1032 bytes of one.
const NpzReader::Member& NpzReader::member(const std::string& name) const {
  const auto found = members_.find(name);
  require(found != members_.end(), ErrorKind::data, "{}: array '{}' is missing; the file has: {}", file_, name,
          comma_list(names()));
  const Member& member = found->second;
  constexpr std::uint64_t kMost = 1100;
  const std::uint64_t most = member.deflated ? (member.stored_bytes + 64) * kMost : member.stored_bytes;
  require(member.bytes <= most, ErrorKind::data, "{}: array '{}': claims {} bytes in {} of the file; save it again",
          file_, name, member.bytes, member.stored_bytes);
  return member;
}

/// Below what deflate can do a bomb looks like an array of zeros: large ones must be expected, or stored.
void NpzReader::check_size(const std::string& name, std::uint64_t bytes, Index expected) const {
  constexpr std::uint64_t kLargest = std::uint64_t{1} << 28, kSuspicious = 200;
  const Member& m = member(name);
  const auto counted_on = static_cast<std::uint64_t>(std::max<Index>(expected, 0));
  require(
      !m.deflated || bytes <= kLargest || bytes / sizeof(double) <= counted_on || bytes / kSuspicious <= m.stored_bytes,
      ErrorKind::data,
      "{}: array '{}': would unpack to {} bytes from {}; if it is meant to, save it without compression: np.savez",
      file_, name, bytes, m.stored_bytes);
}

/// Calls `read` with the member's bytes and what to call it.
template <class Read>
auto NpzReader::open(const std::string& name, const Read& read) const {
  const std::string where = fmt::format("{}: array '{}'", file_, name);
  const Member& member = this->member(name);
  const std::unique_ptr<zip_file_t, int (*)(zip_file_t*)> file(zip_fopen_index(archive_.get(), member.index, 0),
                                                               &zip_fclose);
  require(file != nullptr, ErrorKind::data, "{}: cannot be read: {}", where, zip_strerror(archive_.get()));
  const auto next = [&](char* to, std::size_t count) {
    const zip_int64_t got = zip_fread(file.get(), to, count);
    // The archive's check sum is compared when its end is reached.
    require(got >= 0, ErrorKind::data, "{}: is damaged ({}); save it again", where, zip_file_strerror(file.get()));
    return static_cast<std::size_t>(got);
  };
  return read(ByteSource{next, member.bytes, member.deflated ? 0 : file_bytes_}, where);
}

NpyHeader NpzReader::header(const std::string& name, int most) const {
  return open(name,
              [&](const ByteSource& source, const std::string& where) { return read_npy_header(source, where, most); });
}

NpyArray NpzReader::array(const std::string& name, Index expected, int most) const {
  constexpr std::uint64_t kHeader = 1 << 17;
  check_size(name, member(name).bytes, expected + static_cast<Index>(kHeader / sizeof(double)));
  const NpyHeader h = header(name, most);  // numbers of one byte become doubles
  check_size(name, static_cast<std::uint64_t>(h.rows) * static_cast<std::uint64_t>(h.cols) * sizeof(double), expected);
  return open(name, [&](const ByteSource& source, const std::string& where) { return read_npy(source, where, most); });
}

}  // namespace predcorr
