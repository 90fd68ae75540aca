// SPDX-License-Identifier: Apache-2.0
#include "core/numpy/npy.hpp"

#include <cmath>
#include <cstring>

#include "core/base/files.hpp"
#include "core/base/stream.hpp"
#include "core/numpy/npz.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/npz_exercise.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

using test::error_of;
using test::missing;

const Json& files() { return test::reference("npz_reference.json").at("files"); }

std::string file(const std::string& name) {
  const std::string digits = files().at(name).get<std::string>();
  std::string bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
    bytes += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
  return bytes;
}

/// Format 1.0 around a header and data.
std::string npy(const std::string& dictionary, const std::string& data) {
  const std::string length = {static_cast<char>(dictionary.size() & 255), static_cast<char>(dictionary.size() >> 8)};
  return std::string("\x93NUMPY\x01\x00", 8) + length + dictionary + data;
}

std::string refusal(const std::string& bytes) {
  const test::TemporaryFolder folder;
  const auto path = test::written(folder, "a.npy", bytes);
  return error_of([&] { read_npy_file(path); });
}

/// A number in the archive's directory entry of a member, at an offset of that entry.
void patch(std::string& archive, const std::string& member, std::size_t offset, std::uint32_t value, int bytes) {
  const std::size_t entry = archive.rfind(member) - 46;
  REQUIRE(archive.compare(entry, 4, "PK\x01\x02") == 0);
  for (int i = 0; i < bytes; ++i)
    archive[entry + offset + static_cast<std::size_t>(i)] = static_cast<char>(value >> (8 * i));
}
constexpr std::size_t kFlags = 8, kMethod = 10, kStoredBytes = 20, kBytes = 24;

TEST_CASE("Every type, order and shape that NumPy writes comes back with its values", "[core]") {
  const Json& expected = test::reference("npz_reference.json").at("expected");
  for (const char* name : {"stored.npz", "deflated.npz"}) {
    const std::string bytes = file(name);
    const NpzReader reader(bytes, name);
    REQUIRE(reader.names().size() == expected.size());
    for (const auto& [array, json] : expected.items()) {
      INFO(name << " " << array);
      const NpyHeader header = reader.header(array);
      CHECK(static_cast<std::size_t>(header.dimensions) == json.at("shape").size());
      const Matrix m = reader.matrix(array);
      REQUIRE(m.rows() == (header.dimensions > 0 ? json.at("shape")[0].get<Index>() : 1));
      REQUIRE(m.cols() == (header.dimensions > 1 ? json.at("shape")[1].get<Index>() : 1));
      if (m.size() > 0) CHECK(m == test::matrix(json.at("values")));
    }
    CHECK(std::signbit(reader.matrix("f8")(2, 1)));
    CHECK(reader.rows("count") == Rows{7});
    CHECK(reader.rows("truth") == Rows{1});
    CHECK(reader.is_float32("big_f4"));
    CHECK_FALSE(reader.is_float32("f8"));
    CHECK(reader.array("f4_fortran").floats() == reader.matrix("f4").cast<float>());
    CHECK(reader.header("f8_fortran").fortran);
  }
}

TEST_CASE("Formats 1.0, 2.0 and 3.0 in files of one array", "[core]") {
  const test::TemporaryFolder folder;
  for (const char* name : {"format_1.npy", "format_2.npy", "format_3.npy"}) {
    INFO(name);
    const NpyArray array = read_npy_file(test::written(folder, name, file(name)));
    CHECK(array.matrix() == Matrix{{0.1, -2.5}, {3e38, 1e-30}, {7, 0}});
    CHECK(array.header.type == "<f8");
  }
  std::string later = file("format_3.npy");
  later[6] = 4;
  CHECK(missing(refusal(later), {"data: ", "a.npy", "format 4.0", "1.0, 2.0 or 3.0"}) == "");
}

TEST_CASE("What is no plain array of numbers is refused with file, array, what was found and what to do", "[core]") {
  const Json& parts = test::reference("npz_reference.json").at("refused");
  const std::string bytes = file("refused.npz");
  const NpzReader reader(bytes, "theirs.npz");
  REQUIRE(parts.size() == 10);
  for (const auto& [array, part] : parts.items())
    CHECK(missing(error_of([&, name = array] { reader.matrix(name); }),
                  {"data: theirs.npz: array '" + array + "'", part.get<std::string>(), "sav"}) == "");
  CHECK(missing(error_of([&] { reader.header("objects"); }), {"'|O'", "float64", "allow_pickle=False"}) == "");
}

