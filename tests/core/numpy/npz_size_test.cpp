// SPDX-License-Identifier: Apache-2.0
// Small archives that would become large arrays.
#include <cstdlib>

#include "core/numpy/npz.hpp"
#include "results/submission/problem_file.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

using test::error_of;
using test::missing;

/// x.npy: zeros of one byte each, deflated to a thousandth; y and n_pool as a problem has them.
std::filesystem::path bomb(const test::TemporaryFolder& folder, const std::string& shape, int megabytes) {
  const auto script = test::written(folder, "bomb.py",
                                    fmt::format(R"(
import io, zipfile, numpy as np
header = io.BytesIO()
np.lib.format.write_array_header_1_0(header, {{"descr": "|i1", "fortran_order": False, "shape": ({})}})
with zipfile.ZipFile(r"{}", "w", zipfile.ZIP_DEFLATED) as archive:
    with archive.open("x.npy", "w") as file:
        file.write(header.getvalue())
        for _ in range({}): file.write(bytes(1 << 20))
    for name, value in (("y", np.arange(16.) / 7), ("n_pool", np.array(0))):
        array = io.BytesIO()
        np.save(array, value)
        archive.writestr(name + ".npy", array.getvalue())
)",
                                                shape, (folder / "bomb.npz").string(), megabytes));
  REQUIRE(std::system(("python3 " + script.string()).c_str()) == 0);
  return folder / "bomb.npz";
}

TEST_CASE("what a deflated array becomes in memory is held against what was expected, before it is unpacked",
          "[core]") {
  const test::TemporaryFolder folder;
  const auto file = bomb(folder, "16, 2621440", 40);  // 40 MB of bytes, 320 MB of doubles
  CHECK(std::filesystem::file_size(file) < 100000);
  const NpzReader reader(file);
  CHECK(reader.header("x").cols == 2621440);
  for (const Index expected : {Index{0}, Index{16}, Index{16 * 2621440 - 1}})
    CHECK(missing(error_of([&] { reader.array("x", expected); }),
                  {"data: ", "bomb.npz: array 'x': would unpack to 335544320 bytes from", "np.savez"}) == "");
  CHECK(reader.array("x", 16 * 2621440).bytes.size() == 16 * 2621440);
  CHECK(reader.vector("y").size() == 16);
}

TEST_CASE("a problem of absurd size is refused by its header", "[core]") {
  const test::TemporaryFolder folder;
  CHECK(missing(error_of([&] { load_evaluation_data(bomb(folder, "16, 131072", 2)); }),
                {"data: ", "array 'x': has shape 16 x 131072; at most 100000 columns were expected"}) == "");
}

}  // namespace
}  // namespace predcorr
