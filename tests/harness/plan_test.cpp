// SPDX-License-Identifier: Apache-2.0
#include "harness/plan.hpp"

#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/temporary_folder.hpp"

namespace predcorr {
namespace {

TEST_CASE("plan: a network for images is refused for a table before anything is fitted", "[harness]") {
  const test::TemporaryFolder folder;
  std::string table = "a,b,y\n";
  for (int i = 0; i < 40; ++i) table += fmt::format("{},{},{}\n", i, i * i % 7, i % 11);
  test::written(folder, "rows.csv", table);
  const auto planned = [&](const Json& model) {
    const Json json = {{"name", "images"},
                       {"datasets", {{{"dataset", "csv"}, {"label", "rows"}, {"parameters", {{"file", "rows.csv"}}}}}},
                       {"models", {model}},
                       {"metrics", {"rmse"}},
                       {"seeds", "1"}};
    Suite suite = read_suite(json, "test", folder.path());
    suite.folders = {folder.path()};
    Problems problems(suite);
    return plan_suite(suite, problems).cells.size();
  };
  CHECK(planned("deep-ensemble") == 1);
  for (const char* name : {"deep-ensemble", "mc-dropout", "swag", "multi-swag", "neural-linear", "dkl"})
    CHECK(test::error_of([&] { planned({{"model", name}, {"parameters", {{"network", "mobile-8"}}}}); }) ==
          fmt::format(
              "config: model '{}' on data set 'rows': network \"mobile-8\" is for images, which these data are not; "
              "use \"mlp\", or a data set of images",
              name));
  // A wrapper passes the question on.
  const Json base = {{"model", "deep-ensemble"}, {"parameters", {{"network", "vgg-8"}}}};
  CHECK(test::error_of([&] {
          planned({{"model", "calibrated"}, {"parameters", {{"base", base}}}});
        }).find("\"vgg-8\" is for images") != std::string::npos);
  // Others have no such parameter.
  CHECK(test::error_of([&] {
          planned({{"model", "bbb"}, {"parameters", {{"network", "vgg-8"}}}});
        }).find("unknown parameter 'network'") != std::string::npos);
}

}  // namespace
}  // namespace predcorr
