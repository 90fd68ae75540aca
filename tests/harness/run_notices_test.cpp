// SPDX-License-Identifier: Apache-2.0
#include "harness/run_notices.hpp"

#include "harness/plan.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/image_files.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/tiny_suite.hpp"

namespace predcorr {
namespace {

TEST_CASE("run notices: the seeds, and of the user's own table what was taken for what", "[harness]") {
  const test::TemporaryFolder folder, other;
  std::string text = "400,410,420\n";
  for (int i = 0; i < 20; ++i) text += fmt::format("{},{},0.{}\n", i, i * i, i);
  const auto file = test::written(folder, "mine.csv", text);
  const auto second = test::written(other, "mine.csv", text + "1,2,3\n");
  Json json = test::tiny_suite();
  json.erase("active_learning");
  json["seeds"] = 10;
  json["models"] = {"constant"};
  json["datasets"] = {{{"dataset", "csv"}, {"label", "lines"}, {"parameters", {{"file", "mine.csv"}}}}, "friedman-1"};
  Suite suite = read_suite(json, "s");
  suite.folders = {folder.path(), other.path()};
  Problems problems(suite);
  const std::string notices = run_notices(suite, describe_datasets(suite, problems));
  CHECK(test::missing(notices, {"seeds 1 to 10\n", "lines: " + file.string() + ": 21 rows, 2 inputs, target 'column 2'",
                                "WARNING: line 1 (400, 410, 420) is taken as data", "\"header\": \"yes\"",
                                second.string() + " is another file of that name"}) == "");
  CHECK(notices.find("friedman") == std::string::npos);
}

TEST_CASE("run notices: of the user's own images how large they are", "[harness]") {
  const test::TemporaryFolder folder;
  const auto file = test::image_file(folder, "numpy", "stored.npz");
  Json json = test::tiny_suite();
  json.erase("active_learning");
  json["models"] = {"constant"};
  json["datasets"] = {{{"dataset", "images"}, {"label", "grey"}, {"parameters", {{"file", "stored.npz"}}}}};
  Suite suite = read_suite(json, "s");
  suite.folders = {folder.path()};
  Problems problems(suite);
  CHECK(test::missing(run_notices(suite, describe_datasets(suite, problems)),
                      {"grey: " + file.string() + ": 12 rows, 6 inputs, target 'targets'; images of 2 x 3 pixels"}) ==
        "");
}

}  // namespace
}  // namespace predcorr
