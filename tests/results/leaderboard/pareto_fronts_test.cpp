// SPDX-License-Identifier: Apache-2.0
#include "results/leaderboard/pareto_fronts.hpp"

#include <random>

#include "results/statistics/pareto_front.hpp"
#include "tests/results/requests/made_up_scores.hpp"

namespace predcorr {
namespace {

using test::contains;
using test::kMadeUpCatalogue;
using test::MadeUpScores;

const ParetoAxes kUpAndSeconds = {ScoreKey{"up"}, ScoreKey{"fit_seconds"}};

void add(MadeUpScores& scores, const std::string& model, double up, double seconds, double spread = 0.01) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    // Another pattern for each model, so that differences vary.
    const double wiggle = spread * static_cast<double>((seed * (model.size() + 2)) % 5);
    scores.at("d", model, "up")[seed] = up + wiggle;
    scores.at("d", model, "fit_seconds")[seed] = seconds + wiggle;
  }
}

const ParetoModel& model_of(const ParetoDataset& dataset, const std::string& label) {
  return *std::ranges::find(dataset.models, label, &ParetoModel::label);
}

TEST_CASE("Pareto fronts: who is beaten in both, by whom, and whether a test says so", "[results]") {
  MadeUpScores scores;
  add(scores, "m", 1, 1);
  add(scores, "mm", 3, 5);
  add(scores, "mmm", 2, 6);    // worse than mm in both, by far more than seeds vary
  add(scores, "mmmmm", 1, 1);  // of the pattern of no wiggle, see below
  add(scores, "control", 9, 0.1);
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {  // worse than m in both by less than seeds vary
    scores.at("d", "mmmmm", "up")[seed] = scores.at("d", "m", "up")[seed] + (seed % 2 == 0 ? 0.5 : -0.51);
    scores.at("d", "mmmmm", "fit_seconds")[seed] =
        scores.at("d", "m", "fit_seconds")[seed] + (seed % 2 == 0 ? -0.5 : 0.51);
  }
  const ParetoFronts fronts = pareto_fronts(scores.source(), {"control"}, kUpAndSeconds, kMadeUpCatalogue);
  REQUIRE(fronts.datasets.size() == 1);
  const ParetoDataset& dataset = fronts.datasets[0];
  REQUIRE(dataset.models.size() == 4);
  CHECK(dataset.models[0].label == "mm");  // best first
  CHECK(model_of(dataset, "m").on_front());
  CHECK(model_of(dataset, "mm").on_front());
  CHECK(model_of(dataset, "mmm").dominated_by == std::vector<std::string>{"mm"});
  CHECK(model_of(dataset, "mmm").told_apart);
  CHECK(model_of(dataset, "mmmmm").dominated_by == std::vector<std::string>{"m"});
  CHECK_FALSE(model_of(dataset, "mmmmm").told_apart);
  CHECK(model_of(dataset, "mm").means[0] == test::close(3.02));  // wiggles 0 to 4 hundredths
  const OrderedJson json = to_ordered_json(fronts);
  CHECK(json.at("axes") == OrderedJson({"up", "fit_seconds"}));
  const OrderedJson& d = json.at("datasets").at("d");
  CHECK(d.at("front") == OrderedJson({"mm", "m"}));
  CHECK(d.at("seeds") == "1..5");
  CHECK(d.at("models").at("mmm").at("told_apart") == true);
  CHECK_FALSE(d.at("models").at("mm").contains("dominated_by"));
}

TEST_CASE("Pareto fronts: means are over common seeds, and who has too few is left out", "[results]") {
  MadeUpScores scores;
  add(scores, "m", 1, 1);
  add(scores, "mm", 3, 5);
  scores.at("d", "mm", "up")[6] = 1e9;  // a seed that m lacks
  scores.at("d", "mm", "fit_seconds")[6] = 1e9;
  scores.at("d", "short", "up")[1] = 99;
  scores.at("d", "short", "fit_seconds")[1] = 0;
  scores.at("d", "untimed", "up")[1] = 99;
  scores.at("e", "m", "up")[1] = 1;  // nobody has both on e
  const ParetoFronts fronts = pareto_fronts(scores.source(), {}, kUpAndSeconds, kMadeUpCatalogue);
  REQUIRE(fronts.datasets.size() == 1);
  CHECK(fronts.datasets[0].seeds == std::vector<std::uint64_t>{1, 2, 3, 4, 5});
  CHECK(fronts.datasets[0].left_out == std::vector<std::string>{"short", "untimed"});
  CHECK(fronts.datasets[0].models.size() == 2);
}

TEST_CASE("Pareto fronts: are those of all pairs, whatever the directions", "[results]") {
  std::mt19937_64 engine(11);
  for (int run = 0; run < 50; ++run) {
    MadeUpScores scores;
    std::map<std::string, ParetoPoint> points;
    for (int m = 0; m < 8; ++m) {
      const std::string label(1, static_cast<char>('a' + m));
      const double up = static_cast<double>(engine() % 6), down = static_cast<double>(engine() % 6);
      points[label] = {-up, down};
      scores.at("d", label, "up") = {{1, up}};
      scores.at("d", label, "down") = {{1, down}};
    }
    const ParetoFronts fronts =
        pareto_fronts(scores.source(), {}, {ScoreKey{"up"}, ScoreKey{"down"}}, kMadeUpCatalogue);
    for (const ParetoModel& model : fronts.datasets.at(0).models) {
      bool beaten = false;
      for (const auto& [label, point] : points) beaten = beaten || dominates(point, points.at(model.label));
      REQUIRE(model.on_front() != beaten);
      REQUIRE_FALSE(model.told_apart);  // one seed tells nothing
      for (const std::string& by : model.dominated_by) REQUIRE(dominates(points.at(by), points.at(model.label)));
    }
  }
}

TEST_CASE("Pareto fronts: what they are drawn by", "[results]") {
  CHECK(read_pareto_axes("down,peak_bytes", "--pareto", kMadeUpCatalogue) ==
        ParetoAxes{ScoreKey{"down"}, ScoreKey{"peak_bytes"}});
  for (const auto& [text, named] : {std::pair{"down", "two scores or costs"},
                                    {"", "two scores or costs"},
                                    {"up,down,up", "two scores or costs"},
                                    {"down,down", "down is named twice"},
                                    {"flat,down", "'flat'"},
                                    {"down,fit_second", "did you mean 'fit_seconds'?"},
                                    {"down,", "is called ''"}}) {
    INFO(text);
    CHECK_THAT(test::error_of([&, text = text] { read_pareto_axes(text, "--pareto", kMadeUpCatalogue); }),
               contains("config: --pareto: ") && contains(named));
  }
}

}  // namespace
}  // namespace predcorr
