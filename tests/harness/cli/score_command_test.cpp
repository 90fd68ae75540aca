// SPDX-License-Identifier: Apache-2.0
// Predictions made elsewhere, scored by the program from files as users save them; and a run's own, exported.
#include <cmath>

#include "core/base/files.hpp"
#include "core/base/hash.hpp"
#include "core/base/text.hpp"
#include "core/numpy/npz.hpp"
#include "harness/export.hpp"
#include "results/leaderboard/leaderboard.hpp"
#include "results/store/run_index.hpp"
#include "results/submission/problem_file.hpp"
#include "tests/metrics/fixtures.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/program.hpp"
#include "tests/support/schema.hpp"
#include "tests/support/tiny_suite.hpp"

namespace predcorr {
namespace {

namespace fs = std::filesystem;
using test::close;
using test::contains;
using test::run_program;

/// n + 1 draws whose mean and covariance are exactly these: columns of a Helmert matrix, which are orthonormal and sum
/// to 0, times the covariance's factor.
Matrix draws(const JointPrediction& p) {
  const Index n = p.size();
  Matrix helmert = Matrix::Zero(n + 1, n);
  for (Index j = 0; j < n; ++j) {
    const double k = static_cast<double>(j + 1);
    helmert.col(j).head(j + 1).setConstant(1 / std::sqrt(k * (k + 1)));
    helmert(j + 1, j) = -k / std::sqrt(k * (k + 1));
  }
  const Matrix lower = Cholesky(p.latent.matrix(), 0).lower();
  Matrix samples = std::sqrt(static_cast<double>(n)) * (helmert * lower.transpose());
  samples.rowwise() += p.mean.transpose();
  return samples;
}

void save_as(const std::string& form, const JointPrediction& p, const fs::path& file) {
  const Matrix dense = p.latent.matrix(), samples = draws(p);
  const RowMatrix factor = test::forms(p)[2].second.latent.factor_rows(0, p.size());
  const Vector diagonal = Vector::Constant(p.size(), 0.03);
  NpzWriter npz;
  npz.add("noise_var", p.noise_variance);
  if (form != "samples") npz.add("mean", p.mean);
  if (form == "dense") npz.add("latent_cov", dense);
  if (form == "samples") npz.add("samples", samples);
  if (form == "factor") npz.add("factor", factor);
  if (form == "factor") npz.add("diagonal", diagonal);
  npz.save(file);
}

std::vector<std::string> score_arguments(const test::TemporaryFolder& at, const std::vector<std::string>& names) {
  std::vector<std::string> all = {"score", "--problem", (at / "problem.npz").string()};
  for (const std::string& name : names) {
    all.push_back("--prediction");
    all.push_back(name + "=" + (at / (name + ".npz")).string());
  }
  return all;
}

void check_expected(const Json& got, const Json& expected) {
  for (const char* metric : {"rmse", "marginal_log_likelihood", "joint_log_likelihood", "crps", "variogram_score",
                             "kl_from_oracle", "xll_mean", "xllr"}) {
    INFO(metric);
    REQUIRE(got.contains(metric));
    CHECK(got.at(metric).get<double>() == close(expected.at(metric).get<double>()));
  }
  for (const char* metric : {"meta_correlation", "calibration", "xll"})
    for (const auto& [part, value] : expected.at(metric).items()) {
      INFO(metric << "." << part);
      CHECK(got.at(metric).at(part).get<double>() == close(value.get<double>()));
    }
  const Json& learning = expected.at("active_learning");
  for (const char* criterion : {"mig", "tig", "variance"})
    CHECK(got.at("selected").at(criterion) == learning.at(std::string(criterion) + "_selected"));
  for (const char* criterion : {"bmig", "itl", "vtl"})
    CHECK(got.at("selected").at(criterion) == learning.at(criterion).at("selected"));
}

TEST_CASE("score: NumPy's and SciPy's values, in every form of prediction", "[harness][schema]") {
  const std::vector<std::string> names = {"far", "near", "other"}, kinds = {"dense", "factor", "samples"};
  for (const char* file : {"metrics_small.json", "metrics_medium.json"}) {
    const test::Fixture fixture(file);
    for (std::size_t turn = 0; turn < kinds.size(); ++turn) {
      const test::TemporaryFolder at;
      save_evaluation_data(fixture.evaluation, at / "problem.npz");
      for (std::size_t i = 0; i < names.size(); ++i)
        save_as(kinds[(i + turn) % 3], fixture.models.at(names[i]), at / (names[i] + ".npz"));
      auto arguments = score_arguments(at, names);
      for (const char* option : {"neighbours", "batch"}) {
        arguments.push_back(std::string("--") + option);
        arguments.push_back(fixture.json.at(option).dump());
      }
      arguments.insert(arguments.end(), {"--out", (at / "scores.json").string()});
      const auto result = run_program(arguments, at.path());
      INFO(file << " " << turn << result.err);
      REQUIRE(result.status == 0);
      CHECK(result.err == "");
      CHECK_THAT(result.out, contains("pool and") && contains("near") && contains("XLLR"));
      const Json scores = read_json_file(at / "scores.json");
      CHECK(test::schema_errors(scores, "scores") == "");
      for (const std::string& name : names) {
        INFO(name);
        check_expected(scores.at("predictions").at(name), fixture.expected(name));
        const Json& got = scores.at("predictions").at(name);
        CHECK(got.at("variogram_score_orders").at("0.5") == got.at("variogram_score"));
        CHECK(got.at("selected").size() == Registry<Criterion>::instance().names().size());
        for (const auto& [key, value] : got.items())  // every number is explained
          if (value.is_number()) CHECK(scores.at("metrics").contains(key));
      }
    }
  }
}

TEST_CASE("score: what the study's code writes, mean and cov of the test points", "[harness][schema]") {
  const test::Fixture fixture("metrics_small.json");
  const test::TemporaryFolder at;
  save_evaluation_data(fixture.evaluation, at / "problem.npz");
  const JointPrediction near = test_part(fixture.evaluation, fixture.models.at("near"));
  Matrix cov = near.latent.matrix();
  cov.diagonal() += near.noise_variance;
  NpzWriter npz;
  npz.add("mean", near.mean);
  npz.add("cov", cov);
  npz.save(at / "near.npz");
  const auto result = run_program(score_arguments(at, {"near"}), at.path());
  REQUIRE(result.status == 0);
  const Json scores = Json::parse(result.out);
  CHECK(test::schema_errors(scores, "scores") == "");
  const Json& got = scores.at("predictions").at("near");
  for (const char* metric :
       {"rmse", "marginal_log_likelihood", "joint_log_likelihood", "crps", "variogram_score", "kl_from_oracle"})
    CHECK(got.at(metric).get<double>() == close(fixture.expected("near").at(metric).get<double>()));
  CHECK_FALSE(got.contains("meta_correlation"));
  CHECK_THAT(got.at("absent").at("meta_correlation.correlation_pearson").get<std::string>(),
             contains("f cannot be told from y"));
  CHECK(got.at("absent").at("covariance_health.rank") == got.at("absent").at("meta_correlation.correlation_pearson"));
  CHECK(got.at("covariance_health").contains("condition"));
  CHECK_THAT(got.at("absent").at("selected.bmig").get<std::string>(), contains("leaves the pool out"));
  CHECK(got.at("selected").size() == 1);  // random needs no prediction
}

TEST_CASE("score: bad arguments and files give exit status 2", "[harness]") {
  const test::Fixture fixture("metrics_small.json");
  const test::TemporaryFolder at;
  save_evaluation_data(fixture.evaluation, at / "problem.npz");
  save_submission(fixture.models.at("near"), at / "near.npz");
  const auto problem = (at / "problem.npz").string(), near = (at / "near.npz").string();
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{"score", "--problem", problem, "--prediction", near}, "--prediction: must be NAME=FILE"},
      {{"score", "--problem", problem, "--prediction", "a=" + near, "a=" + problem}, "'a' is given twice"},
      {{"score", "--problem", problem, "--prediction", "\xff=" + near}, "is not UTF-8"},
      {{"score", "--problem", near, "--prediction", "a=" + near}, "near.npz: array 'y' is missing"},
      {{"score", "--problem", problem, "--prediction", "a=" + problem}, "problem.npz: has no covariance"},
      {{"score", "--problem", problem, "--prediction", "a=nowhere.npz"}, "nowhere.npz"},
      {{"score", "--problem", problem}, "--prediction"},
      {{"score", "--problem", problem, "--prediction", "a=" + near, "--batch", "0"}, "--batch"},
  };
  for (const auto& [arguments, expected] : cases) {
    const auto result = run_program(arguments, at.path());
    INFO(comma_list(arguments));
    CHECK(result.status == 2);
    CHECK_THAT(result.err + result.out, contains(expected));
  }
}

