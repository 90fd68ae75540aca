// SPDX-License-Identifier: Apache-2.0
#include "harness/validation/acceptance.hpp"

#include <atomic>

#include "core/base/files.hpp"
#include "core/base/hash.hpp"
#include "harness/recompute.hpp"
#include "harness/runner.hpp"
#include "harness/validation/verification.hpp"
#include "results/entries/pack_entry.hpp"
#include "results/leaderboard/leaderboard.hpp"
#include "results/report/report.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/schema.hpp"
#include "tests/support/temporary_folder.hpp"

namespace predcorr {
namespace {

namespace fs = std::filesystem;
using test::contains;
using test::error_of;

/// The board's suite. Whoever hands in a model runs it with that model in place of the others.
Json board_suite(const Json& models, const std::string& seeds = "1..2") {
  return {{"name", "small"},
          {"protocol", "modern"},
          {"datasets",
           {{{"dataset", "toy-relu"}, {"label", "toy"}, {"parameters", {{"dim", 2}, {"pool", 20}, {"test", 10}}}},
            {{"dataset", "friedman-1"}, {"label", "f"}, {"parameters", {{"rows", 40}}}}}},
          {"models", models},
          {"metrics", {"rmse", "joint_log_likelihood", "meta_correlation", "xll"}},
          {"seeds", seeds}};
}

Json gp_as(const char* label, int steps = 5) {
  return {{"model", "gp"}, {"label", label}, {"parameters", {{"steps", steps}}}};
}

Store run_in(const fs::path& folder, const Json& json, Keep keep = Keep::predictions) {
  const Suite suite = read_suite(json, "test");
  Store store = Store::open_for_writing(folder, suite.name);
  const std::atomic<bool> stop = false;
  run_suite(suite, store, {.threads = 2, .quiet = true, .keep = keep}, stop);
  return store;
}

/// A board's run, and somebody's run of the same suite with a model of their own.
struct Parties {
  test::TemporaryFolder folder;
  fs::path suite = folder.path() / "suite.json", packed = folder.path() / "packed", row = folder.path() / "row";
  Store board, theirs;

  explicit Parties(const Json& their_suite = board_suite({"constant", gp_as("mine")}), Keep keep = Keep::predictions)
      : board(run_in(folder.path() / "board", board_suite({"oracle", "constant", gp_as("gp", 3)}))),
        theirs(run_in(folder.path() / "theirs", their_suite, keep)) {
    write_text_atomically(suite, board_suite({"oracle", "constant", gp_as("gp", 3)}).dump());
  }
  Entry pack(Keep keep = Keep::predictions) const {
    return pack_entry(theirs, {{"Jane Doe", "a test", "https://example.org", "MIT"}, "mine", keep, packed});
  }
  AcceptanceRequest request() const { return {packed, suite, {}, "", row, false, false}; }
  Leaderboard joined() const { return make_leaderboard({board, Store::open_for_reading(row)}); }

