// SPDX-License-Identifier: Apache-2.0
#include "core/numpy/npz.hpp"

#include "core/base/files.hpp"
#include "core/base/stream.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

using test::error_of;
using test::missing;

std::string bytes_of(const std::string& digits) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
    bytes += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
  return bytes;
}

/// One array of each kind, alive as long as the writer needs them.
struct Arrays {
  Vector vector = Eigen::Vector3d(0.1, -2.5e-300, 1e300);
  Matrix fortran = Stream(1).normals(12).reshaped(4, 3);
  RowMatrix c_order = fortran;
  RowMatrixF single = fortran.cast<float>();
  Rows rows = {3, -1, 9007199254740993};
  Matrix nothing = Matrix(0, 3);
  Index number = -42;
  void save(const std::filesystem::path& file) const {
    NpzWriter writer;
    writer.add("vector", vector);
    writer.add("fortran", fortran);
    writer.add("c_order", c_order);
    writer.add("single", single);
    writer.add("rows", rows);
    writer.add("nothing", nothing);
    writer.add("number", number);
    writer.save(file);
  }
};

TEST_CASE("Arrays come back as they were, in either order and precision", "[core]") {
  const test::TemporaryFolder folder;
  const Arrays arrays;
  arrays.save(folder / "a.npz");
  const NpzReader reader(folder / "a.npz");
  CHECK(reader.vector("vector") == arrays.vector);
  CHECK(reader.matrix("fortran") == arrays.fortran);
  CHECK(reader.matrix("c_order") == arrays.fortran);
  CHECK(reader.matrix("single") == arrays.single.cast<double>());
  CHECK(reader.rows("rows") == arrays.rows);
  CHECK(reader.rows("number") == Rows{-42});
  CHECK(reader.matrix("nothing").rows() == 0);
  CHECK(reader.matrix("nothing").cols() == 3);
  CHECK(reader.matrix("vector").cols() == 1);
  CHECK(reader.contains("vector"));
  CHECK_FALSE(reader.contains("vect"));
  CHECK(test::entries(folder) == 1);
}

TEST_CASE("Equal arrays give equal bytes, over an old file too", "[core]") {
  const test::TemporaryFolder folder;
  const Arrays arrays;
  arrays.save(folder / "a.npz");
  arrays.save(test::written(folder, "b.npz", std::string(100000, 'x')));
  const std::string first = read_text_file(folder / "a.npz");
  CHECK(first.size() > 500);
  CHECK(first == read_text_file(folder / "b.npz"));
}

TEST_CASE("Files written by NumPy are read, stored and deflated", "[core]") {
  const test::TemporaryFolder folder;
  const Json archives = test::reference("core_reference.json").at("archives");
  Matrix expected(2, 3), single(3, 2);
  expected << 0, 0.125, 0.25, 0.375, 0.5, 0.625;
  single << 0.1f, 0.2f, 0.3f, 0.4f, 0.5f, 0.6f;
  for (const char* kind : {"stored", "deflated"}) {
    INFO(kind);
    const NpzReader reader(test::written(folder, kind, bytes_of(archives.at(kind).get<std::string>())));
    CHECK(reader.vector("vector") == Eigen::Vector3d(0.5, -1.25, 3e300));
    CHECK(reader.matrix("c_order") == expected);
    CHECK(reader.matrix("fortran") == expected);
    CHECK(reader.matrix("single") == single);
    CHECK(reader.rows("rows") == Rows{4, -2, 9007199254740993});
    CHECK(reader.matrix("scalar")(0, 0) == 2.5);
    CHECK(reader.matrix("nothing").cols() == 3);
    CHECK(reader.rows("short") == Rows{0, 1, 2});
    CHECK(reader.vector("swapped") == Eigen::Vector3d(0, 1, 2));
    CHECK(missing(error_of([&] { reader.matrix("cube"); }), {"data: ", kind, "'cube'", "3 dimensions"}) == "");
  }
}