/// Every number of a record is in the scores of its exported prediction.
void check_record(const Json& record, const Json& scores) {
  int compared = 0;
  for (const Json& score : record.at("scores")) {
    const std::string name = score.at("name") == "variogram_score" ? "variogram_score_orders" : score.at("name");
    INFO(name << " " << score.value("part", ""));
    const bool has = scores.contains(name) && (!score.contains("part") || scores.at(name).contains(score.at("part")));
    CHECK(has == !score.at("value").is_null());
    if (!has || score.at("value").is_null()) continue;
    const Json& value =
        score.contains("part") ? scores.at(name).at(score.at("part").get<std::string>()) : scores.at(name);
    CHECK(value.get<double>() == close(score.at("value").get<double>(), 1e-12));
    ++compared;
  }
  CHECK(compared > 20);
}

TEST_CASE("export: what is scored again has the run's own numbers", "[harness]") {
  Json suite = test::tiny_suite();
  suite.erase("active_learning");
  suite["models"][3]["label"] = "ridge/10";
  const test::TemporaryFolder at;
  write_text_atomically(at / "tiny.json", suite.dump());
  REQUIRE(run_program({"run", (at / "tiny.json").string(), "--out", (at / "run").string()}, at.path()).status == 0);
  const auto result = run_program({"export", (at / "run").string(), "--out", (at / "out").string()}, at.path());
  INFO(result.err);
  REQUIRE(result.status == 0);
  CHECK_THAT(result.out, contains("oracle.npz") && contains("ridge_10.npz (ridge/10)"));
  CHECK_THAT(result.err, contains("did not keep all of: gp, oracle") && contains("--keep all"));
  const Json board = read_json_file(at / "run/leaderboard.json");
  for (const auto& [dataset, count] : {std::pair{std::string("toy"), 5}, {std::string("friedman-3"), 4}}) {
    INFO(dataset);
    const fs::path folder = at / "out" / dataset / "seed-2";
    std::vector<std::string> arguments = {"score", "--problem", (folder / "problem.npz").string(), "--prediction"};
    for (const auto& entry : fs::directory_iterator(folder))
      if (entry.path().stem() != "problem") {
        const std::string stem = entry.path().stem().string();
        arguments.push_back((stem == "ridge_10" ? "ridge/10" : stem) + "=" + entry.path().string());
      }
    REQUIRE(std::ssize(arguments) == 4 + count);
    const auto scored = run_program(arguments, at.path());
    INFO(scored.err);
    REQUIRE(scored.status == 0);
    const Json scores = Json::parse(scored.out);
    CHECK(scores.at("problem").at("oracle") == (dataset == "toy"));
    CHECK(scores.at("problem").at("inputs") == true);
    int records = 0;
    const std::vector<Store> stores = {Store::open_for_reading(at / "run")};
    const RunIndex all = index_runs(stores);
    for (const auto& [key, by_seed] : all.regression) {
      if (key.first != dataset) continue;
      const Json& own = scores.at("predictions").at(key.second);
      check_record(record_to_json(*stores[0].find(by_seed.at(2)->id)), own);
      ++records;
    }
    CHECK(records == count);
    // Of two seeds' scores the leaderboard keeps the mean: those of one seed are made from it alone.
    const auto one =
        run_program({"run", (at / "tiny.json").string(), "--out", (at / "one").string(), "--seeds", "2"}, at.path());
    REQUIRE(one.status == 0);
    const Json models = read_json_file(at / "one/leaderboard.json").at("datasets").at(dataset).at("models");
    for (const auto& [model, entries] : models.items())
      for (const char* metric : {"xll_mean", "xllr"})
        CHECK(scores.at("predictions").at(model).at(metric).get<double>() ==
              close(entries.at(metric).at("mean").get<double>(), 1e-12));
  }
  CHECK(run_program({"export", (at / "run").string(), "--only", "gq"}, at.path()).status == 2);
  CHECK(run_program({"export", (at / "run").string(), "--seeds", "7"}, at.path()).status == 2);
}

