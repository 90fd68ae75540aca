// SPDX-License-Identifier: Apache-2.0
#include "datasets/catalogue.hpp"

#include <map>
#include <set>

#include "datasets/dataset_source.hpp"
#include "datasets/fetch.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/skip.hpp"

namespace predcorr::datasets {
namespace {

using test::error_of;
using test::missing;

std::shared_ptr<const DatasetSource> source(const std::string& name) {
  return Registry<DatasetSource>::instance().make({.name = name}, "datasets[0]").object;
}

TEST_CASE("The catalogue's rows are complete and no two are alike", "[datasets]") {
  std::set<std::string> names, files, sums;
  for (const CatalogueRow& row : catalogue()) {
    INFO(row.name);
    names.insert(row.name);
    files.insert(row.file);
    sums.insert(row.sha256);
    CHECK(row.sha256.size() == 64);
    CHECK(row.sha256.find_first_not_of("0123456789abcdef") == std::string::npos);
    CHECK(missing(row.url, {"https://", "/" + row.file}) == "");
    CHECK_FALSE(row.citation.empty());
    CHECK_FALSE(row.target.empty());
    CHECK(std::set<std::string>(row.inputs.begin(), row.inputs.end()).size() == row.inputs.size());
    CHECK(row.rows >= 10);
  }
  CHECK(names.size() == catalogue().size());
  CHECK(files.size() == catalogue().size());
  CHECK(sums.size() == catalogue().size());
}

TEST_CASE("Tables and digits can be fetched, by name or alias", "[datasets]") {
  CHECK(fetched_data().size() == catalogue().size() + 1);
  for (const FetchedData& data : fetched_data()) {
    INFO(data.name);
    CHECK(Registry<DatasetSource>::instance().contains(data.name));
    CHECK(find_fetched(data.name).name == data.name);
    for (const std::string& alias : data.aliases) CHECK(find_fetched(alias).name == data.name);
    CHECK(data.files.size() == (data.name == "rotated-digits" ? 2 : 1));
  }
  CHECK(find_fetched("power_plant").files[0].sha256 == source("power-plant")->content_hash({}));
  CHECK(missing(error_of([] { find_fetched("rotated-digit"); }), {"config: ", "did you mean 'rotated-digits'?"}) == "");
}

TEST_CASE("Every catalogue row is registered under its name and aliases", "[datasets]") {
  const auto& registry = Registry<DatasetSource>::instance();
  for (const CatalogueRow& row : catalogue()) {
    CHECK(registry.contains(row.name));
    for (const auto& alias : row.aliases) CHECK(registry.contains(alias));
  }
  CHECK(registry.make({.name = "power_plant"}, "test").name == "power-plant");
  CHECK(source("wine")->content_hash({}) == source("wine")->content_hash({.protocol = {}, .seed = 9, .folders = {}}));
  CHECK_FALSE(source("wine")->knows_truth());
}

TEST_CASE("The sizes are those of the study's table", "[datasets]") {
  const std::map<std::string, std::pair<Index, std::size_t>> sizes = {
      {"boston", {506, 13}},  {"concrete", {1030, 8}},    {"energy", {768, 8}}, {"kin8nm", {8192, 8}},
      {"naval", {11934, 17}}, {"power-plant", {9568, 4}}, {"wine", {1599, 11}}, {"yacht", {308, 6}}};
  CHECK(catalogue().size() == sizes.size());
  for (const CatalogueRow& row : catalogue()) {
    INFO(row.name);
    CHECK(row.rows == sizes.at(row.name).first);
    CHECK(row.inputs.size() == sizes.at(row.name).second);
  }
}

TEST_CASE("The real files load with the catalogue's shape", "[datasets]") {
  test::data_folder();
  const DataRequest request{.protocol = {}, .seed = 1, .folders = data_folders("")};
  for (const CatalogueRow& row : catalogue()) {
    INFO(row.name);
    const Dataset data = source(row.name)->load(request);
    CHECK(data.name == row.name);
    CHECK(data.rows() == row.rows);
    CHECK(data.targets.size() == row.rows);
    CHECK(data.inputs.cols() == std::ssize(row.inputs));
    CHECK(data.input_names == row.inputs);
    CHECK(data.target_name == row.target);
    CHECK(data.source.sha256 == row.sha256);
    CHECK(data.groups.empty());
    if (row.name == "boston") {  // its first line, as published: 0.00632 18.00 ... 4.98 24.00
      CHECK(data.inputs(0, 0) == 0.00632);
      CHECK(data.inputs(0, 12) == 4.98);
      CHECK(data.targets(0) == 24.0);
    }
  }
}

TEST_CASE("A missing file says how to get it and where it was looked for", "[datasets]") {
  const test::TemporaryFolder folder;
  const DataRequest request{.protocol = {}, .seed = 1, .folders = {folder.path()}};
  CHECK(missing(error_of([&] { source("yacht")->load(request); }),
                {"io: yacht_hydrodynamics.data", "predcorr fetch yacht", "--data FOLDER", folder.path().string()}) ==
        "");
}

TEST_CASE("A file with another check sum is refused", "[datasets]") {
  const test::TemporaryFolder folder;
  std::string text;
  for (int i = 0; i < 308; ++i) text += fmt::format("1 2 3 4 5 6 {}\n", i);
  const auto file = test::written(folder, "yacht_hydrodynamics.data", text);
  const DataRequest request{.protocol = {}, .seed = 1, .folders = {folder.path()}};
  CHECK(missing(error_of([&] { source("yacht")->load(request); }),
                {"data: " + file.string(), "SHA-256", source("yacht")->content_hash({}), "predcorr fetch yacht"}) ==
        "");
}

TEST_CASE("Unknown data sets and parameters are refused", "[datasets]") {
  CHECK(missing(error_of([] { source("bostn"); }),
                {"config: datasets[0]", "unknown dataset 'bostn'", "did you mean 'boston'?"}) == "");
  const Spec spec{.name = "wine", .parameters = {{"rows", 3}}};
  CHECK(missing(error_of([&] { Registry<DatasetSource>::instance().make(spec, "datasets[0]"); }),
                {"config: datasets[0].parameters", "unknown parameter 'rows'"}) == "");
}

}  // namespace
}  // namespace predcorr::datasets
