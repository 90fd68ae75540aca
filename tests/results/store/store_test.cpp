// SPDX-License-Identifier: Apache-2.0
#include "results/store/store.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <fstream>
#include <limits>

#include "core/base/files.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/run_document.hpp"
#include "tests/support/temporary_folder.hpp"

namespace predcorr {
namespace {

namespace fs = std::filesystem;

Record record(std::uint64_t seed) {
  Record r;
  r.identity = {{"task", "regression"}, {"seed", seed}, {"version", "0.1.0"}};
  r.scores = {{"rmse", "", 1.0 / 3, ""}};
  return r;
}

StoredPrediction prediction(bool factor) {
  Stream stream(5);
  const RowMatrix f = stream.normals(12).reshaped(6, 2);
  const Vector diagonal = Vector::Constant(6, 0.1);
  const auto latent = factor ? Covariance::from_factor(f, diagonal) : Covariance::dense(f * f.transpose());
  return {{stream.normals(6), latent, Vector::Constant(6, 0.5)}, stream.normals(6), 4, {{0, 3}, {1, 2, 4, 5}, {6, 7}}};
}

TEST_CASE("a saved cell comes back with its prediction", "[results]") {
  const test::TemporaryFolder folder;
  const Store store = Store::open_for_writing(folder.path(), "s");
  const bool factor = GENERATE(true, false);
  const StoredPrediction p = prediction(factor);
  store.save(record(1), &p);
  const auto found = store.find(cell_id(record(1).identity));
  REQUIRE(found);
  CHECK(found->scores.at(0).value == 1.0 / 3);
  const StoredPrediction back = store.prediction_of(*found);
  CHECK(back.prediction.mean == p.prediction.mean);
  CHECK(back.prediction.latent.is_factor() == factor);
  CHECK(back.prediction.latent.matrix() == p.prediction.latent.matrix());
  CHECK(back.prediction.noise_variance == p.prediction.noise_variance);
  CHECK(back.y == p.y);
  CHECK(back.n_pool == 4);
  CHECK(back.rows.train == p.rows.train);
  CHECK(back.rows.pool == p.rows.pool);
  CHECK(back.rows.test == p.rows.test);
}

TEST_CASE("equal cells leave equal bytes", "[results]") {
  const test::TemporaryFolder a, b;
  const StoredPrediction p = prediction(true);
  for (const auto* folder : {&a, &b}) Store::open_for_writing(folder->path(), "s").save(record(1), &p);
  const std::string id = cell_id(record(1).identity);
  for (const char* ending : {".json", ".npz"})
    CHECK(read_text_file(a.path() / "cells" / (id + ending)) == read_text_file(b.path() / "cells" / (id + ending)));
}

/// Flips one bit of a byte.
void flip(const fs::path& file, std::streamoff at) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekg(at);
  const char byte = static_cast<char>(stream.get());
  stream.seekp(at);
  stream.put(static_cast<char>(byte ^ 1));
}

TEST_CASE("damaged cells count as missing, and are named with the file and what is wrong", "[results]") {
  const test::TemporaryFolder folder;
  const Store store = Store::open_for_writing(folder.path(), "s");
  const StoredPrediction p = prediction(false);
  store.save(record(1), &p);
  store.save(record(2), &p);
  const std::string id = cell_id(record(1).identity), other = cell_id(record(2).identity);
  const fs::path json = folder.path() / "cells" / (id + ".json"), npz = folder.path() / "cells" / (id + ".npz");

  std::string file = json.string(), reason;
  SECTION("a record cut short") {
    fs::resize_file(json, fs::file_size(json) / 2);
    reason = "not valid JSON";
  }
  SECTION("an empty record") {
    fs::resize_file(json, 0);
    reason = "not valid JSON";
  }
  SECTION("a folder in the record's place") {
    fs::remove(json);
    fs::create_directory(json);
    reason = "no regular file";
  }
  SECTION("a link to nothing in the record's place") {
    fs::remove(json);
    fs::create_symlink(folder / "nowhere", json);
    reason = "no regular file";
  }
  SECTION("another cell's record copied over it") {
    fs::copy_file(folder.path() / "cells" / (other + ".json"), json, fs::copy_options::overwrite_existing);
    reason = "holds the record of another cell, " + other;
  }
  SECTION("a record of another version") {
    write_text_atomically(json, R"({"schema": "predcorr/record/99"})");
    reason = "predcorr/record/99";
  }
  SECTION("a prediction cut short") {
    fs::resize_file(npz, fs::file_size(npz) - 1);
    file = npz.string();
    reason = "bytes, its record says";
  }
  SECTION("a flipped bit of a prediction") {
    flip(npz, 200);
    file = npz.string();
    reason = "SHA-256";
  }
  SECTION("no prediction") {
    fs::remove(npz);
    file = npz.string();
    reason = "is not there";
  }
  CHECK_FALSE(store.find(id));
  const StoreContents contents = store.all();
  REQUIRE(contents.records.size() == 1);
  CHECK(cell_id(contents.records[0].identity) == other);
  REQUIRE(contents.damaged.size() == 1);
  CHECK(contents.damaged[0].id == id);
  CHECK_THAT(contents.damaged[0].reason, test::contains(file) && test::contains(reason));
}

TEST_CASE("what is not called like a cell is no cell", "[results]") {
  const test::TemporaryFolder folder;
  const Store store = Store::open_for_writing(folder.path(), "s");
  store.save(record(1), nullptr);
  write_text_atomically(folder / "cells/notes.json", "{");
  write_text_atomically(folder / ("cells/" + std::string(32, 'a') + ".npz"), "of a run that was killed");
  CHECK(store.all().records.size() == 1);
  CHECK(store.all().damaged.empty());
  CHECK_FALSE(store.look_up(std::string(32, 'b')).record);
  CHECK(store.look_up(std::string(32, 'b')).damage == "");
}

TEST_CASE("a prediction that was changed is refused", "[results]") {
  const test::TemporaryFolder folder;
  const Store store = Store::open_for_writing(folder.path(), "s");
  const StoredPrediction p = prediction(false);
  store.save(record(1), &p);
  const Record found = store.find(cell_id(record(1).identity)).value();
  flip(folder.path() / "cells" / found.prediction->name, 200);
  CHECK_THAT(test::error_of([&] { store.prediction_of(found); }), test::contains("SHA-256"));
}

TEST_CASE("a folder of another suite or version is refused", "[results]") {
  const test::TemporaryFolder folder;
  Store::open_for_writing(folder.path(), "mine").write_run(test::run_of("mine"));
  CHECK_NOTHROW(Store::open_for_writing(folder.path(), "mine"));
  CHECK_THAT(test::error_of([&] { Store::open_for_writing(folder.path(), "yours"); }),
             test::contains("'mine'") && test::contains("'yours'") && test::contains("another --out"));
  Json newer = to_json(test::run_of("mine"));
  newer["schema"] = "predcorr/run/9";
  write_text_atomically(folder / "run.json", newer.dump());
  CHECK_THAT(test::error_of([&] { Store::open_for_writing(folder.path(), "mine"); }), test::contains("predcorr/run/9"));
  CHECK_THAT(test::error_of([&] { Store::open_for_reading(folder.path()); }), test::contains("predcorr/run/9"));
}

TEST_CASE("a folder without a run, and a file in the folder's place, are refused", "[results]") {
  const test::TemporaryFolder folder;
  CHECK_THAT(test::error_of([&] { Store::open_for_reading(folder.path()); }), test::contains("there is no run in it"));
  write_text_atomically(folder / "file", "x");
  CHECK_THAT(test::error_of([&] { Store::open_for_writing(folder / "file", "s"); }), test::contains("cannot be made"));
}

TEST_CASE("what is filed first stays, unless it is to be replaced", "[results]") {
  const test::TemporaryFolder folder;
  const Store store = Store::open_for_writing(folder.path(), "s");
  const StoredPrediction p = prediction(false);
  const std::string id = cell_id(record(1).identity);
  const auto bytes = [&] { return read_text_file(folder / ("cells/" + id + ".npz")); };
  CHECK(store.save(record(1), &p, Keep::all, Filing::first_wins) == Filed::written);
  const std::string first = bytes();

  Record slower = record(1);  // the same numbers at another cost
  slower.cost.fit_seconds = 99;
  CHECK(store.save(slower, &p, Keep::all, Filing::first_wins) == Filed::there_already);
  CHECK(store.find(id)->cost.fit_seconds == 0);

  Record renamed = record(1);  // likewise, by a suite that calls the model otherwise
  renamed.labels = {{"dataset", "d"}, {"model", "m"}};
  CHECK(store.save(renamed, &p, Keep::all, Filing::first_wins) == Filed::there_already);
  CHECK(store.find(id)->labels.empty());

  Record other = record(1);
  other.scores[0].value = 2;
  CHECK(store.save(other, &p, Keep::all, Filing::first_wins) == Filed::other_bits);
  StoredPrediction q = p;
  q.prediction.mean(0) = std::nextafter(q.prediction.mean(0), 9.0);
  CHECK(store.save(record(1), &q, Keep::all, Filing::first_wins) == Filed::other_bits);
  CHECK(bytes() == first);
  CHECK(store.all().damaged.empty());

  CHECK(store.save(other, &q, Keep::all, Filing::replace) == Filed::written);
  CHECK(bytes() != first);
  CHECK(store.find(id)->scores.at(0).value == 2.0);
  CHECK(test::entries(folder) == 3);  // cells and two files: nothing temporary
}

TEST_CASE("a failure never replaces a success, a success replaces a failure", "[results]") {
  const test::TemporaryFolder folder;
  const Store store = Store::open_for_writing(folder.path(), "s");
  const StoredPrediction p = prediction(false);
  Record failed = record(1);
  failed.failed = true;
  failed.failure_kind = "memory";
  const std::string id = cell_id(failed.identity);
  CHECK(store.save(failed, nullptr, Keep::all, Filing::first_wins) == Filed::written);
  CHECK(store.find(id)->failed);
  CHECK(store.save(record(1), &p, Keep::all, Filing::first_wins) == Filed::written);
  for (const Filing filing : {Filing::first_wins, Filing::replace})
    CHECK(store.save(failed, nullptr, Keep::all, filing) == Filed::success_stays);
  const auto stays = store.find(id);
  REQUIRE(stays);
  CHECK_FALSE(stays->failed);
  CHECK_NOTHROW(store.prediction_of(*stays));
  // A damaged success is none.
  fs::remove(folder / ("cells/" + id + ".npz"));
  CHECK(store.save(failed, nullptr, Keep::all, Filing::first_wins) == Filed::written);
}

TEST_CASE("processes that file one cell at one time leave a whole one, a success if there was any", "[results]") {
  const test::TemporaryFolder folder;
  const Store store = Store::open_for_writing(folder.path(), "s");
  std::vector<pid_t> children;
  for (int child = 0; child < 4; ++child) {
    children.push_back(::fork());
    REQUIRE(children.back() >= 0);
    if (children.back() != 0) continue;
    int status = 0;
    for (std::uint64_t seed = 1; seed <= 10; ++seed) try {
        StoredPrediction p = prediction(false);
        p.prediction.mean(0) = child;  // bits that differ
        Record r = record(seed);
        r.failed = child == 3;
        store.save(r, r.failed ? nullptr : &p, Keep::all, Filing::first_wins);
      } catch (...) {
        status = 1;
      }
    ::_exit(status);
  }
  for (const pid_t child : children) {
    int status = 1;
    ::waitpid(child, &status, 0);
    CHECK(status == 0);
  }
  const StoreContents contents = store.all();
  CHECK(contents.damaged.empty());
  REQUIRE(contents.records.size() == 10);
  for (const Record& r : contents.records) {
    CHECK_FALSE(r.failed);
    CHECK_NOTHROW(store.prediction_of(r));
  }
  CHECK(test::entries(folder) == 1 + 2 * 10);
}

TEST_CASE("what could not be read again is refused, and changes nothing", "[results]") {
  const test::TemporaryFolder folder;
  const Store store = Store::open_for_writing(folder.path(), "s");
  Record r = record(1);
  r.diagnostics["bad"] = std::numeric_limits<double>::infinity();
  CHECK_THAT(test::error_of([&] { store.save(r, nullptr); }), test::contains("data: "));
  StoredPrediction p = prediction(false);
  p.prediction.noise_variance(0) = std::numeric_limits<double>::infinity();
  CHECK_THAT(test::error_of([&] { store.save(record(1), &p); }), test::contains("numerical: "));
  CHECK(test::entries(folder) == 1);
}

TEST_CASE("without predictions there is a record alone", "[results]") {
  const test::TemporaryFolder folder;
  const Store store = Store::open_for_writing(folder.path(), "s");
  const StoredPrediction p = prediction(false);
  store.save(record(1), &p);
  store.save(record(1), &p, Keep::scores);
  const auto found = store.find(cell_id(record(1).identity));
  REQUIRE(found);
  CHECK_FALSE(found->prediction);
  CHECK(test::entries(folder) == 2);  // the earlier prediction is gone
  store.save(record(1), &p, Keep::predictions);
  CHECK(store.find(cell_id(record(1).identity))->prediction->kept == Keep::predictions);
}

TEST_CASE("another name of a prediction file keeps the old bytes", "[results]") {
  const test::TemporaryFolder folder;
  const Store store = Store::open_for_writing(folder.path(), "s");
  StoredPrediction p = prediction(false);
  store.save(record(1), &p);
  const fs::path npz = folder / ("cells/" + cell_id(record(1).identity) + ".npz");
  const std::string before = read_text_file(npz);
  fs::create_hard_link(npz, folder / "mine.npz");
  p.prediction.mean(0) += 1;
  store.save(record(1), &p);
  CHECK(read_text_file(folder / "mine.npz") == before);
  CHECK(read_text_file(npz) != before);
}

TEST_CASE("records that are not to be trusted count as damaged", "[results]") {
  const test::TemporaryFolder folder;
  Store store = Store::open_for_writing(folder.path(), "s");
  store.save(record(1), nullptr);
  store.save(record(2), nullptr);
  const std::string id = cell_id(record(2).identity);
  store.distrust({{id, "its rmse is 0.01, its prediction gives 1"}, {"of no record", ""}});
  REQUIRE(store.all().records.size() == 1);
  REQUIRE(store.all().damaged.size() == 1);
  CHECK(store.all().damaged[0].id == id);
  CHECK_THAT(store.all().damaged[0].reason, test::contains("rmse"));
}

TEST_CASE("a record that names a file elsewhere is damaged", "[results]") {
  const test::TemporaryFolder folder;
  const Store store = Store::open_for_writing(folder.path(), "s");
  const StoredPrediction p = prediction(false);
  store.save(record(1), &p);
  Record r = *store.find(cell_id(record(1).identity));
  fs::copy_file(store.cells() / r.prediction->name, folder / "x.npz");
  r.prediction->name = "../x.npz";
  write_text_atomically(store.cells() / (cell_id(r.identity) + ".json"), record_to_text(r));
  REQUIRE(store.all().damaged.size() == 1);
  CHECK_THAT(store.all().damaged[0].reason, test::contains("is not what a prediction"));
}

TEST_CASE("cells without a run.json are somebody else's", "[results]") {
  const test::TemporaryFolder folder;
  fs::create_directory(folder / "cells");
  CHECK_NOTHROW(Store::open_for_writing(folder.path(), "s"));
  write_text_atomically(folder / "cells/thesis.txt", "x");
  CHECK_THAT(test::error_of([&] { Store::open_for_writing(folder.path(), "s"); }),
             test::contains("config: ") && test::contains("thesis.txt") && test::contains("another --out"));
  CHECK(read_text_file(folder / "cells/thesis.txt") == "x");
}

TEST_CASE("a run folder is looked at without being made, and refused as by those who write", "[results]") {
  const test::TemporaryFolder folder;
  CHECK_FALSE(Store::open_if_there(folder / "out", "mine"));
  CHECK(test::entries(folder) == 0);
  Store::open_for_writing(folder / "out", "mine").write_run(test::run_of("mine"));
  CHECK(Store::open_if_there(folder / "out", "mine")->folder() == folder / "out");
  CHECK(test::error_of([&] { Store::open_if_there(folder / "out", "yours"); }) ==
        test::error_of([&] { Store::open_for_writing(folder / "out", "yours"); }));
}

TEST_CASE("a run removes what killed writers left long ago", "[results]") {
  const test::TemporaryFolder folder;
  Store::open_for_writing(folder.path(), "s").write_run(test::run_of("s"));
  const std::string name = ".x.json.0123456789abcdef.tmp";
  for (const char* place : {"", "cells/"}) {
    write_text_atomically(folder / (place + name), "x");
    fs::last_write_time(folder / (place + name), fs::file_time_type::clock::now() - std::chrono::hours(2));
  }
  CHECK(test::entries(folder) == 4);
  Store::open_for_writing(folder.path(), "s");
  CHECK(test::entries(folder) == 2);
}

TEST_CASE("forgetting removes the cells that are named, and nothing else", "[results]") {
  const test::TemporaryFolder folder;
  const Store store = Store::open_for_writing(folder.path(), "s");
  const StoredPrediction p = prediction(false);
  for (const std::uint64_t seed : {1u, 2u, 3u}) store.save(record(seed), &p);
  Record elsewhere = record(1);
  elsewhere.identity["model"] = "of another plan";
  store.save(elsewhere, &p);
  write_text_atomically(folder / "cells/thesis.txt", "x");
  const std::string one = cell_id(record(1).identity), two = cell_id(record(2).identity);
  const Run run = test::run_of("s", {}, {{{configuration_id(record(1).identity), "d", "m", "", ""}, {{1, one}}}});
  CHECK(store.own_cells().empty());  // as long as there is no run.json
  store.write_run(run);
  CHECK(store.own_cells() == std::set<std::string>{one, two, cell_id(record(3).identity)});

  store.forget({two, "../cells/thesis"});
  CHECK(store.all().records.size() == 3);
  CHECK_FALSE(fs::exists(store.cells() / (two + ".npz")));
  // A link goes, what it points to stays.
  const fs::path json = store.cells() / (one + ".json");
  fs::rename(json, folder / "kept.json");
  fs::create_symlink(folder / "kept.json", json);
  store.forget(store.own_cells());
  CHECK_FALSE(fs::exists(fs::symlink_status(json)));
  CHECK(fs::exists(folder / "kept.json"));
  CHECK(fs::exists(folder / "cells/thesis.txt"));
  REQUIRE(store.all().records.size() == 1);
  CHECK(store.all().records[0].identity.at("model") == "of another plan");
}

TEST_CASE("nothing is removed through a link", "[results]") {
  const test::TemporaryFolder folder, other;
  const Store theirs = Store::open_for_writing(other.path(), "s");
  theirs.save(record(1), nullptr);
  fs::create_directory_symlink(theirs.cells(), folder / "cells");
  write_text_atomically(folder / "run.json", to_json(test::run_of("s")).dump());
  const Store store = Store::open_for_writing(folder.path(), "s");
  CHECK_THAT(test::error_of([&] { store.forget({cell_id(record(1).identity)}); }), test::contains("is a link"));
  CHECK(theirs.all().records.size() == 1);
}

}  // namespace
}  // namespace predcorr
