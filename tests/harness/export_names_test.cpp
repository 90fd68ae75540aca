// SPDX-License-Identifier: Apache-2.0
#include <set>

#include "core/base/files.hpp"
#include "harness/export.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/program.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

TEST_CASE("export: labels too long for a file's name are cut, and stay apart", "[harness]") {
  const test::TemporaryFolder at;
  Json kernels = Json::array();
  for (const double variance : {1.25, 1.5}) {
    Json terms = Json::array();
    for (int i = 0; i < 6; ++i)
      terms.push_back({{"kernel", "rbf"}, {"parameters", {{"length_scale", 0.5 + i}, {"variance", variance}}}});
    kernels.push_back({{"sum", terms}});
  }
  const Json suite = {{"name", "long"},
                      {"protocol", "modern"},
                      {"datasets", {{{"dataset", "friedman-1"}, {"parameters", {{"rows", 40}}}}}},
                      {"models", {{{"model", "gp"}, {"parameters", {{"steps", 0}}}, {"grid", {{"kernel", kernels}}}}}},
                      {"metrics", {"rmse"}},
                      {"seeds", {1}}};
  test::written(at, "long.json", suite.dump());
  const auto run = test::run_program({"run", (at / "long.json").string(), "--out", (at / "run").string()}, at.path());
  INFO(run.err);
  REQUIRE(run.status == 0);
  const auto exported = export_run(Store::open_for_reading(at / "run"), at / "out", {});
  REQUIRE(exported.size() == 1);
  std::set<std::string> files;
  for (const auto& [label, file] : exported[0].predictions) {
    CHECK(label.size() > 255);
    CHECK(std::filesystem::is_regular_file(exported[0].folder / file));
    files.insert(file);
  }
  CHECK(files.size() == 2);
}

}  // namespace
}  // namespace predcorr