  /// As somebody does who knows how to make checksums: the record, then entry.json to fit.
  void forge(const std::function<void(Record&)>& change) const {
    Json entry = read_json_file(packed / "entry.json");
    Json& cell = entry["cells"][0];
    const fs::path file = packed / "cells" / (cell.at("id").get<std::string>() + ".json");
    Record record = record_from_json(read_json_file(file), file.string());
    change(record);
    write_text_atomically(file, record_to_text(record));
    cell["record"] = {{"sha256", sha256_hex_of_file(file)}, {"bytes", fs::file_size(file)}};
    write_text_atomically(packed / "entry.json", entry.dump());
  }
};

double rmse_of(const Leaderboard& board, const std::string& model) {
  return find_summary(board.datasets.at(0).find(model)->scores, {"rmse"})->mean;
}

TEST_CASE("acceptance: an entry becomes a verified row, with the numbers of a run of one's own", "[harness]") {
  const Parties parties;
  const Entry entry = parties.pack();
  CHECK(entry.cells.size() == 4);
  CHECK(test::schema_errors(read_json_file(parties.packed / "entry.json"), "entry") == "");
  const Acceptance accepted = accept_entry(parties.request());
  CHECK(accepted.label == "mine");
  CHECK(accepted.row.state == EntryState::verified);
  CHECK(accepted.row.recomputed == 4);
  CHECK(accepted.row.claimed + accepted.row.failed + accepted.row.missing == 0);
  CHECK(accepted.left_out.empty());

  const Leaderboard board = parties.joined(), own = make_leaderboard({parties.theirs});
  CHECK(rmse_of(board, "mine") == rmse_of(own, "mine"));
  CHECK(find_summary(board.datasets.at(0).find("mine")->scores, {"meta_correlation", "correlation_pearson"}) !=
        nullptr);
  CHECK(board.unranked == std::vector<std::string>{"oracle"});
  const Json json = Json(to_json(board));
  CHECK(test::schema_errors(json, "leaderboard") == "");
  CHECK(test::schema_errors(read_json_file(parties.row / "run.json"), "run") == "");
  CHECK(json.at("entries").at("mine").at("state") == "verified");
  CHECK(json.at("entries").at("mine").at("sha256") == sha256_hex_of_file(parties.packed / "entry.json"));
  CHECK_THAT(markdown_report(board), contains("mine ✓") && contains("by Jane Doe: a test"));
  CHECK(recompute_scores(Store::open_for_reading(parties.row), {}).agree == 4);
  CHECK(Store::open_for_reading(parties.row).all().records.at(0).labels.at("model") == "mine");

  // Its cells are not run here, whoever asks.
  const Verification verified = verify_board(json, "board.json", {.rows = {}, .threads = 2, .quiet = true}, {});
  CHECK(verified.moved.empty());
  CHECK(verified.not_remade.empty());
  CHECK(verified.exact > 0);
}

TEST_CASE("acceptance: an entry has no targets and no place of the machine it comes from", "[harness]") {
  const Parties parties;
  const Entry entry = parties.pack();
  for (const EntryCell& cell : entry.cells) {
    const fs::path file = parties.packed / "cells" / (cell.id + ".npz");
    CHECK_THAT(error_of([&] { load_prediction(file); }), contains("'y'"));
    CHECK(load_prediction_without_targets(file).y.size() == 0);
  }
  CHECK_THAT(read_text_file(parties.packed / "run.json"), !contains(parties.folder.path().string()));
}

TEST_CASE("acceptance: the test points alone will do, without the scores of the pool", "[harness]") {
  const Parties parties;
  parties.pack(Keep::test);
  CHECK(accept_entry(parties.request()).row.state == EntryState::verified);
  const Leaderboard board = parties.joined();
  CHECK(rmse_of(board, "mine") == rmse_of(make_leaderboard({parties.theirs}), "mine"));
  CHECK(find_summary(board.datasets.at(0).find("mine")->scores, {"meta_correlation", "correlation_pearson"}) ==
        nullptr);
}

TEST_CASE("acceptance: without predictions a row is self-reported where that is asked for, and wins nothing",
          "[harness]") {
  const Parties parties;
  parties.pack(Keep::scores);
  CHECK_THAT(error_of([&] { accept_entry(parties.request()); }),
             contains("--self-reported") && contains("toy seed 1: was handed in without its prediction"));
  CHECK_FALSE(fs::exists(parties.row));
  AcceptanceRequest request = parties.request();
  request.self_reported = true;
  request.label = "theirs";
  const Acceptance accepted = accept_entry(request);
  CHECK(accepted.row.state == EntryState::self_reported);
  CHECK(accepted.row.claimed == 4);
  const Leaderboard board = parties.joined();
  CHECK(board.unranked == std::vector<std::string>{"oracle", "theirs"});
  CHECK_THAT(markdown_report(board), contains("theirs ?"));
  CHECK(test::schema_errors(Json(to_json(board)), "leaderboard") == "");
}

TEST_CASE("acceptance: a score that its prediction does not give refuses the entry", "[harness]") {
  const Parties parties;
  parties.pack();
  parties.forge([](Record& record) {
    for (Score& score : record.scores)
      if (score.name == "rmse") *score.value *= 0.5;
  });
  AcceptanceRequest request = parties.request();
  request.self_reported = true;  // nor is it taken as claimed
  CHECK_THAT(error_of([&] { accept_entry(request); }), contains("is not accepted") && contains("its rmse is"));
  CHECK_FALSE(fs::exists(parties.row));
}

TEST_CASE("acceptance: predictions of other rows are not verified", "[harness]") {
  const Parties parties;
  parties.pack();
  Json entry = read_json_file(parties.packed / "entry.json");
  std::swap(entry["cells"][0]["test"]["targets"], entry["cells"][1]["test"]["targets"]);
  write_text_atomically(parties.packed / "entry.json", entry.dump());
  CHECK_THAT(error_of([&] { accept_entry(parties.request()); }), contains("other test rows or targets"));
}

TEST_CASE("acceptance: missing cells are named, and cells of another suite left out", "[harness]") {
  const Parties parties(board_suite(Json::array({gp_as("mine")}), "2..3"));
  parties.pack();
  CHECK_THAT(error_of([&] { accept_entry(parties.request()); }),
             contains("MISSING toy seed 1: mine") && contains("MISSING f seed 1: mine") && contains("--partial"));
  AcceptanceRequest request = parties.request();
  request.partial = true;
  const Acceptance accepted = accept_entry(request);
  CHECK(accepted.row.missing == 2);
  CHECK(accepted.row.recomputed == 2);
  CHECK(accepted.left_out.size() == 2);
  CHECK_THAT(accepted.left_out[0], contains("seed 3: is no cell of the suite"));
  const Leaderboard board = parties.joined();
  REQUIRE(board.gaps.missing.size() == 2);
  CHECK(board.gaps.missing[0].entry.model == "mine");
}

TEST_CASE("acceptance: data or protocol of another kind leave nothing to accept", "[harness]") {
  Json other = board_suite(Json::array({gp_as("mine")}));
  other["datasets"][0]["parameters"]["test"] = 11;
  other["datasets"].erase(1);
  const Parties parties(other);
  parties.pack();
  CHECK_THAT(error_of([&] { accept_entry(parties.request()); }), contains("has no cell of suite 'small'"));
}

TEST_CASE("acceptance: of a failed cell the failure is a part of the row", "[harness]") {
  const Parties parties;
  parties.pack();
  parties.forge([](Record& record) {
    record.failed = true;
    record.failure_kind = "numerical", record.failure_reason = "it broke";
    record.scores.clear(), record.expectations.clear(), record.curves = Json::object(), record.prediction.reset();
  });
  const Acceptance accepted = accept_entry(parties.request());
  CHECK(accepted.row.failed == 1);
  CHECK(accepted.row.state == EntryState::verified);
  CHECK(parties.joined().gaps.failures.at(0).message == "it broke");
}

TEST_CASE("acceptance: an entry made by another version of predcorr is refused", "[harness]") {
  const Parties parties;
  parties.pack();
  Json entry = read_json_file(parties.packed / "entry.json");
  const std::string id = entry["cells"][0]["id"];
  const fs::path file = parties.packed / "cells" / (id + ".json");
  Record record = record_from_json(read_json_file(file), file.string());
  record.identity["version"] = "0.0.1";
  const std::string renamed = cell_id(record.identity);
  record.prediction->name = renamed + ".npz";
  fs::rename(parties.packed / "cells" / (id + ".npz"), parties.packed / "cells" / (renamed + ".npz"));
  fs::remove(file);
  const fs::path other = parties.packed / "cells" / (renamed + ".json");
  write_text_atomically(other, record_to_text(record));
  entry["cells"][0]["id"] = renamed;
  entry["cells"][0]["record"] = {{"sha256", sha256_hex_of_file(other)}, {"bytes", fs::file_size(other)}};
  write_text_atomically(parties.packed / "entry.json", entry.dump());
  CHECK_THAT(error_of([&] { accept_entry(parties.request()); }), contains("was made by predcorr 0.0.1"));
}

TEST_CASE("acceptance: an entry that was put together by hand is refused with what is wrong with it", "[harness]") {
  const Parties parties;
  parties.pack();
  const fs::path file = parties.packed / "entry.json", run = parties.packed / "run.json";
  const Json entry = read_json_file(file), plan = read_json_file(run);
  const auto refusal = [&](const Json& changed) {
    write_text_atomically(file, changed.dump());
    return error_of([&] { accept_entry(parties.request()); });
  };
  Json unnamed = entry;
  unnamed["cells"][0].erase("prediction");
  unnamed["cells"][0].erase("test");
  CHECK_THAT(refusal(unnamed), contains("do not agree on what is kept"));
  Json label = entry;
  label["model"] = "a\nb";
  CHECK_THAT(refusal(label), contains("the row's label"));

  Json bare = plan;
  bare["provenance"].erase("compiler");
  write_text_atomically(run, bare.dump());
  Json fitting = entry;
  fitting["run"] = {{"sha256", sha256_hex_of_file(run)}, {"bytes", fs::file_size(run)}};
  CHECK_THAT(refusal(fitting), contains("provenance has no \"compiler\""));
  CHECK_FALSE(fs::exists(parties.row));
}

TEST_CASE("acceptance: one entry has one model", "[harness]") {
  const Parties parties;
  parties.pack();
  Json entry = read_json_file(parties.packed / "entry.json");
  const std::string id = entry["cells"][0]["id"];
  Record other = record_from_json(read_json_file(parties.packed / "cells" / (id + ".json")), "record");
  other.identity["model"]["parameters"]["steps"] = 99;
  other.prediction.reset();
  const std::string second = cell_id(other.identity);
  const fs::path file = parties.packed / "cells" / (second + ".json");
  write_text_atomically(file, record_to_text(other));
  Json cell = entry["cells"][0];
  cell["id"] = second;
  cell["record"] = {{"sha256", sha256_hex_of_file(file)}, {"bytes", fs::file_size(file)}};
  cell.erase("prediction");
  cell.erase("test");
  entry["cells"].push_back(cell);
  write_text_atomically(parties.packed / "entry.json", entry.dump());
  CHECK_THAT(error_of([&] { accept_entry(parties.request()); }), contains("expected one cell of one model"));
}

}  // namespace
}  // namespace predcorr