TEST_CASE("Headers are read strictly", "[core]") {
  const auto header = [](const std::string& text) { return parse_npy_header(text, "here"); };
  CHECK(header("{'shape': (2L, 3L,), \"descr\": '=f8', 'fortran_order': True}  \n").shape() == "2 x 3");
  CHECK(header("{'descr':'f4','fortran_order':False,'shape':()}").shape() == "a single number");
  const std::string start = "{'descr': '<f8', 'fortran_order': False, ";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "'{' was expected at character 0"},
      {"{}", "lacks 'descr'"},
      {start + "}", "lacks 'shape'"},
      {start + "'shape': (3)}", "',' after a single side"},
      {start + "'shape': (3,), 'shape': (3,)}", "'shape' twice"},
      {start + "'shape': (3,), 'more': 1}", "'more' that NumPy does not write"},
      {start + "'shape': (3,)} + __import__('os')", "nothing more"},
      {start + "'shape': (3,)", "'}' was expected"},
      {start + "'shape': (-3,)}", "negative side"},
      {start + "'shape': (3.5,)}", "')' was expected"},
      {start + "'shape': (1099511627777,)}", "absurd side: 1099511627777"},
      {start + "'shape': (99999999999999999999999,)}", "absurd side: 99999999999999999999999"},
      {start + "'shape': (2, 2, 2)}", "3 dimensions, at most 2"},
      {"{'descr': '<f8', 'fortran_order': 0, 'shape': ()}", "True or False"},
      {"{'descr': '|f8', 'fortran_order': False, 'shape': ()}", "byte order"},
      {"{'descr': '<f8\\x00', 'fortran_order': False, 'shape': ()}", "plain letters"},
      {"{'descr': '', 'fortran_order': False, 'shape': ()}", "no numbers"},
  };
  for (const auto& [text, part] : cases)
    CHECK(missing(error_of([&, t = text] { header(t); }), {"data: here", part}) == "");
}

TEST_CASE("Who asks for more dimensions gets rows in C's order", "[core]") {
  const std::string numbers = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
  const test::TemporaryFolder folder;
  const auto array = [&](const std::string& shape, const char* fortran, int most) {
    const std::string start = std::string("{'descr': '|u1', 'fortran_order': ") + fortran + ", 'shape': " + shape + "}";
    return read_npy_file(test::written(folder, "a.npy", npy(start, numbers)), most);
  };
  const NpyArray cube = array("(2, 3, 2)", "False", kImageDimensions);
  CHECK(cube.header.dimensions == 3);
  CHECK(cube.header.sides == std::vector<Index>{2, 3, 2});
  CHECK(cube.header.rows == 2);
  CHECK(cube.header.cols == 6);
  CHECK(cube.header.shape() == "2 x 3 x 2");
  CHECK(cube.matrix() == Matrix{{0, 1, 2, 3, 4, 5}, {6, 7, 8, 9, 10, 11}});
  // In Fortran's order number (i, j, k) is at place i + 2 j + 6 k.
  CHECK(array("(2, 3, 2)", "True", kImageDimensions).matrix() == Matrix{{0, 6, 2, 8, 4, 10}, {1, 7, 3, 9, 5, 11}});
  CHECK(array("(1, 2, 3, 2)", "True", kImageDimensions).floats() == MatrixF{{0, 6, 2, 8, 4, 10, 1, 7, 3, 9, 5, 11}});
  CHECK(array("(3, 4)", "True", kImageDimensions).matrix() == array("(3, 4)", "True", kMatrixDimensions).matrix());
  CHECK(missing(error_of([&] { array("(1, 1, 3, 2, 2)", "False", kImageDimensions); }),
                {"data: ", "a.npy", "5 dimensions, at most 4"}) == "");
  CHECK(missing(error_of([&] { array("(2, 1099511627776, 1099511627776)", "False", kImageDimensions); }),
                {"data: ", "absurd shape 2 x 1099511627776 x 1099511627776"}) == "");
  CHECK(missing(error_of([&] { array("(2, 3, 3)", "False", kImageDimensions); }),
                {"data: ", "its shape 2 x 3 x 3 asks for 18 bytes", "there are 12"}) == "");
  const std::string nothing = "{'descr': '|u1', 'fortran_order': True, 'shape': (0, 1048576, 1048576)}";
  const NpyArray empty = read_npy_file(test::written(folder, "a.npy", npy(nothing, "")), kImageDimensions);
  CHECK(empty.matrix().cols() == Index{1} << 40);
}

