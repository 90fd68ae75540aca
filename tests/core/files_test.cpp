// SPDX-License-Identifier: Apache-2.0
#include "core/files.hpp"

#include <fstream>

#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

namespace fs = std::filesystem;
using test::error_of;
using test::missing;

TEST_CASE("A text file is read byte for byte", "[core]") {
  const test::TemporaryFolder folder;
  const std::string bytes("a\r\nb\0c\n\xFF", 8);
  CHECK(read_text_file(test::written(folder, "bytes", bytes)) == bytes);
  CHECK(read_text_file(test::written(folder, "empty", "")).empty());
}

TEST_CASE("Unreadable files are io errors with their name", "[core]") {
  const test::TemporaryFolder folder;
  const fs::path absent = folder / "absent.txt";
  CHECK(missing(error_of([&] { read_text_file(absent); }), {"io: ", absent.string(), "No such file"}) == "");
  CHECK(missing(error_of([&] { read_text_file(folder.path()); }), {"io: ", folder.path().string(), "folder"}) == "");
}

TEST_CASE("An atomic write replaces the file and leaves nothing else", "[core]") {
  const test::TemporaryFolder folder;
  const fs::path file = folder / "result.json";
  write_text_atomically(file, "first, and longer than what follows");
  write_text_atomically(file, "second");
  CHECK(read_text_file(file) == "second");
  CHECK(test::entries(folder) == 1);
}

TEST_CASE("The file is not there before the writer is done", "[core]") {
  const test::TemporaryFolder folder;
  const fs::path file = folder / "result.json";
  bool seen_early = true;
  fs::path written_to;
  write_atomically(file, [&](const fs::path& temporary) {
    std::ofstream(temporary) << "whole";
    written_to = temporary;
    seen_early = fs::exists(file);
  });
  CHECK_FALSE(seen_early);
  CHECK(written_to.parent_path() == file.parent_path());
  CHECK(written_to != file);
  CHECK(read_text_file(file) == "whole");
  CHECK(test::entries(folder) == 1);
}

TEST_CASE("A writer that throws leaves nothing, or what was there", "[core]") {
  const test::TemporaryFolder folder;
  const fs::path file = folder / "result.json";
  const auto half_written = [](const fs::path& temporary) {
    std::ofstream(temporary) << "half";
    throw std::runtime_error("disk on fire");
  };
  CHECK_THROWS_AS(write_atomically(file, half_written), std::runtime_error);
  CHECK(test::entries(folder) == 0);
  write_text_atomically(file, "old");
  CHECK_THROWS_WITH(write_atomically(file, half_written), "disk on fire");
  CHECK(read_text_file(file) == "old");
  CHECK(test::entries(folder) == 1);
}

TEST_CASE("A writer that writes nothing is an error", "[core]") {
  const test::TemporaryFolder folder;
  const fs::path file = folder / "result.json";
  CHECK(missing(error_of([&] { write_atomically(file, [](const fs::path&) {}); }), {"io: ", "result.json"}) == "");
  CHECK(test::entries(folder) == 0);
}

TEST_CASE("Places that cannot be written to are io errors", "[core]") {
  const test::TemporaryFolder folder;
  const fs::path lost = folder / "no-such-folder" / "result.json";
  CHECK(missing(error_of([&] { write_text_atomically(lost, "x"); }), {"io: ", lost.string(), "No such file"}) == "");
  // A folder of the file's name is in the way of the rename.
  const fs::path taken = folder / "taken";
  make_folder(taken / "inside");
  CHECK(missing(error_of([&] { write_text_atomically(taken, "x"); }), {"io: ", taken.string()}) == "");
  CHECK(test::entries(folder) == 2);
}

TEST_CASE("Folders are made with their parents, again without harm", "[core]") {
  const test::TemporaryFolder folder;
  make_folder(folder / "a" / "b");
  make_folder(folder / "a" / "b");
  CHECK(fs::is_directory(folder / "a" / "b"));
  const fs::path file = test::written(folder, "file", "x");
  CHECK(missing(error_of([&] { make_folder(file); }), {"io: ", file.string(), "cannot be made"}) == "");
  CHECK(missing(error_of([&] { make_folder(file / "below"); }), {"io: ", "cannot be made"}) == "");
}

}  // namespace
}  // namespace predcorr
