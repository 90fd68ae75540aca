// SPDX-License-Identifier: Apache-2.0
// Which randomness a cell's fits take, and what a cell makes of plug-ins that break their rules.
#include "harness/cell.hpp"

#include <cmath>

#include "harness/plan.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/tiny_suite.hpp"

namespace predcorr {
namespace {

using test::contains;

/// Predicts one number, the first that its stream draws: two fits agree if and only if their streams do.
struct Probe : Model {
  struct Answer : Posterior {
    explicit Answer(double number) : value(number) {}
    JointPrediction do_predict(const Matrix& query) const override {
      const Index n = query.rows();
      return {Vector::Constant(n, value), Covariance::from_factor(RowMatrix(RowMatrix::Zero(n, 1))), Vector::Ones(n)};
    }
    double value;
  };
  std::unique_ptr<Posterior> do_fit(const TrainingData&, const Stream& stream) const override {
    return std::make_unique<Answer>(10 + Stream(stream).normal());
  }
};

Configured<Model> probe(const std::string& name, const Json& parameters = Json::object()) {
  return {name, parameters, std::make_shared<const Probe>()};
}

/// One data set under two names, and models with these labels; what each is, is for the test to say.
Suite load_suite(const std::map<std::string, Configured<Model>>& models, const Json& more = Json::object()) {
  Json json = {{"name", "cells"},
               {"datasets", {{{"dataset", "toy-relu"}, {"parameters", {{"dim", 2}, {"pool", 20}, {"test", 15}}}}}},
               {"models", Json::array()},
               {"metrics", {"rmse"}},
               {"seeds", "1"}};
  for (const auto& [label, model] : models) json["models"].push_back({{"model", "constant"}, {"label", label}});
  json.update(more);
  Suite suite = read_suite(json, "cells.json");
  suite.datasets.push_back(suite.datasets[0]);
  suite.datasets[1].label = "twin";
  suite.datasets[1].plugin.name = "toy-twin";
  for (const auto& dataset : suite.datasets)
    for (const auto& [label, model] : models) suite.configured_models[{label, dataset.label}] = model;
  return suite;
}

/// Every cell's record, by what it describes.
std::map<std::string, Record> records_of(const Suite& suite) {
  std::map<std::string, Record> all;
  Problems problems(suite);
  for (const Cell& cell : plan_cells(suite, describe_datasets(suite, problems))) {
    std::optional<StoredPrediction> prediction;
    all[cell.describe()] = run_cell(suite, cell, problems, prediction);
    if (cell.criterion == nullptr) CHECK(all[cell.describe()].failed == !prediction.has_value());
  }
  return all;
}

TEST_CASE("cell: a model's stream has the data set's and the model's name, and nothing else", "[harness]") {
  const Suite suite = load_suite(
      {{"a", probe("first")}, {"b", probe("second")}, {"c", probe("first")}, {"d", probe("first", {{"width", 3}})}});
  const auto records = records_of(suite);
  const auto rmse = [&](const std::string& cell) { return records.at(cell + " seed 1").scores.at(0).value.value(); };
  CHECK(rmse("toy-relu a") != rmse("toy-relu b"));  // another model
  CHECK(rmse("toy-relu a") != rmse("twin a"));      // another data set, with the same rows
  CHECK(rmse("toy-relu b") != rmse("twin b"));
  CHECK(rmse("toy-relu a") == rmse("toy-relu c"));  // another label
  CHECK(rmse("toy-relu a") == rmse("toy-relu d"));  // other parameters: two settings meet the same draws
}

TEST_CASE("cell: a record has the labels that the suite gave", "[harness]") {
  const Suite suite = load_suite({{"one", probe("probe")}, {"two", probe("probe", {{"x", 1}})}},
                                 Json::parse(R"({"active_learning": {"criteria": ["random", "tig"], "rounds": 1,
                                                 "batch": 2, "models": ["two"], "datasets": ["toy-relu"]}})"));
  using Labels = std::map<std::string, std::string>;
  int loops = 0;
  for (const auto& [about, record] : records_of(suite)) {
    INFO(about);
    CHECK(record.labels.at("dataset") == about.substr(0, about.find(' ')));
    if (record.identity.at("task") == "regression")
      CHECK(about.find(" " + record.labels.at("model") + " ") != std::string::npos);
    else if (++loops; record.labels.at("criterion") == "tig")
      CHECK(record.labels == Labels{{"dataset", "toy-relu"}, {"criterion", "tig"}, {"selector", "two"}});
    else
      CHECK(record.labels == Labels{{"dataset", "toy-relu"}, {"criterion", "random"}, {"model", "two"}});
  }
  CHECK(loops == 2);
}

TEST_CASE("cell: another seed is another stream", "[harness]") {
  Suite suite = load_suite({{"a", probe("first")}});
  suite.protocol.name = ProtocolName::paper;
  suite.seeds = {1, 2};
  // The mean is the one number drawn; RMSE differs for the rows' sake alone, so that it is the prediction that is
  // asked.
  std::vector<double> means;
  Problems problems(suite);
  for (const Cell& cell : plan_cells(suite, describe_datasets(suite, problems))) {
    std::optional<StoredPrediction> prediction;
    run_cell(suite, cell, problems, prediction);
    REQUIRE(prediction);
    means.push_back(prediction->prediction.mean(0));
  }
  REQUIRE(means.size() == 4);
  CHECK(means[0] != means[1]);
}

TEST_CASE("cell: scores come with what they would be, by numbers that all models of a problem share", "[harness]") {
  const Suite suite = load_suite({{"a", probe("first")}, {"b", probe("second")}},
                                 {{"expectation", {{"draws", 50}}}, {"metrics", {"rmse", "kl_from_oracle"}}});
  const auto records = records_of(suite);
  const auto rmse = [&](const std::string& cell) {
    const std::vector<ScoreExpectation>& all = records.at(cell + " seed 1").expectations;
    REQUIRE(all.size() == 1);  // the divergence does not depend on y
    CHECK(all[0].key == ScoreKey{"rmse"});
    CHECK(all[0].draws == 50);
    CHECK(all[0].tail >= 1.0 / 51);
    return all[0];
  };
  // The probe's prediction is N(number, I): its RMSE does not depend on the number, but for rounding.
  CHECK(rmse("toy-relu a").mean == Approx(rmse("toy-relu b").mean).epsilon(1e-10));
  CHECK(std::abs(rmse("toy-relu a").mean - rmse("twin a").mean) > 1e-6);  // another data set, other numbers
  CHECK(rmse("toy-relu a").mean == Approx(1).margin(0.2));
  const auto none = records_of(load_suite({{"a", probe("first")}}, {{"expectation", {{"draws", 0}}}}));
  CHECK(none.at("toy-relu a seed 1").expectations.empty());
  CHECK(none.at("toy-relu a seed 1").scores.at(0).value == records.at("toy-relu a seed 1").scores.at(0).value);
}

TEST_CASE("cell: the fit of a regression is that of a loop's first round", "[harness]") {
  const Suite suite = load_suite({{"a", probe("first")}},
                                 {{"active_learning", {{"criteria", {"random"}}, {"rounds", 2}, {"batch", 2}}}});
  const auto records = records_of(suite);
  const Record &regression = records.at("toy-relu a seed 1"),
               &loop = records.at("toy-relu active learning random a seed 1");
  REQUIRE(loop.rounds.size() == 3);
  const auto rmse = [&](std::size_t round) { return loop.rounds[round].scores.at("a").at(0).value.value(); };
  CHECK(loop.rounds[0].scores.at("a").at(0).name == "rmse");
  CHECK(rmse(0) == regression.scores.at(0).value.value());
  CHECK(rmse(1) != rmse(0));  // each round has a stream of its own
}

TEST_CASE(
    "cell: what is predicted is pool and test where there is a truth, and the oracle knows the training rows alone",
    "[harness]") {
  Suite suite = load_suite({{"a", probe("first")}}, {{"metrics", {"kl_from_oracle", "rmse"}}});
  for (const auto& dataset : suite.datasets)
    suite.configured_models[{"a", dataset.label}] = Registry<Model>::instance().make({.name = "oracle"}, "oracle");
  Problems problems(suite);
  for (const Cell& cell : plan_cells(suite, describe_datasets(suite, problems))) {
    std::optional<StoredPrediction> prediction;
    const Record record = run_cell(suite, cell, problems, prediction);
    REQUIRE(prediction);
    CHECK(prediction->n_pool == 20);
    CHECK(prediction->y.size() == 35);
    // The model that is the truth has no distance from it: both were told the same rows.
    CHECK(record.scores.at(0).name == "kl_from_oracle");
    CHECK(std::abs(record.scores.at(0).value.value()) < 1e-9);
  }
}

/// Throws what it is given to throw, where it is told to.
struct Thrower : Model {
  enum class Where { fit, null, predict, diagnostics, log };
  explicit Thrower(Where at) : where(at) {}
  struct Answer : Posterior {
    explicit Answer(Where at) : where(at) {}
    JointPrediction do_predict(const Matrix& query) const override {
      if (where == Where::predict) throw 42;
      const Index n = query.rows();
      return {Vector::Zero(n), Covariance::from_factor(RowMatrix(RowMatrix::Zero(n, 1))), Vector::Ones(n)};
    }
    Diagnostics diagnostics() const override {
      if (where == Where::diagnostics) throw 42;
      return {};
    }
    std::string log() const override {
      if (where == Where::log) throw 42;
      return {};
    }
    Where where;
  };
  std::unique_ptr<Posterior> do_fit(const TrainingData&, const Stream&) const override {
    if (where == Where::fit) throw 42;
    if (where == Where::null) return nullptr;
    return std::make_unique<Answer>(where);
  }
  Where where;
};

TEST_CASE("cell: whatever a model throws, or a null, fails its cell and no other", "[harness]") {
  using Where = Thrower::Where;
  const auto thrower = [](Where where) {
    return Configured<Model>{"thrower", Json::object(), std::make_shared<const Thrower>(where)};
  };
  const auto records = records_of(load_suite({{"diagnostics", thrower(Where::diagnostics)},
                                              {"fit", thrower(Where::fit)},
                                              {"log", thrower(Where::log)},
                                              {"null", thrower(Where::null)},
                                              {"predict", thrower(Where::predict)},
                                              {"sound", probe("first")}}));
  for (const std::string label : {"diagnostics", "fit", "log", "predict"}) {
    const Record& record = records.at("toy-relu " + label + " seed 1");
    CHECK(record.failed);
    CHECK(record.failure_kind == "internal");
    CHECK(record.failure_reason == "a model: " + label + ": something was thrown that is no std::exception");
  }
  CHECK_THAT(records.at("toy-relu null seed 1").failure_reason, contains("do_fit returned null"));
  CHECK_FALSE(records.at("toy-relu sound seed 1").failed);
}

/// A metric that is not there, or throws, or plots nonsense.
struct BadMetric : Metric {
  explicit BadMetric(std::string what) : fault(std::move(what)) {}
  std::vector<ScoreInfo> describe() const override {
    if (fault == "describe") throw 42;
    return {{.name = fault, .direction = Direction::lower, .meaning = "a number"}};
  }
  MetricResult do_score(const EvaluationData&, const JointPrediction&) const override {
    if (fault == "curves") return {{1.0}, {{"line", {1.0, "two"}}}};
    if (fault == "int") throw 42;
    if (fault == "exception") throw std::out_of_range("index 7");
    if (fault == "memory") throw std::bad_alloc();
    if (fault == "few") return {};
    return {1.0};
  }
  std::string fault;
};

TEST_CASE("cell: a metric that breaks its rules has no score, and leaves the others theirs", "[harness]") {
  Suite suite = load_suite({{"a", probe("first")}});
  suite.metrics.clear();
  for (const char* fault : {"int", "exception", "memory", "few", "describe", "curves"})
    suite.metrics.push_back({fault, Json::object(), std::make_shared<const BadMetric>(fault)});
  suite.metrics.push_back(Registry<Metric>::instance().make({.name = "rmse"}, "rmse"));
  const Record record = records_of(suite).at("toy-relu a seed 1");
  CHECK_FALSE(record.failed);
  std::map<std::string, std::string> reasons;
  for (const Score& score : record.scores) reasons[score.name] = score.value ? "there" : score.reason;
  CHECK(reasons == std::map<std::string, std::string>{
                       {"int", "a metric: do_score: something was thrown that is no std::exception"},
                       {"exception", "a metric: do_score: unexpected exception: index 7"},
                       {"memory", "not enough memory"},
                       {"few", "a metric: do_score returned 0 values for the 1 scores that it describes"},
                       {"metric", "a metric: describe: something was thrown that is no std::exception"},
                       {"curves", "there"},
                       {"rmse", "there"}});
  CHECK(record.curves == Json::object());
  CHECK(predcorr::contains(record.warnings, std::string("a metric: curves: 'line' is not a list of finite numbers")));
}

/// Picks as it is told.
struct BadCriterion : Criterion {
  explicit BadCriterion(std::string what) : fault(std::move(what)) {}
  bool needs_prediction() const override { return fault == "gains"; }
  Selection do_select(const JointPrediction&, Index n_pool, Index, const Stream&) const override {
    if (fault == "int") throw 42;
    if (fault == "outside") return {{n_pool, 0}, {0, 0}};
    if (fault == "twice") return {{3, 3}, {0, 0}};
    if (fault == "few") return {{1}, {0}};
    return {{0, 1}, {}};
  }
  std::string fault;
};

TEST_CASE("cell: a criterion that breaks its rules fails its loop", "[harness]") {
  Suite suite = load_suite({{"a", probe("first")}},
                           {{"active_learning", {{"criteria", {"random"}}, {"rounds", 2}, {"batch", 2}}}});
  suite.active_learning->criteria.clear();
  for (const char* fault : {"int", "outside", "twice", "few", "gains"})
    suite.active_learning->criteria.push_back({fault, Json::object(), std::make_shared<const BadCriterion>(fault)});
  std::map<std::string, std::string> reasons;
  Problems problems(suite);
  for (const Cell& cell : plan_cells(suite, describe_datasets(suite, problems))) {
    std::optional<StoredPrediction> prediction;
    const Record record = run_cell(suite, cell, problems, prediction);
    if (cell.criterion == nullptr || cell.entry.dataset != "toy-relu") continue;
    CHECK(record.failed);
    CHECK(record.failure_kind == "internal");
    reasons[cell.entry.criterion] = record.failure_reason;
  }
  CHECK(reasons == std::map<std::string, std::string>{
                       {"int", "a criterion: do_select: something was thrown that is no std::exception"},
                       {"outside",
                        "a criterion: do_select picked position 20, which is outside the pool of 20 (positions count "
                        "from 0)"},
                       {"twice", "a criterion: do_select picked position 3 twice"},
                       {"few", "a criterion: do_select picked 1 points, asked for 2 of 20"},
                       {"gains", "a criterion: do_select gave 0 gains for 2 picks"}});
}

/// Loads or splits as it is told; of the right content otherwise.
struct BadSource : DatasetSource {
  explicit BadSource(std::string what) : fault(std::move(what)) {}
  Dataset load(const DataRequest&) const override {
    if (fault == "int") throw 42;
    Dataset data;
    data.name = "bad";
    data.inputs = Vector::LinSpaced(20, 0, 1);
    data.targets = Vector::LinSpaced(fault == "sizes" ? 19 : 20, 0, 1);
    data.input_names = {"x"};
    if (fault == "nan") data.inputs(3, 0) = std::nan("");
    return data;
  }
  Split split(const Dataset&, const DataRequest&) const override {
    Split parts{consecutive_rows(0, 8), consecutive_rows(8, 6), consecutive_rows(14, 6)};
    if (fault == "range") parts.test.back() = 20;
    if (fault == "twice") parts.pool.back() = 0;
    return parts;
  }
  std::string fault;
};

TEST_CASE("cell: a data set that breaks its rules fails its cells", "[harness]") {
  Suite suite = load_suite({{"a", probe("first")}});
  const auto models = suite.configured_models;
  suite.datasets.clear();
  for (const std::string fault : {"int", "sizes", "nan", "range", "twice", "sound"}) {
    suite.datasets.push_back({fault, {fault, Json::object(), std::make_shared<const BadSource>(fault)}});
    suite.configured_models[{"a", fault}] = probe("first");
  }
  std::map<std::string, std::string> reasons;
  for (const auto& [name, record] : records_of(suite)) reasons[name] = record.failure_reason;
  const std::map<std::string, std::string> expected = {
      {"int a seed 1", "a dataset: load: something was thrown that is no std::exception"},
      {"sizes a seed 1", "a dataset: bad: 20 rows of 1 inputs, 19 targets and 1 input names do not fit"},
      {"nan a seed 1", "a dataset: bad: has values that are not finite"},
      {"range a seed 1", "a dataset: split: there is no row 20; it has rows 0 to 19"},
      {"twice a seed 1", "a dataset: split: row 0 is given out twice; a row belongs to one part, once"},
      {"sound a seed 1", ""}};
  CHECK(reasons == expected);
}

}  // namespace
}  // namespace predcorr
