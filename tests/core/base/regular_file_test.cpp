// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>

#include "core/base/files.hpp"
#include "core/base/hash.hpp"
#include "core/numpy/npz.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

using test::error_of;
using test::missing;

TEST_CASE("only regular files are read: no folder, no pipe that may stay silent, no device that never ends", "[core]") {
  const test::TemporaryFolder folder;
  const auto pipe = folder / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  std::filesystem::create_symlink("/dev/zero", folder / "link.csv");
  for (const auto& file : {pipe, folder / "link.csv", std::filesystem::path("/dev/zero")}) {
    INFO(file.string());
    const std::initializer_list<std::string> told = {"io: " + file.string(), "is a pipe or a device"};
    CHECK(missing(error_of([&] { read_text_file(file); }), told) == "");
    CHECK(missing(error_of([&] { sha256_hex_of_file(file); }), told) == "");
    CHECK(missing(error_of([&] { NpzReader reader(file); }), told) == "");
    CHECK(missing(error_of([&] { read_npy_file(file); }), told) == "");
  }
  CHECK(missing(error_of([&] { read_text_file(folder.path()); }), {"io: ", "is a folder"}) == "");
  CHECK(missing(error_of([&] { check_regular_file(folder / "absent"); }), {"io: ", "absent", "No such file"}) == "");
  const auto file = test::written(folder, "some", "12345");
  std::filesystem::create_symlink(file, folder / "other");
  CHECK(check_regular_file(folder / "other") == 5);
  CHECK(read_text_file(folder / "other") == "12345");
}

TEST_CASE("text beyond a GiB is refused before it is read", "[core]") {
  const test::TemporaryFolder folder;
  const auto file = test::written(folder, "huge.csv", "");
  std::filesystem::resize_file(file, (std::uintmax_t{1} << 30) + 1);  // takes no room on disk
  CHECK(missing(error_of([&] { read_text_file(file); }), {"io: ", "huge.csv", "has 1073741825 bytes", "1 GiB"}) == "");
}

}  // namespace
}  // namespace predcorr