TEST_CASE("export: without the data there are no inputs, and the oracle's cell stands for the truth", "[harness]") {
  Json suite = test::tiny_suite();
  suite.erase("active_learning");
  suite["datasets"].erase(1);
  suite["models"] = {"oracle",
                     "constant",
                     {{"model", "constant"}, {"label", "con stant"}},
                     {{"model", "constant"}, {"label", "problem"}}};
  suite["seeds"] = "1..2";
  const test::TemporaryFolder at;
  write_text_atomically(at / "tiny.json", suite.dump());
  REQUIRE(run_program({"run", (at / "tiny.json").string(), "--out", (at / "run").string(), "--keep", "all"}, at.path())
              .status == 0);
  const Store store = Store::open_for_reading(at / "run");
  const auto with = export_run(store, at / "with", {.only = {"constant"}, .seeds = std::vector<std::uint64_t>{2}});
  REQUIRE(with.size() == 1);
  CHECK(with[0].without_data == "");
  CHECK(with[0].predictions == std::vector<std::pair<std::string, std::string>>{{"constant", "constant.npz"}});
  Run run = store.run();
  run.suite["datasets"][0]["parameters"]["dim"] = 3;  // other rows than those that were predicted
  store.write_run(run);
  const auto without = export_run(store, at / "without", {});
  REQUIRE(without.size() == 2);
  CHECK_THAT(without[1].without_data, contains("is not what it was"));
  REQUIRE(without[1].predictions.size() == 4);
  CHECK(without[1].predictions[2].second == "con_stant.npz");
  CHECK(without[1].predictions[3].second == "problem-2.npz");
  const EvaluationData a = load_evaluation_data(with[0].folder / "problem.npz"),
                       b = load_evaluation_data(without[1].folder / "problem.npz");
  CHECK(a.inputs.rows() == 50);
  CHECK(b.inputs.size() == 0);
  CHECK(a.y == b.y);
  REQUIRE((a.oracle && b.oracle));
  CHECK(test::difference(b.oracle->latent.matrix(), a.oracle->latent.matrix()) < 1e-12);
}