TEST_CASE("NumPy reads what is written", "[core]") {
  const test::TemporaryFolder folder;
  const Arrays arrays;
  arrays.save(folder / "a.npz");
  std::string expected;
  for (const double v : arrays.fortran.reshaped()) expected += fmt::format("{:.17g},", v);
  const auto script = test::written(folder, "check.py",
                                    fmt::format(R"(
import numpy as np
a = np.load(r'{}')
want = np.array([{}]).reshape(3, 4).T
assert sorted(a.files) == ['c_order', 'fortran', 'nothing', 'number', 'rows', 'single', 'vector'], a.files
assert a['vector'].tolist() == [0.1, -2.5e-300, 1e300]
assert a['fortran'].flags.f_contiguous and (a['fortran'] == want).all()
assert a['c_order'].flags.c_contiguous and (a['c_order'] == want).all()
assert a['single'].dtype == np.float32 and (a['single'] == want.astype(np.float32)).all()
assert a['rows'].dtype == np.int64 and a['rows'].tolist() == [3, -1, 9007199254740993]
assert a['nothing'].shape == (0, 3)
assert a['number'].shape == () and int(a['number']) == -42
)",
                                                (folder / "a.npz").string(), expected));
  CHECK(std::system(("python3 " + script.string()).c_str()) == 0);  // the first one has NumPy (main.cpp)
}

TEST_CASE("Missing arrays and wrong shapes are reported with file and name", "[core]") {
  const test::TemporaryFolder folder;
  Arrays().save(folder / "a.npz");
  const NpzReader reader(folder / "a.npz");
  CHECK(missing(error_of([&] { reader.matrix("fortan"); }), {"data: ", "a.npz", "'fortan'", "missing"}) == "");
  CHECK(missing(error_of([&] { reader.vector("fortran"); }),
                {"data: ", "a.npz", "'fortran'", "4 x 3", "one dimension"}) == "");
  CHECK(missing(error_of([&] { reader.rows("vector"); }), {"data: ", "a.npz", "'vector'", "int64"}) == "");
}

TEST_CASE("Files that are no archive, or a damaged one, are refused", "[core]") {
  const test::TemporaryFolder folder;
  Arrays().save(folder / "a.npz");
  const std::string good = read_text_file(folder / "a.npz");
  CHECK(missing(error_of([&] { NpzReader(folder / "absent.npz"); }), {"io: ", "absent.npz"}) == "");
  const auto text = test::written(folder, "text.npz", "just text, no archive");
  CHECK(missing(error_of([&] { NpzReader r(text); }), {"io: ", "text.npz"}) == "");
  const auto half = test::written(folder, "half.npz", good.substr(0, good.size() / 2));
  CHECK(missing(error_of([&] { NpzReader r(half); }), {"io: ", "half.npz", "cut short or damaged"}) == "");
  // One bit turned in the numbers: the archive's check sum notices.
  std::string turned = good;
  const std::size_t number = turned.find("\x93NUMPY") + 128 + 3;  // in the first array, behind its header
  turned[number] = static_cast<char>(turned[number] ^ 1);
  const NpzReader damaged(test::written(folder, "turned.npz", turned));
  CHECK(missing(error_of([&] { damaged.vector("vector"); }), {"data: ", "turned.npz", "'vector'"}) == "");
  // A header that promises more than the archive holds.
  std::string greedy = good;
  greedy.replace(greedy.find("(4, 3)"), 6, "(9, 9)");
  const NpzReader promised(test::written(folder, "greedy.npz", greedy));
  CHECK(missing(error_of([&] { promised.matrix("fortran"); }), {"data: ", "greedy.npz", "9 x 9"}) == "");
}

TEST_CASE("A float vector is stored as one, in half the bytes", "[core]") {
  const test::TemporaryFolder folder;
  const VectorF single = (VectorF(3) << 0.1f, -2.5f, 1e-30f).finished();
  NpzWriter npz;
  npz.add("single", single);
  npz.save(folder / "a.npz");
  const NpzReader back(folder / "a.npz");
  CHECK(back.is_float32("single"));
  CHECK(back.vector("single") == single.cast<double>());
}

TEST_CASE("A file that cannot be written is an io error", "[core]") {
  const test::TemporaryFolder folder;
  CHECK(missing(error_of([&] { Arrays().save(folder / "no-folder" / "a.npz"); }), {"io: ", "no-folder"}) == "");
  const Vector v = Vector::Ones(2);
  NpzWriter twice;
  twice.add("v", v);
  twice.add("v", v);
  CHECK(missing(error_of([&] { twice.save(folder / "twice.npz"); }), {"io: ", "twice.npz", "'v"}) == "");
  CHECK(test::entries(folder) == 0);
}

}  // namespace
}  // namespace predcorr
