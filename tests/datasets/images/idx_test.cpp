// SPDX-License-Identifier: Apache-2.0
#include "datasets/images/idx.hpp"

#include <fstream>
#include <iterator>

#include "tests/support/image_files.hpp"

namespace predcorr::datasets {
namespace {

using test::error_of;
using test::image_file;
using test::missing;

std::string refusal(const std::filesystem::path& file, int dimensions = 3) {
  return error_of([&] { read_idx_file(file, dimensions); });
}

std::string bytes(std::initializer_list<int> values) {
  std::string text;
  for (const int value : values) text += static_cast<char>(value);
  return text;
}

TEST_CASE("IDX files are read, packed by gzip or as they are", "[datasets]") {
  const test::TemporaryFolder folder;
  const auto expected = test::reference("image_reference.json").at("idx").at("cube").get<std::vector<std::uint8_t>>();
  for (const char* name : {"cube", "cube.gz"}) {
    INFO(name);
    const IdxArray cube = read_idx_file(image_file(folder, "idx", name), 3);
    CHECK(cube.sides == std::vector<Index>{3, 4, 5});
    CHECK(cube.values == expected);
  }
  const IdxArray line = read_idx_file(image_file(folder, "idx", "line"), 1);
  CHECK(line.sides == std::vector<Index>{7});
  CHECK(line.values == std::vector<std::uint8_t>{0, 1, 2, 3, 4, 5, 6});
}

TEST_CASE("What is cut short, too long or damaged is refused", "[datasets]") {
  const test::TemporaryFolder folder;
  CHECK(missing(refusal(image_file(folder, "idx", "cut.gz")), {"data: ", "cut.gz", "damaged or cut short"}) == "");
  CHECK(missing(refusal(image_file(folder, "idx", "short.gz")),
                {"data: ", "short.gz", "ends after 59 numbers", "3 x 4 x 5", "60"}) == "");
  CHECK(missing(refusal(image_file(folder, "idx", "long.gz")), {"data: ", "long.gz", "goes on after the 60"}) == "");
  const std::filesystem::path whole = image_file(folder, "idx", "cube.gz");
  std::string damaged;
  {
    std::ifstream in(whole, std::ios::binary);
    damaged.assign(std::istreambuf_iterator<char>(in), {});
  }
  damaged[damaged.size() - 6] ^= 1;  // of gzip's check sum, behind the last number
  CHECK(missing(refusal(test::written(folder, "sum.gz", damaged)), {"data: ", "sum.gz", "damaged"}) == "");
}

TEST_CASE("What is no IDX file of unsigned bytes and so many dimensions is refused", "[datasets]") {
  const test::TemporaryFolder folder;
  const auto refused = [&](const std::string& content, int dimensions = 1) {
    return refusal(test::written(folder, "f", content), dimensions);
  };
  CHECK(missing(refused(""), {"data: ", "no IDX file"}) == "");
  CHECK(missing(refused("PNG of old"), {"data: ", "no IDX file"}) == "");
  CHECK(missing(refused(bytes({0, 0, 13, 1, 0, 0, 0, 1, 0, 0, 0, 0})), {"data: ", "type 0x0d", "0x08"}) == "");
  CHECK(missing(refusal(image_file(folder, "idx", "line"), 3), {"data: ", "1 dimensions, 3 were expected"}) == "");
  CHECK(missing(refused(bytes({0, 0, 8, 1, 0, 0})), {"data: ", "ends within its header"}) == "");
  CHECK(missing(refused(bytes({0, 0, 8, 1, 0, 0, 0, 0})), {"data: ", "shape 0", "at least 1"}) == "");
  // Nothing is set aside for what a header promises.
  CHECK(missing(refused(bytes({0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 9}), 3),
                {"data: ", "shape 4294967295 x 4294967295", "at most 4294967296"}) == "");
  CHECK(missing(refused(bytes({0, 0, 8, 1, 255, 255, 255, 255, 7})), {"data: ", "ends after 1 numbers"}) == "");
  CHECK(missing(refusal(folder / "absent"), {"io: ", "absent"}) == "");
}

}  // namespace
}  // namespace predcorr::datasets