TEST_CASE("export: models that predicted other rows make no problem together", "[harness]") {
  Json suite = test::tiny_suite();
  suite.erase("active_learning");
  suite["datasets"].erase(1);
  suite["models"] = {"constant", "ridge"};
  suite["seeds"] = "1..1";
  const test::TemporaryFolder at;
  write_text_atomically(at / "tiny.json", suite.dump());
  REQUIRE(run_program({"run", (at / "tiny.json").string(), "--out", (at / "run").string(), "--keep", "all"}, at.path())
              .status == 0);
  const Store store = Store::open_for_reading(at / "run");
  const std::vector<Store> stores = {store};
  const RunIndex records = index_runs(stores);
  const std::string dataset = records.datasets.front();
  const Record record = *store.find(records.find(dataset, "ridge", 1)->id);
  const StoredPrediction predicted = store.prediction_of(record);
  REQUIRE(predicted.n_pool > 0);
  for (const Index row : {Index{0}, predicted.n_pool, predicted.y.size() - 1}) {  // pool, first and last of test
    CAPTURE(row);
    StoredPrediction moved = predicted;
    moved.y(row) += 1;
    store.save(record, &moved);
    CHECK_THAT(test::error_of([&] { export_run(store, at / fmt::format("moved-{}", row), {}); }),
               contains("seed 1: model 'ridge' predicted other rows than 'constant'"));
  }
  // Without its pool a prediction still belongs to the problem, if its test rows do.
  StoredPrediction test_only = predicted;
  store.save(record, &test_only, Keep::test);
  CHECK(export_run(store, at / "test-only", {}).at(0).in_part == std::vector<std::string>{"ridge"});
}

/// A table of 40 rows whose one input is `scale` times what it was.
std::string scaled_table(int scale) {
  std::string text = "a,y\n";
  for (int i = 0; i < 40; ++i) text += fmt::format("{},{}\n", scale * i, i * i % 7);
  return text;
}

