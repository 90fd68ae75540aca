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

TEST_CASE("damaged cells count as missing", "[results]") {
  const test::TemporaryFolder folder;
  const Store store = Store::open_for_writing(folder.path(), "s");
  const StoredPrediction p = prediction(false);
  store.save(record(1), &p);
  const std::string id = cell_id(record(1).identity);
  const fs::path json = folder.path() / "cells" / (id + ".json"), npz = folder.path() / "cells" / (id + ".npz");

  SECTION("a record cut short") { fs::resize_file(json, fs::file_size(json) / 2); }
  SECTION("an empty record") { fs::resize_file(json, 0); }
  SECTION("a prediction cut short") { fs::resize_file(npz, fs::file_size(npz) - 1); }
  SECTION("no prediction") { fs::remove(npz); }
  CHECK_FALSE(store.find(id));
  CHECK(store.all().empty());
}

TEST_CASE("a prediction that was changed is refused", "[results]") {
  const test::TemporaryFolder folder;
  const Store store = Store::open_for_writing(folder.path(), "s");
  const StoredPrediction p = prediction(false);
  store.save(record(1), &p);
  const Record found = store.find(cell_id(record(1).identity)).value();
  std::fstream file(folder.path() / "cells" / found.prediction->name, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(200);
  file.put('?');
  file.close();
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
  CHECK(store.all().size() == 2);
  store.forget();
  CHECK(store.all().empty());
}

}  // namespace
}  // namespace predcorr
