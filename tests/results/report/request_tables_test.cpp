// SPDX-License-Identifier: Apache-2.0
#include "results/report/request_tables.hpp"

#include "results/report/report.hpp"
#include "tests/results/several_datasets_run.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/schema.hpp"

namespace predcorr {
namespace {

using test::contains;

/// "good" is best by RMSE on the first three data sets and last on the fourth; by joint_log_likelihood it is last.
std::vector<Score> made_up(const std::string& dataset, const std::string& model, int seed) {
  const double wiggle = 0.01 * (seed % 3) * (model == "good" ? 1 : 1.5);
  const double rank = model == "constant" ? 4 : model == "good" ? (dataset == "d4" ? 3 : 1) : 2;
  const double other = model == "good" ? 4 : model == "constant" ? 3 : 2;
  std::vector<Score> scores = {{"rmse", "", rank + wiggle, ""}};
  if (model != "bare") scores.push_back({"joint_log_likelihood", "", -other - wiggle, ""});
  if (model == "oracle") scores = {{"rmse", "", 0.5, ""}, {"joint_log_likelihood", "", -1.0, ""}};
  return scores;
}

const std::vector<std::string> kDatasets = {"d1", "d2", "d3", "d4"};
const std::vector<std::string> kModels = {"oracle", "constant", "bare", "good", "plain"};

test::SeveralDatasetsRun run_with(const Json& suite) {
  return test::SeveralDatasetsRun(kDatasets, kModels, 4, made_up, suite, [](Run& run) { run.unranked = {"oracle"}; });
}

std::size_t place(const std::string& text, const std::string& part, std::size_t from = 0) {
  const std::size_t at = text.find(part, from);
  INFO(part);
  REQUIRE(at != std::string::npos);
  return at;
}

TEST_CASE("boards: the primary score stands first and orders the overall table", "[results][schema]") {
  const auto run = run_with({{"primary", "joint_log_likelihood"}, {"columns", {"rmse"}}});
  const Leaderboard board = make_leaderboard({run.store()});
  const Json json = to_json(board);
  CHECK(test::schema_errors(json, "leaderboard") == "");
  CHECK(json.at("primary") == "joint_log_likelihood");
  for (const char* absent : {"groups", "combined", "findings"}) CHECK_FALSE(json.contains(absent));
  const std::string text = terminal_report(board);
  const std::size_t overall = place(text, "Overall"), d1 = place(text, "d1 (");
  CHECK(place(text, "joint LL", overall) < place(text, "RMSE", overall));
  // Mean ranks by joint_log_likelihood: plain 1, constant 2, good 3; bare has none and comes last.
  std::size_t last = overall;
  for (const char* label : {"plain", "constant", "good", "bare"}) last = place(text, std::string("\n  ") + label, last);
  CHECK(last < d1);
}

TEST_CASE("boards: groups have the overall comparison of their data sets", "[results][schema]") {
  const auto run = run_with({{"groups", {{"easy", {"d1", "d2", "d3"}}, {"odd", {"d3", "d4"}}, {"one", {"d4"}}}}});
  const Leaderboard board = make_leaderboard({run.store()});
  const Json json = to_json(board), &groups = json.at("groups");
  CHECK(test::schema_errors(json, "leaderboard") == "");
  CHECK(leaderboard_text(board).find("\"groups\"") != std::string::npos);
  CHECK(groups.at("easy").at("datasets") == Json({"d1", "d2", "d3"}));
  const auto rank = [&](const char* group) {
    return groups.at(group).at("overall").at("rmse").at("models").at("good").at("mean_rank").get<double>();
  };
  CHECK(rank("easy") == 1);
  CHECK(rank("odd") == 2);  // 1 and 3
  CHECK(rank("one") == 3);
  // Ranks 1, 2.5, 2.5, 4 of four models on three data sets, all alike: Friedman's chi-square corrected for the tie is
  // its largest value, 3 (4 - 1) = 9.
  CHECK(groups.at("easy").at("overall").at("rmse").at("friedman").at("chi_square").get<double>() == test::close(9));
  // A group of all data sets says what the board says.
  const auto whole = run_with({{"groups", {{"all", kDatasets}}}});
  const Json same = to_json(make_leaderboard({whole.store()}));
  CHECK(same.at("groups").at("all").at("overall") == same.at("overall"));

  const std::string text = terminal_report(board), markdown = markdown_report(board);
  CHECK(place(text, "Overall") < place(text, "Group easy (d1, d2, d3): mean rank over data sets"));
  CHECK(place(text, "Group odd (d3, d4)") < place(text, "d1 ("));
  CHECK_THAT(text, !contains("Group one"));  // the data set's own table has it
  CHECK_THAT(markdown, contains("Group odd"));
}

TEST_CASE("boards: a combined score, by the suite or by the reader", "[results][schema]") {
  const auto run = run_with({{"combined", {{"rmse", 1}, {"joint_log_likelihood", 1}}}});
  const Leaderboard board = make_leaderboard({run.store()});
  const Json json = to_json(board), &combined = json.at("combined");
  CHECK(test::schema_errors(json, "leaderboard") == "");
  CHECK(combined.at("weights") == Json({{"rmse", 1.0}, {"joint_log_likelihood", 1.0}}));
  CHECK(combined.at("models").at("bare").at("value").is_null());
  CHECK(combined.at("models").at("bare").at("missing") == "joint_log_likelihood: no value on d1, d2, d3, d4");
  CHECK(combined.at("models").at("oracle").at("value") == 1.0);
  CHECK(combined.at("models").at("plain").at("interval").size() == 2);
  // Every model has the same seeds, so that parts are the normalised scores of the overall comparison.
  CHECK(combined.at("models").at("plain").at("parts").at("rmse").get<double>() ==
        test::close(json.at("overall").at("rmse").at("models").at("plain").at("normalised").get<double>()));
  const std::string text = terminal_report(board);
  CHECK_THAT(text, contains("Combined score: 0 the floor, 1 the ceiling") && contains("RMSE (weight 1)") &&
                       contains("bare has none: joint_log_likelihood: no value on d1, d2, d3, d4"));

  const Leaderboard other = make_leaderboard({run.store()}, nullptr, {.combine = "rmse=3"});
  CHECK(to_json(other).at("combined").at("weights") == OrderedJson({{"rmse", 3.0}}));
  CHECK(to_json(other).at("combined").at("models").at("bare").at("value").is_number());
  CHECK_THAT(test::error_of([&] { make_leaderboard({run.store()}, nullptr, {.combine = "rsme=3"}); }),
             contains("config: --combine: ") && contains("did you mean 'rmse'?"));
}

TEST_CASE("boards: findings are checked and listed", "[results][schema]") {
  const auto run = run_with(Json::parse(R"({
    "groups": {"easy": ["d1", "d2"]},
    "findings": [
      {"finding": "Good is better.", "source": "arXiv:1", "score": "rmse", "model": "good", "than": "plain",
       "datasets": ["d1"], "at_most": 0},
      {"finding": "Good is worse.", "source": "arXiv:1", "score": "rmse", "model": "good", "than": "plain",
       "datasets": "easy", "at_least": 0},
      {"finding": "Nobody knows", "source": "arXiv:1", "score": "joint_log_likelihood", "model": "bare",
       "at_least": 0, "at_most": 1}]})"));
  const Leaderboard board = make_leaderboard({run.store()});
  const Json json = to_json(board), &findings = json.at("findings");
  CHECK(test::schema_errors(json, "leaderboard") == "");
  REQUIRE(findings.size() == 3);
  CHECK(findings[0].at("verdict") == "holds");
  CHECK(findings[0].at("over") == "seeds");
  CHECK(findings[0].at("n") == 4);
  CHECK(findings[1].at("verdict") == "does not hold");
  CHECK(findings[1].at("over") == "data sets");
  CHECK(findings[1].at("datasets") == Json({"d1", "d2"}));
  CHECK(findings[2].at("verdict") == "not measured");
  const std::vector<std::string> lines = finding_lines(board);
  REQUIRE(lines.size() == 3);
  CHECK_THAT(lines[0], contains("FINDING holds: Good is better. (arXiv:1)") &&
                           contains("rmse of good - plain on d1: -1.0") &&
                           contains("over 4 seeds; expected at most 0."));
  CHECK_THAT(lines[2], contains("not measured") && contains("bare has no joint_log_likelihood on d1") &&
                           contains("expected from 0 to 1."));
  CHECK_THAT(terminal_report(board), contains("FINDING does not hold"));
  CHECK_THAT(markdown_report(board), contains("## Published findings\n\n- FINDING holds"));
}

TEST_CASE("boards: Pareto fronts by a score and a cost, where a reader asks for them", "[results][schema]") {
  const test::SeveralDatasetsRun run(
      {"d1", "d4"}, kModels, 4, made_up, Json::object(), [](Run& changed) { changed.unranked = {"oracle"}; },
      [](const std::string& model, int seed) {
        return Cost{(model == "good" ? 5.0 : model == "plain" ? 9.0 : 1.0) + 0.001 * seed, 0.5, 1e6};
      });
  const Leaderboard board = make_leaderboard({run.store()}, nullptr, {.pareto = "rmse,fit_seconds"});
  const Json json = to_json(board), &pareto = json.at("pareto");
  CHECK(test::schema_errors(json, "leaderboard") == "");
  CHECK(pareto.at("axes") == Json({"rmse", "fit_seconds"}));
  // bare, which costs 1, and good, which is best on d1, are on the front; plain has bare's RMSE and costs more.
  CHECK(pareto.at("datasets").at("d1").at("front") == Json({"good", "bare"}));
  CHECK(pareto.at("datasets").at("d4").at("front") == Json({"bare"}));
  const Json& plain = pareto.at("datasets").at("d1").at("models").at("plain");
  CHECK(plain.at("dominated_by") == Json({"bare", "good"}));
  CHECK(plain.at("told_apart") == true);
  CHECK(plain.at("values")[1].get<double>() == test::close(9.0025));
  CHECK_FALSE(pareto.at("datasets").at("d1").at("models").contains("oracle"));
  const std::string text = terminal_report(board);
  CHECK_THAT(text, contains("d1: Pareto front of rmse and fit_seconds") && contains("bare, good"));
  CHECK(place(text, "Cost of a cell") < place(text, "d1: Pareto front"));
  CHECK_THAT(markdown_report(board), contains("## d4: Pareto front of rmse and fit\\_seconds") ||
                                         contains("## d4: Pareto front of rmse and fit_seconds"));
  CHECK_FALSE(to_json(make_leaderboard({run.store()})).contains("pareto"));
  CHECK_THAT(test::error_of([&] { make_leaderboard({run.store()}, nullptr, {.pareto = "rmse,fit_secs"}); }),
             contains("config: --pareto: ") && contains("did you mean 'fit_seconds'?"));
}

TEST_CASE("boards: what becomes of missing values is said in fixed words", "[results][schema]") {
  const auto run = run_with(Json::object());
  Json json = to_json(make_leaderboard({run.store()}));
  CHECK(json.at("missing_values").at("comparisons") == "seeds that all compared models have");
  CHECK(json.at("missing_values").at("cross_scores") == "seeds that all compared models have");
  CHECK(json.at("missing_values").at("failed_cells") == "left out and named");
  json["missing_values"]["means"] = "guessed";
  CHECK(test::schema_errors(json, "leaderboard") != "");
  json.erase("missing_values");  // as boards of earlier versions
  CHECK(test::schema_errors(json, "leaderboard") == "");
}

TEST_CASE("boards: a run whose suite asks for what cannot be is refused", "[results]") {
  const auto run = run_with({{"combined", {{"rmse", -1}}}});
  CHECK_THAT(test::error_of([&] { make_leaderboard({run.store()}); }),
             contains("config: suite 'fixture': combined.rmse: must be a weight above 0"));
}

}  // namespace
}  // namespace predcorr
