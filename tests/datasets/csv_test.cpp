// SPDX-License-Identifier: Apache-2.0
#include "core/base/hash.hpp"
#include "datasets/dataset_source.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

using test::error_of;
using test::missing;

std::shared_ptr<const DatasetSource> csv(const Json& parameters) {
  return Registry<DatasetSource>::instance().make({.name = "csv", .parameters = parameters}, "datasets[0]").object;
}

/// 12 rows: mix (three of them), a, b = a squared, y.
std::string table(bool constant = false) {
  std::string text = "mix,a,b,y\n";
  for (int i = 0; i < 12; ++i) text += fmt::format("m{},{},{},{}\n", i % 3, i, i * i, constant ? 4 : 10 + i);
  return text;
}

TEST_CASE("A user's table is loaded from a data folder", "[datasets]") {
  const test::TemporaryFolder folder;
  const auto file = test::written(folder, "mine.csv", table());
  const DataRequest request{.protocol = {}, .seed = 1, .folders = {folder.path()}};
  const auto source = csv({{"file", "mine.csv"}, {"target", "y"}, {"drop", "mix"}});
  const Dataset data = source->load(request);
  CHECK(data.rows() == 12);
  CHECK(data.input_names == std::vector<std::string>{"a", "b"});
  CHECK(data.inputs.col(1) == data.inputs.col(0).cwiseAbs2());
  CHECK(data.targets(11) == 21.0);
  CHECK(data.source.file == file.string());
  CHECK(data.source.sha256 == sha256_hex(table()));
  CHECK(source->content_hash(request) == data.source.sha256);
  CHECK(csv({{"file", file.string()}, {"target", 1}, {"drop", {0, "b"}}})->load({}).input_names ==
        std::vector<std::string>{"y"});
}

TEST_CASE("A table with groups is split with whole groups", "[datasets]") {
  const test::TemporaryFolder folder;
  const auto file = test::written(folder, "mine.csv", table());
  const auto source = csv({{"file", file.string()}, {"group", "mix"}});
  DataRequest request;
  request.protocol.name = ProtocolName::modern;
  const Dataset data = source->load(request);
  CHECK(data.input_names == std::vector<std::string>{"a", "b"});
  const Split split = source->split(data, request);
  for (const Rows* part : {&split.train, &split.pool, &split.test}) {
    REQUIRE(part->size() == 4);
    for (const Index row : *part) CHECK(row % 3 == part->front() % 3);
  }
  request.protocol.name = ProtocolName::paper;
  CHECK(missing(error_of([&] { source->split(data, request); }), {"config: ", "groups", "modern"}) == "");
}

TEST_CASE("The same file is the same data for every seed", "[datasets]") {
  const test::TemporaryFolder folder;
  const auto file = test::written(folder, "mine.csv", table());
  const auto source = csv({{"file", file.string()}, {"drop", "mix"}});
  DataRequest request;
  const Dataset one = source->load(request);
  request.seed = 2;
  CHECK(source->load(request).inputs == one.inputs);
  CHECK(source->load(request).targets == one.targets);
}

TEST_CASE("A user's mistakes are reported by file and column", "[datasets]") {
  const test::TemporaryFolder folder;
  const auto file = test::written(folder, "mine.csv", table());
  const auto refusal = [&](const Json& parameters) { return error_of([&] { csv(parameters)->load({}); }); };
  CHECK(missing(error_of([] { csv(Json::object()); }), {"config: datasets[0].parameters", "'file' must be given"}) ==
        "");
  CHECK(missing(error_of([] { csv({{"file", "x"}, {"header", "maybe"}}); }),
                {"header: must be one of auto, yes, no"}) == "");
  CHECK(missing(error_of([] { csv({{"file", "x"}, {"target", true}}); }),
                {"parameters.target", "column's name or number"}) == "");
  CHECK(missing(error_of([] { csv({{"file", "x"}, {"targt", "y"}}); }), {"did you mean 'target'?"}) == "");
  CHECK(missing(refusal({{"file", "no-such-table.csv"}}), {"io: no-such-table.csv", "--data FOLDER"}) == "");
  CHECK(missing(error_of([] { csv({{"file", "no-such-table.csv"}})->content_hash({}); }), {"io: no-such-table.csv"}) ==
        "");
  CHECK(missing(refusal({{"file", file.string()}}),
                {"data: " + file.string() + ":2", "column 1 ('mix')", "'m0'", "drop"}) == "");
  CHECK(missing(refusal({{"file", file.string()}, {"target", "z"}, {"drop", "mix"}}),
                {file.string(), "no column 'z'"}) == "");
}

TEST_CASE("Too few rows and a constant target are refused", "[datasets]") {
  const test::TemporaryFolder folder;
  const auto few = test::written(folder, "few.csv", "a,y\n1,2\n3,4\n");
  CHECK(missing(error_of([&] { csv({{"file", few.string()}})->load({}); }),
                {"data: " + few.string(), "2 rows", "at least 10"}) == "");
  const auto flat = test::written(folder, "flat.csv", table(true));
  CHECK(missing(error_of([&] { csv({{"file", flat.string()}, {"drop", "mix"}})->load({}); }),
                {"data: " + flat.string(), "target 'y' is 4 in every row"}) == "");
}

TEST_CASE("Another file of the same name in a later folder is told of", "[datasets]") {
  const test::TemporaryFolder suite, data, same;
  test::written(suite, "mine.csv", table());
  test::written(same, "mine.csv", table());
  const auto other = test::written(data, "mine.csv", table() + "m9,40,1600,50\n");
  const auto source = csv({{"file", "mine.csv"}, {"drop", "mix"}});
  const auto notes = [&](std::vector<std::filesystem::path> folders) {
    return source->load({.protocol = {}, .seed = 1, .folders = std::move(folders)}).source.notes;
  };
  CHECK(notes({suite.path(), same.path()}) == "line 1 is taken as the columns' names");
  CHECK(missing(notes({suite.path(), data.path()}), {other.string(), "another file of that name", "not taken"}) == "");
}

TEST_CASE("Copies of rows are told of, since a split may tear them apart", "[datasets]") {
  const test::TemporaryFolder folder;
  const auto file = test::written(folder, "mine.csv", table() + "m1,0,0,10\nm1,1,1,11\n");
  const auto notes = [&](const Json& more) {
    Json parameters = {{"file", file.string()}, {"target", "y"}};
    parameters.update(more);
    return csv(parameters)->load({}).source.notes;
  };
  CHECK(missing(notes({{"drop", "mix"}}), {"2 rows are copies of others", "group"}) == "");
  // Row 1 is of mix m1 as its copy is; row 0 and its copy are of different mixes.
  CHECK(missing(notes({{"group", "mix"}}), {"2 rows have a copy", "in another group"}) == "");
}

}  // namespace
}  // namespace predcorr