TEST_CASE("Files that are cut, too long, or promise what is not there", "[core]") {
  const std::string plain = "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }\n", two(16, '\0');
  const auto shaped = [&](const std::string& shape) {
    return npy("{'descr': '<f8', 'fortran_order': False, 'shape': " + shape + "}", two);
  };
  const std::string good = npy(plain, two);
  CHECK(missing(refusal(good.substr(0, 9)), {"has 9 bytes, fewer than any"}) == "");
  CHECK(missing(refusal(good.substr(0, 40)), {"its header claims 58 bytes, there are 30"}) == "");
  CHECK(missing(refusal(good.substr(0, 80)), {"its shape 2 asks for 16 bytes of <f8, there are 12"}) == "");
  CHECK(missing(refusal(good + "x"), {"asks for 16 bytes of <f8, there are 17"}) == "");
  CHECK(missing(refusal("text that is no array"), {"is no NumPy array"}) == "");
  CHECK(missing(refusal(npy(std::string(65535, ' '), "")), {"'{' was expected"}) == "");
  CHECK(missing(refusal(std::string("\x93NUMPY\x02\x00\xff\xff\xff\xff", 12) + plain), {"claims 4294967295 bytes"}) ==
        "");
  CHECK(missing(refusal(std::string("\x93NUMPY\x02\x00\x00\x00\x02\x00", 12) + std::string(1 << 17, ' ')),
                {"header has 131072 bytes", "plain array"}) == "");
  // Products that overflow 64 bits, or do not but are absurd: nothing of the kind is ever allocated.
  CHECK(missing(refusal(shaped("(1099511627776, 1099511627776)")), {"absurd shape 1099511627776 x"}) == "");
  CHECK(missing(refusal(shaped("(1073741824, 1000000)")), {"asks for 8589934592000000 bytes"}) == "");
  CHECK(missing(refusal(shaped("(1099511627776, 0)")), {"asks for 0 bytes"}) == "");
  CHECK_THAT(error_of([] { read_npy_file("/nowhere/a.npy"); }), test::contains("io: /nowhere/a.npy: cannot be opened"));
}

TEST_CASE("Integers that are asked for as such", "[core]") {
  const std::string bytes = file("stored.npz");
  const NpzReader reader(bytes, "s.npz");
  CHECK(missing(error_of([&] { reader.rows("vector"); }), {"data: s.npz: array 'vector'", "'<f8'", "int64"}) == "");
  CHECK(missing(error_of([&] { reader.rows("i8"); }), {"3 x 2", "one dimension"}) == "");
  CHECK(missing(error_of([&] { reader.rows("cuont"); }), {"is missing", "the file has: ", "count"}) == "");
  const auto large = npy("{'descr': '<u8', 'fortran_order': False, 'shape': ()}", std::string(8, '\xff'));
  const test::TemporaryFolder folder;
  const NpyArray array = read_npy_file(test::written(folder, "u.npy", large));
  CHECK(missing(error_of([&] { array.integers(); }), {"number 0 is 18446744073709551615, too large"}) == "");
}

TEST_CASE("Archives that are not NumPy's", "[core]") {
  const auto opening = [](const std::string& bytes) { return error_of([&] { NpzReader reader(bytes, "z.npz"); }); };
  CHECK(missing(opening(file("twice.npz")), {"data: z.npz: array 'a'", "there twice"}) == "");
  CHECK(missing(opening(file("leads_out.npz")), {"data: z.npz", "no array's"}) == "");
  CHECK(missing(opening(file("absolute.npz")), {"data: z.npz", "no array's"}) == "");
  CHECK(missing(opening(file("bzip2.npz")), {"'a'", "zip method 12"}) == "");
  CHECK(missing(opening(file("format_1.npy")), {"io: z.npz", "single array (.npy)", "np.savez"}) == "");
  CHECK(missing(opening(""), {"io: z.npz: is empty"}) == "");
  std::string locked = file("with_text.npz");
  patch(locked, "a.npy", kFlags, 1, 2);
  CHECK(missing(opening(locked), {"'a'", "is encrypted"}) == "");
  const std::string text = file("with_text.npz"), none = file("no_array.npz");
  CHECK(NpzReader(text, "t").names() == std::vector<std::string>{"a"});
  CHECK(missing(error_of([&] { NpzReader(none, "n").matrix("a"); }), {"n: array 'a': is no NumPy array"}) == "");
  const test::TemporaryFolder folder;
  CHECK_THAT(error_of([&] { NpzReader reader(folder.path()); }), test::contains("is a folder"));
}

