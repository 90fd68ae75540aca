// SPDX-License-Identifier: Apache-2.0
#include "results/frozen_pools/reference_pool.hpp"

#include <Eigen/LU>
#include <cmath>

#include "core/base/files.hpp"
#include "core/base/hash.hpp"
#include "metrics/joint/xll.hpp"
#include "metrics/ranks.hpp"
#include "results/leaderboard/leaderboard.hpp"
#include "results/report/report.hpp"
#include "tests/results/frozen_runs.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/schema.hpp"

namespace predcorr {
namespace {

namespace fs = std::filesystem;
using test::close;
using test::frozen_run;
using test::FrozenRun;

/// A pool of some models of the fixture runs.
struct FrozenPool {
  explicit FrozenPool(const std::vector<std::string>& models, Precision precision = Precision::single,
                      const std::string& dataset = "toy")
      : folder(freeze_references({frozen_run(models, dataset)->store()},
                                 {.name = "p", .models = models, .out = place.path(), .precision = precision})) {}
  ReferencePool open() const { return ReferencePool::open(folder); }

  test::TemporaryFolder place;
  fs::path folder;
};

Json board_of(const FrozenRun& run, const ReferencePool& pool) {
  return to_json(make_leaderboard({run.store()}, &pool));
}
const Json& models_of(const Json& board, const std::string& dataset = "toy") {
  return board.at("datasets").at(dataset).at("models");
}
double mean_of(const Json& summary) { return summary.at("mean").get<double>(); }

TEST_CASE("a model's XLL against a pool is that of the frozen predictions, by brute force", "[results][schema]") {
  const FrozenPool frozen({"gp", "ensemble", "sparse"});
  const ReferencePool pool = frozen.open();
  const auto run = frozen_run({"newcomer"});
  const Json board = board_of(*run, pool);
  CHECK(test::schema_errors(board, "leaderboard") == "");
  std::map<std::string, double> xll;
  double ranks = 0;
  for (const std::uint64_t seed : {1u, 2u}) {
    const Vector y = FrozenRun::test_targets(seed);
    const JointPrediction guest = FrozenRun::test_prediction("newcomer", seed);
    const auto references = pool.contenders("toy", run->identity("newcomer", seed), seed);
    REQUIRE(references.size() == 3);
    for (const Contender& reference : references) {
      const auto sets = metrics::neighbour_sets(reference.test, 4, metrics::NeighbourSelection::absolute);
      Vector losses(4);  // the three frozen models and the guest
      for (Index m = 0; m < 3; ++m)
        losses(m) =
            -metrics::cross_log_likelihood(y, references[static_cast<std::size_t>(m)].test, reference.test, sets);
      losses(3) = -metrics::cross_log_likelihood(y, guest, reference.test, sets);
      xll[reference.label] -= losses(3) / 2;
      ranks += metrics::average_ranks(losses)(3) / 6;
    }
  }
  const Json& scores = models_of(board).at("newcomer");
  double mean = 0;
  for (const auto& [label, value] : xll) {
    CHECK(mean_of(scores.at("xll").at(label)) == close(value, 1e-13));
    mean += value / 3;
  }
  CHECK(scores.at("xll").size() == 3);
  CHECK(scores.at("xll").contains("gp (p-v1)"));
  CHECK(mean_of(scores.at("xll_mean")) == close(mean, 1e-13));
  CHECK(mean_of(scores.at("xllr")) == close(ranks, 1e-13));
}

TEST_CASE("against a pool a model's scores do not depend on who else is in the run", "[results]") {
  const FrozenPool frozen({"gp", "ensemble"});
  const ReferencePool pool = frozen.open();
  const auto alone = frozen_run({"newcomer"}), crowd = frozen_run({"sparse", "newcomer", "gp", "fourth", "ensemble"});
  const Json one = board_of(*alone, pool), many = board_of(*crowd, pool);
  for (const char* score : {"xll", "xll_mean", "xllr"})
    CHECK(models_of(one).at("newcomer").at(score) == models_of(many).at("newcomer").at(score));
  CHECK(one.at("reference_pool") == many.at("reference_pool"));
  // The plain leaderboard's scores do depend on it.
  CHECK(models_of(Json(to_json(make_leaderboard({alone->store()})))).at("newcomer").at("xll_mean") !=
        models_of(Json(to_json(make_leaderboard({crowd->store()})))).at("newcomer").at("xll_mean"));
}

/// How far single precision may move XLL(model | reference), to first order: with e = 1.2e-7 every variance moves by a
/// share e, every correlation by 2 e, so that z' R^-1 z + log |R| of a group of k, w = ||R^-1||, q = z'z, moves by
/// e w q + 2 e k w^2 q + 2 e k^2 w, and the variances' logarithms by k e.
double single_precision_bound(const Vector& y, const JointPrediction& model, const JointPrediction& reference,
                              const metrics::NeighbourSets::Groups& sets) {
  constexpr double e = 1.2e-7;
  const Matrix c = model.latent.matrix() + Matrix(model.noise_variance.asDiagonal());
  const Vector variance = reference.observed_variance();
  const auto k = static_cast<double>(sets.rows());
  double total = 0;
  for (Index i = 0; i < sets.cols(); ++i) {
    Matrix r(sets.rows(), sets.rows());
    double q = 0;
    for (Index a = 0; a < sets.rows(); ++a) {
      const Index s = sets(a, i);
      q += std::pow(y(s) - reference.mean(s), 2) / variance(s);
      for (Index b = 0; b < sets.rows(); ++b)
        r(a, b) = c(s, sets(b, i)) / std::sqrt(c(s, s) * c(sets(b, i), sets(b, i)));
    }
    const Matrix inverse = r.inverse();
    const double w = inverse.norm();
    total += k * e + e * w * q + 2 * e * k * w * w * q + 2 * e * k * k * w;
  }
  return total / (2 * k * static_cast<double>(sets.cols()));
}

TEST_CASE("a pool of the run's own models gives the plain leaderboard's XLL", "[results]") {
  const std::vector<std::string> models = {"gp", "ensemble", "sparse", "newcomer"};
  const auto run = frozen_run(models);
  const Json board = to_json(make_leaderboard({run->store()}));
  const Json& plain = models_of(board);
  const FrozenPool exact(models, Precision::full), rounded(models);
  const Json against_exact = board_of(*run, exact.open()), against_rounded = board_of(*run, rounded.open());
  double largest = 0;
  for (const std::string& model : models)
    for (const std::string& reference : models) {
      INFO(model << " | " << reference);
      const double expected = mean_of(plain.at(model).at("xll").at(reference));
      const Json& full = models_of(against_exact).at(model).at("xll").at(reference + " (p-v1)");
      CHECK(mean_of(full) == close(expected, 1e-12));
      const Json& single = models_of(against_rounded).at(model).at("xll").at(reference + " (p-v1)");
      double bound = 0;
      for (const std::uint64_t seed : {1u, 2u}) {
        const JointPrediction judge = FrozenRun::test_prediction(reference, seed);
        const auto selection = metrics::NeighbourSelection::absolute;
        const auto sets = metrics::neighbour_sets(judge, 4, selection).groups;
        REQUIRE(sets == metrics::neighbour_sets(as_reference(judge, Precision::single), 4, selection).groups);
        bound += single_precision_bound(FrozenRun::test_targets(seed), FrozenRun::test_prediction(model, seed), judge,
                                        sets) /
                 2;
      }
      CHECK(std::abs(mean_of(single) - expected) <= bound);
      largest = std::max(largest, std::abs(mean_of(single) - expected));
    }
  CHECK(largest > 0);
  CHECK(largest < 1e-5);
}

TEST_CASE("a frozen model met again is a guest that ties with its twin", "[results]") {
  const std::vector<std::string> models = {"gp", "sparse", "newcomer"};
  const FrozenPool frozen(models);
  const auto run = frozen_run(models);
  const Json board = board_of(*run, frozen.open());
  const Json& pool = board.at("reference_pool");
  CHECK(pool.at("models") == Json({"gp (p-v1)", "sparse (p-v1)", "newcomer (p-v1)"}));
  for (const std::string& model : models) {
    const Json &guest = models_of(board).at(model), &twin = pool.at("datasets").at("toy").at(model + " (p-v1)");
    CHECK(guest.at("xll") == twin.at("xll"));
    CHECK(mean_of(guest.at("xllr")) == close(mean_of(twin.at("xllr")) + 0.5));
  }
}

TEST_CASE("leaderboard and reports say which pool judged, and show its models below the others", "[results][schema]") {
  const FrozenPool frozen({"gp", "ensemble"});
  const ReferencePool pool = frozen.open();
  const auto run = frozen_run({"newcomer"}), other = frozen_run({"newcomer"}, "elsewhere");
  const Leaderboard results = make_leaderboard({run->store(), other->store()}, &pool);
  const OrderedJson board = to_json(results);
  CHECK(test::schema_errors(Json(board), "leaderboard") == "");
  CHECK(board.at("reference_pool").at("name") == "p");
  CHECK(board.at("reference_pool").at("version") == 1);
  CHECK(board.at("reference_pool").at("sha256") == sha256_hex_of_file(frozen.folder / "pool.json"));
  for (const std::string& report : {terminal_report(results), markdown_report(results)})
    CHECK(test::missing(report, {"frozen models of pool p-v1 alone (gp (p-v1), ensemble (p-v1))",
                                 "the pool does not have elsewhere", "gp (p-v1) "}) == "");
  CHECK_FALSE(models_of(Json(board)).contains("gp (p-v1)"));
  CHECK_FALSE(board.at("overall").contains("gp (p-v1)"));
  CHECK_THAT(terminal_report(make_leaderboard({run->store()})), !test::contains("frozen"));
}

TEST_CASE("data is found by what it is; where the pool lacks it, or a seed, scores say so", "[results]") {
  const FrozenPool frozen({"gp"});
  const ReferencePool pool = frozen.open();
  const auto renamed = frozen_run({"newcomer"}, "toy again"), other = frozen_run({"newcomer"}, "elsewhere");
  CHECK(models_of(board_of(*renamed, pool), "toy again").at("newcomer").contains("xllr"));
  const Json board = board_of(*other, pool);
  const Json& absent = board.at("datasets").at("elsewhere").at("absent").at("newcomer");
  CHECK(absent.at("xll_mean") == "pool p-v1 has no data set 'elsewhere'");
  CHECK(absent.at("xllr") == "pool p-v1 has no data set 'elsewhere'");
  CHECK(models_of(board, "elsewhere").at("newcomer").contains("rmse"));

  const FrozenRun later({"newcomer"});
  later.add("newcomer", 3);
  CHECK(board_of(later, pool).at("datasets").at("toy").at("absent").at("newcomer").at("xllr") ==
        "pool p-v1 has no seed 3 of 'toy'");
  later.add("newcomer", 2);
  CHECK(models_of(board_of(later, pool)).at("newcomer").at("xllr").at("n") == 1);
}

TEST_CASE("other rows, targets or data than the pool's are refused", "[results]") {
  const FrozenPool frozen({"gp"});
  const ReferencePool pool = frozen.open();
  const auto refusal = [&](const FrozenRun& run) { return test::error_of([&] { board_of(run, pool); }); };
  const Rows rows = consecutive_rows(4, test::kFrozenTest);
  const FrozenRun moved({"newcomer"}), changed({"newcomer"}), near({"newcomer"});
  Rows swapped = rows;
  std::swap(swapped[0], swapped[1]);
  moved.add("newcomer", 2, FrozenRun::targets(2), swapped);
  CHECK(test::missing(refusal(moved), {"data: toy seed 2", "'newcomer'", "other rows than pool p-v1"}) == "");
  Vector y = FrozenRun::targets(2);
  y(test::kFrozenPool + 5) += 0.01;
  changed.add("newcomer", 2, y, rows);
  CHECK(test::missing(refusal(changed), {"data: toy seed 2", "test targets", "'newcomer'", "p-v1"}) == "");
  // The last digits of drawn data are another machine's, not other data.
  near.add("newcomer", 2, FrozenRun::targets(2) * (1 + 1e-12), rows);
  CHECK(models_of(board_of(near, pool)).at("newcomer").contains("xllr"));

  FrozenRun wider({"newcomer"});
  wider.parameters = {{"dim", 9}};
  Run run = wider.store().run();
  run.plan[0].entry.configuration = configuration_id(wider.identity("newcomer", 0));
  wider.store().write_run(run);
  wider.add("newcomer", 1);
  CHECK(test::missing(refusal(wider), {"data: toy seed 1", "parameters", R"({"dim":9})", "p-v1"}) == "");
}

TEST_CASE("a pool that is damaged, or none, is refused by name", "[results]") {
  const FrozenPool frozen({"gp", "ensemble"});
  const auto run = frozen_run({"newcomer"});
  const auto refusal = [&] { return test::error_of([&] { board_of(*run, frozen.open()); }); };
  CHECK(test::missing(test::error_of([&] { ReferencePool::open(frozen.place.path()); }),
                      {"io: ", "no pool.json", "predcorr freeze"}) == "");

  const fs::path file = frozen.folder / "pool.json";
  const std::string text = read_text_file(file);
  const Json whole = parse_json(text, "pool");
  const std::string name = whole.at("datasets").at("toy").at("seeds").at(1).at("predictions").at("gp").at("file");
  const std::string bytes = read_text_file(frozen.folder / name);
  for (const std::string& damaged : {bytes.substr(0, bytes.size() / 2), "x" + bytes.substr(1), std::string()}) {
    write_text_atomically(frozen.folder / name, damaged);
    CHECK(test::missing(refusal(), {"data: ", name, "SHA-256"}) == "");
  }
  fs::remove(frozen.folder / name);
  CHECK(test::missing(refusal(), {"io: ", name}) == "");
  write_text_atomically(frozen.folder / name, bytes);
  CHECK_NOTHROW(board_of(*run, frozen.open()));

  write_text_atomically(file, text.substr(0, text.size() / 2));
  CHECK(test::missing(refusal(), {"pool.json", "line"}) == "");
  const auto with = [&](const std::string& pointer, const Json& value) {
    Json json = whole;
    json[Json::json_pointer(pointer)] = value;
    write_text_atomically(file, json.dump());
    return refusal();
  };
  CHECK(test::missing(with("/schema", "predcorr/references/9"), {"config: ", "pool.json", "references/9"}) == "");
  CHECK(test::missing(with("/models/0", "unknown"), {"data: ", "pool.json", "unknown"}) == "");
  CHECK(test::missing(with("/models", Json::array()), {"data: ", "pool.json", "models"}) == "");
  CHECK(test::missing(with("/datasets/toy/seeds/0/n_test", 5), {"data: ", ".npz", "24 points"}) == "");
  CHECK(test::missing(with("/datasets/toy/seeds/0/predictions/gp/file", "../x"), {"data: ", "pool.json", "../x"}) ==
        "");
  CHECK(test::missing(with("/datasets/toy/seeds", "none"), {"data: ", "pool.json"}) == "");
}

}  // namespace
}  // namespace predcorr
