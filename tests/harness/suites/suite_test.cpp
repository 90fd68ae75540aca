// SPDX-License-Identifier: Apache-2.0
#include "harness/suites/suite.hpp"

#include <algorithm>
#include <filesystem>

#include "harness/plan.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/tiny_suite.hpp"

namespace predcorr {
namespace {

using test::contains;
using test::error_of;
using test::tiny_suite;

TEST_CASE("a suite is read with every default filled in", "[harness]") {
  const Suite suite = read_suite(tiny_suite(), "tiny.json");
  CHECK(suite.name == "tiny");
  CHECK(suite.seeds == std::vector<std::uint64_t>{1, 2});
  CHECK(suite.datasets.at(0).label == "toy");
  CHECK(suite.datasets.at(0).plugin.parameters.at("noise_variance") == 0.01);
  const Json& ridge = suite.model("ridge", "toy").parameters;
  CHECK(ridge.at("members") == 10);
  CHECK(ridge.at("fraction") == 1.0);
  CHECK(ridge.at("base") == Json::parse(R"({"model": "ridge", "parameters": {"penalties": [1.0]}})"));
  CHECK(suite.metrics.size() == Registry<Metric>::instance().names().size());
  CHECK(suite.cross_metrics.size() == Registry<CrossMetric>::instance().names().size());
  CHECK(suite.expectation.draws == 1000);
  REQUIRE(suite.active_learning);
  CHECK(suite.active_learning->predictors == std::vector<std::string>{"gp"});
  CHECK(suite.active_learning->self);
  CHECK(suite.active_learning->datasets == std::vector<std::string>{"toy", "friedman-3"});
}

TEST_CASE("settings of one data set replace the general ones there", "[harness]") {
  Json json = tiny_suite();
  json["models"][3]["per_dataset"] = {{"toy", {{"members", 7}}}, {"boston", {{"members", 9}}}};
  const Suite suite = read_suite(json, "s");
  CHECK(suite.model("ridge", "toy").parameters.at("members") == 7);
  CHECK(suite.model("ridge", "friedman-3").parameters.at("members") == 10);
}

TEST_CASE("a model within itself is refused from a depth on, at once", "[harness]") {
  const auto suite_with = [](int levels) {
    Json model = "ridge";
    for (int i = 0; i < levels; ++i) model = {{"model", "bootstrap"}, {"parameters", {{"base", model}}}};
    Json json = tiny_suite();
    json["models"] = Json::array({model});
    json.erase("active_learning");
    return json;
  };
  CHECK_NOTHROW(read_suite(suite_with(7), "s"));
  for (const int levels : {8, 18})
    CHECK_THAT(error_of([&] { read_suite(suite_with(levels), "s"); }),
               contains("config: s: models[0].parameters.base: ") && contains("a model within a model") &&
                   contains("more than 8 deep") && contains("take some out"));
}

TEST_CASE("an alias is the same data set under another name", "[harness]") {
  Json json = tiny_suite();
  json["datasets"] = {"power_plant"};
  json["models"][3]["per_dataset"] = {{"power-plant", {{"members", 7}}}};
  const Suite suite = read_suite(json, "s");
  CHECK(suite.datasets.at(0).label == "power_plant");
  CHECK(suite.datasets.at(0).plugin.name == "power-plant");
  CHECK(suite.model("ridge", "power_plant").parameters.at("members") == 7);
  // Where both the canonical name and the label carry the same setting, the label, which is nearer, has the last word.
  json["models"][3]["per_dataset"] = {{"power-plant", {{"members", 7}}}, {"power_plant", {{"members", 9}}}};
  CHECK(read_suite(json, "s").model("ridge", "power_plant").parameters.at("members") == 9);
}

TEST_CASE("seeds are read as range, list or number", "[harness]") {
  CHECK(read_seeds("3..5", "s") == std::vector<std::uint64_t>{3, 4, 5});
  CHECK(read_seeds("7", "s") == std::vector<std::uint64_t>{7});
  CHECK(read_seeds({7}, "s") == std::vector<std::uint64_t>{7});
  CHECK(read_seeds({9, 2}, "s") == std::vector<std::uint64_t>{9, 2});
  // A bare number is how many.
  CHECK(read_seeds(3, "s") == std::vector<std::uint64_t>{1, 2, 3});
  CHECK(read_seeds(1, "s") == std::vector<std::uint64_t>{1});
  for (const Json& bad :
       {Json("5..3"), Json("a..b"), Json("1.."), Json(""), Json(-1), Json(1.5), Json({1, 1}), Json::array(),
        Json(4294967296), Json("1..99999999"), Json(0), Json(1000001), Json(nullptr), Json(true)}) {
    INFO(bad.dump());
    CHECK_THAT(error_of([&] { read_seeds(bad, "seeds"); }), contains("config: seeds"));
  }
  CHECK(seeds_in_words({3}) == "seed 3");
  CHECK(seeds_in_words({3, 4, 5}) == "seeds 3 to 5");
  CHECK(seeds_in_words({3, 5, 4}) == "3 seeds: 3, 5, 4");
  CHECK(seeds_in_words({9, 8, 7, 6, 5, 4, 3, 2, 1, 10, 11, 12}) == "12 seeds: 9, 8, 7, 6, 5, 4, 3, 2, 1, 10, ...");
}

TEST_CASE("protocols may choose their parts", "[harness]") {
  Json json = tiny_suite();
  json["protocol"] = {{"name", "modern"}, {"train", 0.5}, {"test", 0.25}};
  CHECK(read_suite(json, "s").protocol.train == 0.5);
  json["protocol"] = {{"name", "paper"}, {"test", 0.5}};
  CHECK_THAT(error_of([&] { read_suite(json, "s"); }), contains("fixed at 0.2"));
  json["protocol"] = "papper";
  CHECK_THAT(error_of([&] { read_suite(json, "s"); }), contains("protocol.name") && contains("one of paper, modern"));
}

TEST_CASE("a suite tells how active learning begins, goes on and ends", "[harness]") {
  Json json = tiny_suite();
  const LearningOptions usual = read_suite(json, "s").active_learning->options;
  CHECK(usual.rounds == 2);
  CHECK(usual.batch == 2);
  CHECK_FALSE(usual.initial.amount);
  CHECK_FALSE(usual.conditions());
  CHECK_FALSE(usual.stop.patience);
  json["active_learning"].update(
      Json::parse(R"({"initial": 0.5, "update": "condition", "stop": {"patience": 2, "rmse": 0.1}})"));
  const LearningOptions plan = read_suite(json, "s").active_learning->options;
  CHECK(plan.rounds == 2);
  CHECK(plan.initial.amount == 0.5);
  CHECK(plan.conditions());
  CHECK(plan.stop.patience == 2);
  CHECK(plan.stop.rmse == 0.1);
  CHECK_FALSE(plan.stop.gain);
}

/// One change to a good suite, and what the message must name.
struct Mistake {
  std::string pointer;
  Json value;
  std::vector<std::string> named;
};

TEST_CASE("mistakes are refused with the key and the nearest valid name", "[harness]") {
  const std::vector<Mistake> mistakes = {
      {"/modles", Json::array(), {"s.json: unknown key 'modles'", "did you mean 'models'?"}},
      {"/name", "", {"'name'"}},
      {"/models/2/model", "gpp", {"s.json: models[2]", "unknown model 'gpp'", "did you mean 'gp'?"}},
      {"/models/2/parameters/step", 3, {"models[2].parameters", "unknown parameter 'step'", "did you mean 'steps'?"}},
      {"/models/2/parameters/steps", -1, {"models[2].parameters.steps", "from 0 to 100000", "got -1"}},
      {"/models/2/parameters/steps", 2.5, {"models[2].parameters.steps", "an integer", "2.5"}},
      {"/models/2/parameters", 3, {"models[2].parameters", "an object"}},
      {"/models/2/lable", "x", {"models[2]", "unknown key 'lable'", "did you mean 'label'?"}},
      {"/models/3/label", "gp", {"models: the label 'gp' is used twice"}},
      {"/models/3/per_dataset", {{"tooy", Json::object()}}, {"models[3].per_dataset", "'tooy'", "did you mean 'toy'?"}},
      {"/models", Json::array(), {"'models'", "at least one"}},
      {"/datasets/1", "friedman-4", {"datasets[1]", "did you mean 'friedman-"}},
      {"/datasets/0/parameters/dim", "two", {"datasets[0].parameters.dim", "an integer"}},
      {"/datasets/1", {{"dataset", "csv"}}, {"datasets[1].parameters", "'file' must be given"}},
      {"/metrics", {"rsme"}, {"metrics[0]", "unknown metric 'rsme'", "did you mean 'rmse'?"}},
      {"/metrics", {"rmse", "rmse"}, {"metrics", "used twice"}},
      {"/metrics", "most", {"metrics", "\"all\" or a list"}},
      {"/expectation", 100, {"s.json: expectation", "an object"}},
      {"/expectation/draw", 100, {"expectation: unknown", "did you mean 'draws'?"}},
      {"/expectation/draws", -1, {"expectation.draws: must be from 0 to 60000", "got -1"}},
      {"/columns", {"rmse", "r_statistic.sdt"}, {"columns[1]", "'r_statistic.sdt'", "did you mean 'r_statistic.std'?"}},
      {"/groups", {{"some", {"toy", "friedman-4"}}}, {"s.json: groups.some[1]", "did you mean 'friedman-3'?"}},
      {"/primary", "rsme", {"s.json: primary", "'rsme'", "did you mean 'rmse'?"}},
      {"/primary", "r_statistic.std", {"s.json: primary", "with a better direction"}},
      {"/combined", {{"rmse", 0}}, {"s.json: combined.rmse: must be a weight above 0, got 0"}},
      {"/findings",
       {{{"finding", "f"}, {"source", "s"}, {"score", "rmse"}, {"model", "gq"}, {"at_least", 0}}},
       {"s.json: findings[0].model", "'gq'", "did you mean 'gp'?"}},
      {"/active_learning/criteria/0", "bmi", {"active_learning.criteria[0]", "did you mean 'bmig'?"}},
      {"/active_learning/models", {"gq"}, {"active_learning.models", "'gq'", "did you mean 'gp'?"}},
      {"/active_learning/rounds", 0, {"active_learning.rounds", "at least 1"}},
      {"/active_learning/batch", 1.5, {"active_learning.batch"}},
      {"/active_learning/bacth", 1, {"active_learning", "did you mean 'batch'?"}},
      {"/active_learning/initail", 5, {"active_learning: unknown key", "did you mean 'initial'?"}},
      {"/active_learning/initial", 0, {"active_learning.initial: must be", "got 0"}},
      {"/active_learning/update", "condtion", {"active_learning.update", "one of refit, condition"}},
      {"/active_learning/stop", {{"patients", 3}}, {"active_learning.stop: unknown key", "did you mean 'patience'?"}},
      {"/active_learning/stop", "early", {"active_learning.stop: must be an object"}},
      {"/active_learning/stop", {{"gain", "x"}}, {"active_learning.stop: gain: must be a number"}},
      {"/seeds", "all", {"seeds"}},
      {"/seeds", "1..100001", {"seeds", "at most 100000 seeds"}},
      {"/name", "../../../x", {"s.json: name: names a folder", "no '/'"}},
      {"/name", "..", {"s.json: name: names a folder"}},
      {"/name", "a\x1b[31mb", {"s.json: name: must be at most 120 bytes", "got 'a\\u001b[31mb'"}},
      {"/datasets/0/label", "a\nb", {"s.json: datasets[0].label: must be at most", "got 'a\\nb'"}},
      {"/models/3/label", std::string(240, 'x'), {"s.json: models[3].label: must be at most 120 bytes"}},
      {"/datasets/0/parameters/train", 2000000000, {"datasets[0].parameters.train: must be from 0 to 20000"}},
      {"/models/3/parameters/fraction", 1e12, {"models[3].parameters.fraction: must be above 0, at most 100"}},
      {"/models/3/parameters/fraction", 1e155, {"models[3].parameters.fraction: must be above 0, at most 100"}},
      {"/models/3/parameters/fraction", 0, {"models[3].parameters.fraction: must be above 0, at most 100"}},
  };
  for (const Mistake& mistake : mistakes) {
    Json json = tiny_suite();
    json[Json::json_pointer(mistake.pointer)] = mistake.value;
    const std::string message = error_of([&] { read_suite(json, "s.json"); });
    INFO(mistake.pointer);
    CHECK_THAT(message, contains("config: "));
    for (const std::string& part : mistake.named) CHECK_THAT(message, contains(part));
  }
}

TEST_CASE("more cells than can be handled are counted, not made", "[harness]") {
  Json json = tiny_suite();
  json["seeds"] = "1..100000";
  const Suite suite = read_suite(json, "s.json");
  std::vector<RunDataset> described(2);
  described[0].label = "toy";
  described[1].label = "friedman-3";
  CHECK_THAT(error_of([&] { plan_cells(suite, described); }),
             contains("config: suite 'tiny': 2 data sets, 5 models and 100000 seeds make ") &&
                 contains("00000 cells; 200000 are possible") && contains("--seeds"));
}

TEST_CASE("budgets that would never end are refused", "[harness]") {
  Json json = tiny_suite();
  json["models"][2] = {{"model", "gradient-boosting"}, {"label", "gp"}, {"parameters", {{"rounds", 2000000000}}}};
  CHECK_THAT(error_of([&] { read_suite(json, "s"); }), contains("rounds: must be from 1 to 1000000, got 2000000000"));
}

TEST_CASE("controls come with their base's parameters on every data set, and do not learn actively unasked",
          "[harness]") {
  Json json = tiny_suite();
  json["models"][3]["per_dataset"] = {{"toy", {{"members", 7}}}};
  json["controls"] = {"ridge", "constant"};
  json["active_learning"].erase("models");
  const Suite suite = read_suite(json, "s");
  int controls = 0;
  for (const std::string& name : Registry<Model>::instance().names())
    if (name.rfind("control-", 0) == 0) ++controls;
  CHECK(controls == 5);
  CHECK(std::ssize(suite.models) == 5 + 2 * controls);
  for (const auto& [dataset, members] : {std::pair{"toy", 7}, std::pair{"friedman-3", 10}}) {
    const Configured<Model>& control = suite.model("ridge (permuted)", dataset);
    CHECK(control.name == "control-permuted");
    REQUIRE(control.object->traits().controlled != nullptr);
    CHECK(control.object->traits().controlled->parameters == suite.model("ridge", dataset).parameters);
    CHECK(control.object->traits().controlled->parameters.at("members") == members);
  }
  CHECK(suite.active_learning->models.size() == 5);

  json["controls"] = {"rigde"};
  CHECK_THAT(error_of([&] { read_suite(json, "s"); }),
             contains("s: controls: no model of this suite is called 'rigde'; did you mean 'ridge'?"));
  json["controls"] = {"ridge", "ridge"};
  CHECK_THAT(error_of([&] { read_suite(json, "s"); }), contains("'ridge (independent)' is there already"));
  json["controls"] = "ridge";
  CHECK_THAT(error_of([&] { read_suite(json, "s"); }), contains("s: controls: must be a list"));
}

TEST_CASE("every shipped suite can be read, and has controls", "[harness]") {
  int seen = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(PREDCORR_SOURCE_DIR) / "harness" / "suites")) {
    if (entry.path().extension() != ".json") continue;
    const std::string name = entry.path().stem().string();
    INFO(name);
    CHECK(find_suite(name).filename() == name + ".json");
    const Suite suite = read_suite(read_json_file(entry.path()), entry.path().string());
    CHECK(suite.name == name);
    CHECK(std::any_of(suite.models.begin(), suite.models.end(), [&](const std::string& label) {
      return suite.model(label, suite.datasets.front().label).object->traits().controlled != nullptr;
    }));
    ++seen;
  }
  CHECK(seen >= 10);
  CHECK_THAT(error_of([] { find_suite("quik"); }), contains("did you mean 'quick'?"));
}

}  // namespace
}  // namespace predcorr