TEST_CASE("Zeros may be small, but a bomb is not unpacked", "[core]") {
  const std::string zeros = file("zeros.npz");
  CHECK(NpzReader(zeros, "z").matrix("zeros") == Matrix::Zero(200, 200));
  const auto reading = [](const std::string& bytes, const char* array) {
    return error_of([&] { NpzReader(bytes, "z.npz").matrix(array); });
  };
  std::string claims = zeros;
  patch(claims, "zeros.npy", kBytes, 0x7fffffff, 4);
  CHECK(missing(reading(claims, "zeros"), {"data: z.npz: array 'zeros'", "claims 2147483647 bytes in 4"}) == "");
  std::string shorter = file("stored.npz");
  patch(shorter, "vector.npy", kBytes, 100000, 4);
  CHECK(missing(reading(shorter, "vector"), {"array 'vector'"}) == "");
  // 1.5 MB that would become 1.2 GB is possible, but more likely a bomb than a covariance.
  const test::TemporaryFolder folder;
  const Vector padding = Vector::Ones(1 << 18), v = Vector::Ones(3);
  NpzWriter writer;
  writer.add("padding", padding);
  writer.add("v", v);
  writer.save(folder / "large.npz");
  std::string bomb = read_text_file(folder / "large.npz");
  patch(bomb, "v.npy", kMethod, 8, 2);
  patch(bomb, "v.npy", kStoredBytes, 1500000, 4);
  patch(bomb, "v.npy", kBytes, 1200000000, 4);
  CHECK(missing(reading(bomb, "v"), {"would unpack to 1200000000 bytes from 1500000", "np.savez"}) == "");
}

TEST_CASE("Thousands of damaged files end in an Error or in an array, and in nothing else", "[core]") {
  std::vector<std::string> seeds;
  for (const auto& [name, digits] : files().items()) seeds.push_back(file(name));
  for (const std::string& seed : seeds) CHECK_NOTHROW(test::exercise_npz(seed));
  Stream stream(7);
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(stream.index(static_cast<Index>(n))); };
  const std::vector<std::string> pieces = {"\xff\xff\xff\xff",
                                           std::string(4, '\0'),
                                           "\x7f",
                                           "(9, 9)",
                                           ">f8",
                                           "|O8",
                                           "[('a', '<f8')]",
                                           "True",
                                           "-1",
                                           "PK",
                                           "L, ",
                                           "9999999"};
  int read = 0, refused = 0;
  for (int round = 0; round < 4000; ++round) {
    // Small files more often: a large one's few kilobytes of directory take most of the time.
    std::string bytes = seeds[below(seeds.size())];
    if (bytes.size() > 4000 && round % 8 != 0) bytes = seeds[below(2) == 0 ? 3 : 4];
    for (std::size_t change = 0; change <= below(4); ++change) {
      const std::size_t at = below(bytes.size());
      const std::string& piece = pieces[below(pieces.size())];
      switch (below(5)) {
        case 0: bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(8))); break;
        case 1: bytes.replace(at, std::min(piece.size(), bytes.size() - at), piece); break;
        case 2: bytes.insert(at, piece); break;
        case 3: bytes.erase(at, 1 + below(8)); break;
        default: bytes.resize(std::max<std::size_t>(at, 1)); break;
      }
      if (bytes.empty()) bytes = "x";
    }
    const test::NpzOutcome evaluation = test::exercise_npz(bytes);
    read += evaluation.read;
    refused += evaluation.refused;
  }
  CHECK(read > 1500);
  CHECK(refused > 4000);
}

}  // namespace
}  // namespace predcorr