TEST_CASE("export: the data file is found as the run found it, and must be the one that was run on", "[harness]") {
  const test::TemporaryFolder at, elsewhere;
  fs::create_directories(at / "suites");
  fs::create_directories(at / "old");
  Json suite = {{"name", "mine"},
                {"protocol", "modern"},
                {"datasets", {{{"dataset", "csv"}, {"label", "t"}, {"parameters", {{"file", "t.csv"}}}}}},
                {"models", {"constant"}},
                {"seeds", 1}};
  write_text_atomically(at / "suites/s.json", suite.dump());
  write_text_atomically(at / "suites/t.csv", scaled_table(1));
  const auto ran = run_program({"run", (at / "suites/s.json").string(), "--out", (at / "run").string()}, at.path());
  INFO(ran.err);
  REQUIRE(ran.status == 0);
  CHECK_THAT(ran.err, contains("seed 1\n") && contains("suites/t.csv: 40 rows, 1 inputs, target 'y'"));
  // Where the files lie is the run's own affair: boards are published.
  const Json made = read_json_file(at / "run/run.json");
  CHECK(made.at("places").at("files").at("t") == (at / "suites/t.csv").string());
  CHECK(made.at("places").at("suite") == (at / "suites").string());
  CHECK(read_text_file(at / "run/leaderboard.json").find(at.path().string()) == std::string::npos);
  // Whoever computes scores anew finds the data likewise.
  CHECK_THAT(run_program({"leaderboard", (at / "run").string(), "--recompute"}, elsewhere.path()).err,
             contains("1 records agree, 0 differ"));
  const auto exported = [&](const std::string& out, std::vector<std::string> more = {}) {
    std::vector<std::string> all = {"export", (at / "run").string(), "--out", (at / out).string()};
    all.insert(all.end(), more.begin(), more.end());
    return run_program(all, elsewhere.path());
  };
  REQUIRE(exported("one").status == 0);
  const Matrix inputs = load_evaluation_data(at / "one/t/seed-1/problem.npz").inputs;
  CHECK(inputs.rows() > 0);

  write_text_atomically(at / "suites/t.csv", scaled_table(3));
  const auto changed = exported("two");
  CHECK(changed.status == 2);
  CHECK_THAT(changed.err, contains("data set 't' has changed since the suite was run") &&
                              contains(sha256_hex(scaled_table(1))) && contains(sha256_hex(scaled_table(3))) &&
                              contains("--data"));
  CHECK_FALSE(fs::exists(at / "two/t/seed-1/problem.npz"));
  // The old file lies elsewhere: the folder is told.
  write_text_atomically(at / "old/t.csv", scaled_table(1));
  REQUIRE(exported("three", {"--data", (at / "old").string()}).status == 0);
  CHECK(load_evaluation_data(at / "three/t/seed-1/problem.npz").inputs == inputs);
  // No file at all: without inputs, as ever.
  fs::remove(at / "suites/t.csv");
  const auto without = exported("four");
  CHECK(without.status == 0);
  CHECK_THAT(without.err, contains("without the inputs x") && contains("t.csv: no such file"));
  CHECK(load_evaluation_data(at / "four/t/seed-1/problem.npz").inputs.size() == 0);
}

TEST_CASE("export: what the run did not keep is left open, and said", "[harness]") {
  Json suite = test::tiny_suite();
  suite.erase("active_learning");
  suite["datasets"].erase(1);
  const Json gp = {{"model", "gp"}, {"parameters", {{"steps", 20}}}};
  suite["models"] = {{{"model", "control-independent"}, {"label", "first"}, {"parameters", {{"base", gp}}}}, gp};
  suite["seeds"] = "1";
  const test::TemporaryFolder at;
  write_text_atomically(at / "tiny.json", suite.dump());
  const auto exported = [&](const std::string& keep) {
    const std::string run = (at / keep).string();
    const auto made = run_program({"run", (at / "tiny.json").string(), "--out", run, "--keep", keep}, at.path());
    INFO(made.err);
    REQUIRE(made.status == 0);
    return run_program({"export", run}, at.path());
  };
  const auto of = [&](const std::string& keep, const std::string& model) {
    const fs::path folder = at / (keep + "/export/toy/seed-1");
    return load_submission(model, folder / (model + ".npz"), load_evaluation_data(folder / "problem.npz"));
  };
  CHECK_THAT(exported("predictions").err, contains("did not keep all of: first, gp"));
  CHECK(of("predictions", "first").prediction.size() == 20);  // a control's pool is not kept
  CHECK(of("predictions", "gp").prediction.size() == 50);
  CHECK_FALSE(of("predictions", "gp").pool_block);
  CHECK_THAT(exported("all").err, !contains("did not keep"));
  CHECK(of("all", "first").prediction.size() == 50);
  CHECK(of("all", "gp").pool_block);
  CHECK_THAT(exported("test").err, contains("did not keep all of: first, gp"));
  CHECK(of("test", "gp").prediction.size() == 20);
  const auto none = exported("scores");
  CHECK(none.status == 2);
  CHECK_THAT(none.err, contains("there is no stored prediction") && contains("--keep scores"));
}

}  // namespace
}  // namespace predcorr
