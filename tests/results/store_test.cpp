// SPDX-License-Identifier: Apache-2.0
#include "results/store.hpp"

#include <fstream>

#include "core/files.hpp"
#include "tests/support/reference.hpp"
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

Json run_of(const std::string& suite) { return {{"schema", kRunSchema}, {"suite", {{"name", suite}}}}; }

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
  Store::open_for_writing(folder.path(), "mine").write_run(run_of("mine"));
  CHECK_NOTHROW(Store::open_for_writing(folder.path(), "mine"));
  CHECK_THAT(test::error_of([&] { Store::open_for_writing(folder.path(), "yours"); }),
             test::contains("'mine'") && test::contains("'yours'") && test::contains("another --out"));
  Json newer = run_of("mine");
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

TEST_CASE("forgetting removes every cell", "[results]") {
  const test::TemporaryFolder folder;
  const Store store = Store::open_for_writing(folder.path(), "s");
  store.save(record(1), nullptr);
  store.save(record(2), nullptr);
  CHECK(store.all().records.size() == 2);
  store.forget();
  CHECK(store.all().records.empty());
}

}  // namespace
}  // namespace predcorr
