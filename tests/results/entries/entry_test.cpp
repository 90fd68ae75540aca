// SPDX-License-Identifier: Apache-2.0
#include "results/entries/entry.hpp"

#include "core/base/files.hpp"
#include "core/base/hash.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/schema.hpp"
#include "tests/support/temporary_folder.hpp"

namespace predcorr {
namespace {

namespace fs = std::filesystem;
using test::contains;

const std::string kId(32, 'a');

/// An entry whose files hold some words each: what is in them is not looked at here.
struct WrittenEntry {
  test::TemporaryFolder folder;
  Json json;

  WrittenEntry() {
    Entry entry{{"Jane Doe", "a model", "closed", "MIT"}, "mine", "small", file("run.json", "a run"), {}};
    entry.cells.push_back({"toy", 3, kId, file("cells/" + kId + ".json", "a record"),
                           file("cells/" + kId + ".npz", "numbers"),
                           TestHashes{std::string(64, '1'), std::string(64, '2')}});
    json = Json(to_ordered_json(entry));
    write();
  }
  PackedFile file(const std::string& name, const std::string& content) const {
    make_folder((folder.path() / name).parent_path());
    write_text_atomically(folder.path() / name, content);
    return {sha256_hex(content), content.size()};
  }
  void write() const { write_text_atomically(folder.path() / "entry.json", json.dump()); }
  std::string refusal() const {
    write();
    return test::error_of([&] { read_entry(folder.path()); });
  }
};

TEST_CASE("entry: what was written is read again", "[results]") {
  const WrittenEntry written;
  CHECK(test::schema_errors(written.json, "entry") == "");
  const Entry entry = read_entry(written.folder.path());
  CHECK(entry.about.who == "Jane Doe");
  CHECK(entry.model == "mine");
  REQUIRE(entry.cells.size() == 1);
  CHECK(entry.cells[0].seed == 3);
  CHECK(entry.cells[0].test->targets == std::string(64, '2'));
  CHECK(Json(to_ordered_json(entry)) == written.json);
}

TEST_CASE("entry: keys that nobody knows, and values that cannot be, are named", "[results]") {
  WrittenEntry written;
  const Json good = written.json;
  const auto refusal = [&](const std::string& pointer, const Json& value) {
    written.json = good;
    written.json[Json::json_pointer(pointer)] = value;
    CHECK(test::schema_errors(written.json, "entry") != "");
    return written.refusal();
  };
  CHECK_THAT(refusal("/licens", "MIT"), contains("unknown key \"licens\"") && contains("licence"));
  CHECK_THAT(refusal("/who", 3), contains("who: must be a text, got 3"));
  CHECK_THAT(refusal("/model", ""), contains("model: is empty"));
  CHECK_THAT(refusal("/state", "verified"), contains("for the board to say"));
  CHECK_THAT(refusal("/schema", "predcorr/entry/9"), contains("predcorr/entry/1"));
  CHECK_THAT(refusal("/cells", Json::array()), contains("cells: has no cell"));
  CHECK_THAT(refusal("/cells/0/id", "../../etc"), contains("cells[0].id: must be the id of a cell"));
  CHECK_THAT(refusal("/cells/0/seed", -1), contains("cells[0].seed: must be a count"));
  CHECK_THAT(refusal("/cells/0/extra", 1), contains("cells[0]: has an unknown key"));
  CHECK_THAT(refusal("/cells/0/record/sha256", "ab"), contains("cells[0].record.sha256: must be a SHA-256"));
  written.json = good;
  written.json["cells"][0].erase("test");
  CHECK_THAT(written.refusal(), contains("must have both"));
  written.json = good;
  written.json["cells"].push_back(good["cells"][0]);
  CHECK_THAT(written.refusal(), contains("cells[1]: is there twice"));
  written.json = good;
  written.json.erase("code");
  CHECK_THAT(written.refusal(), contains("has no \"code\""));
  written.json = good;
  written.json["who"] = "  ";
  CHECK_THAT(written.refusal(), contains("who: is empty"));
}

TEST_CASE("entry: files that are missing, cut, changed or links are named", "[results]") {
  const WrittenEntry written;
  const fs::path record = written.folder.path() / "cells" / (kId + ".json");
  write_text_atomically(record, "a recorD");
  CHECK_THAT(written.refusal(), contains(kId + ".json") && contains("is not the file that was packed"));
  write_text_atomically(record, "a record, and more");
  CHECK_THAT(written.refusal(), contains("is not the file that was packed"));
  fs::remove(record);
  CHECK_THAT(written.refusal(), contains("is not there as a file"));
  write_text_atomically(written.folder.path() / "elsewhere", "a record");
  fs::create_symlink(written.folder.path() / "elsewhere", record);
  CHECK_THAT(written.refusal(), contains("is not there as a file"));
  fs::remove(written.folder.path() / "entry.json");
  CHECK_THAT(test::error_of([&] { read_entry(written.folder.path()); }), contains("no entry.json"));
}

}  // namespace
}  // namespace predcorr
