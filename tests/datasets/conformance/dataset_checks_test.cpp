// SPDX-License-Identifier: Apache-2.0
// Data sets that break one rule each, and the check that must notice.
#include "datasets/conformance/dataset_checks.hpp"

#include <atomic>
#include <functional>
#include <limits>

#include "datasets/generators/gp_truth.hpp"
#include "tests/support/check_faults.hpp"
#include "tests/support/helpers.hpp"

namespace predcorr {
namespace {

using conformance::DatasetTrial;

/// 60 rows drawn from a GP for each seed, in groups of four, with its truth; a test may change a part of it.
struct Script : DatasetSource {
  std::function<void(Dataset&, const DataRequest&)> change = [](Dataset&, const DataRequest&) {};
  std::function<void(Split&)> resplit = [](Split&) {};
  std::function<std::string(const DataRequest&)> hash = [](const DataRequest&) { return ""; };
  bool truth = true;

  Dataset load(const DataRequest& request) const override {
    Stream stream = request.stream("scripted");
    Dataset data;
    data.name = "scripted";
    data.inputs = stream.normals(120).reshaped(60, 2);
    data.targets = data.inputs.col(0) + 0.3 * stream.normals(60);
    data.input_names = {"a", "b"};
    data.target_name = "y";
    for (Index row = 0; row < 60; ++row) data.groups.push_back(row / 4);
    data.truth = std::make_shared<GpTruth>(read_kernel("linear"), 0.09);
    change(data, request);
    return data;
  }
  Split split(const Dataset& data, const DataRequest& request) const override {
    Split parts = DatasetSource::split(data, request);
    resplit(parts);
    return parts;
  }
  std::string content_hash(const DataRequest& request) const override { return hash(request); }
  bool knows_truth() const override { return truth; }
};

std::shared_ptr<Script> changed(std::function<void(Dataset&)> change) {
  auto script = std::make_shared<Script>();
  script->change = [change = std::move(change)](Dataset& data, const DataRequest&) { change(data); };
  return script;
}

std::shared_ptr<Script> resplit(std::function<void(Split&)> change) {
  auto script = std::make_shared<Script>();
  script->resplit = std::move(change);
  return script;
}

TEST_CASE("data set checks: a source that keeps the rules passes", "[datasets]") {
  const Script sound;
  DatasetTrial trial(sound, 1);
  CHECK(test::failures(conformance::dataset_checks(), trial) == "");
}

TEST_CASE("data set checks: each fault is caught by the check about it", "[datasets]") {
  const auto loads = std::make_shared<std::atomic<int>>(0);
  const auto unseeded = std::make_shared<Script>();
  unseeded->change = [](Dataset& data, const DataRequest&) {
    Stream stream(7);
    data.inputs = stream.normals(120).reshaped(60, 2);
    data.targets = data.inputs.col(0) + 0.3 * stream.normals(60);
  };
  unseeded->resplit = [](Split& split) {
    split = {consecutive_rows(0, 20), consecutive_rows(20, 20), consecutive_rows(40, 20)};
  };
  const auto hashed = std::make_shared<Script>();
  hashed->hash = [](const DataRequest& request) { return std::string(64, request.seed == 1 ? 'a' : 'b'); };
  const auto blind = std::make_shared<Script>();
  blind->truth = false;
  test::expect_faults_caught<DatasetTrial, DatasetSource>(
      {{"a name short", changed([](Dataset& d) { d.input_names.pop_back(); }), "sizes", "2 inputs, 1 names", {"any"}},
       {"images of other sizes",
        changed([](Dataset& d) { d.image = ImageShape{1, 2, 3}; }),
        "sizes",
        "2 inputs, images of 1 x 2 x 3",
        {"any"}},
       {"throws an int", changed([](Dataset&) { throw 42; }), "sizes", "no std::exception", {"any"}},
       {"one NaN",
        changed([](Dataset& d) { d.inputs(3, 1) = std::numeric_limits<double>::quiet_NaN(); }),
        "values",
        "input 1 has values that are not finite",
        {"determinism"}},
       {"the same name twice", changed([](Dataset& d) { d.target_name = "a"; }), "names",
        "'a' is empty or there twice"},
       {"counts its loads", changed([loads](Dataset& d) { d.targets(0) += 1e-9 * ++*loads; }), "determinism",
        "the rows are others"},
       {"ignores the seed", unseeded, "seeds", "another seed gives the same rows in the same parts"},
       {"a hash of the seed", hashed, "content", "depends on the seed"},
       {"a row in two parts",
        resplit([](Split& s) { s.pool.push_back(s.train[0]); }),
        "split",
        "is given out twice",
        {"groups"}},
       {"a row that is not there", resplit([](Split& s) { s.test[0] = 60; }), "split", "row 60 of 60"},
       {"a group divided", resplit([](Split& s) { std::swap(s.train[0], s.test[0]); }), "groups", "group"},
       {"a truth that is not told", blind, "truth-given", "knows_truth() says no, the loaded data set has a truth"},
       {"noise that the truth leaves out",
        changed([](Dataset& d) { d.truth = std::make_shared<GpTruth>(read_kernel("linear"), 0.01); }), "truth-fits",
        "squared distance from the truth's posterior is"}},
      conformance::dataset_checks(), std::uint64_t{1});
}

TEST_CASE("data set checks: every generator, and a table, keep the rules", "[datasets]") {
  const test::TemporaryFolder folder;
  std::string table = "a,b,g,y\n";
  for (int i = 0; i < 40; ++i) table += fmt::format("{},{},{},{}\n", i, i * i % 7, i / 4, 0.5 * i);
  const auto& registry = Registry<DatasetSource>::instance();
  for (const std::string& name : registry.names()) {
    Json parameters = Json::object();
    if (name == "csv")
      parameters = {{"file", test::written(folder, "table.csv", table).string()}, {"target", "y"}, {"group", "g"}};
    if (name == "images") continue;  // in its own test
    if (name == "gp-sample")
      parameters = {{"kernel", {{"sum", {"rbf", {{"white", {{"variance", 0.3}}}}}}}}, {"rows", 200}};
    const auto source = registry.make({.name = name, .parameters = parameters}, name);
    if (name != "csv" && !source.object->content_hash({}).empty()) continue;  // a file that has to be fetched
    INFO(name);
    DatasetTrial trial(*source.object, 1);
    CHECK(test::failures(conformance::dataset_checks(), trial) == "");
  }
}

}  // namespace
}  // namespace predcorr
