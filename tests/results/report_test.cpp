// SPDX-License-Identifier: Apache-2.0
// Of runs made by hand, as users see them: printed by 'predcorr leaderboard'.
#include "results/report/report.hpp"

#include "tests/results/hand_made_run.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/program.hpp"
#include "tests/support/reference.hpp"

namespace predcorr {
namespace {

using test::contains;
using test::HandMadeRun;

std::vector<Score> scores(double rmse, std::optional<double> joint) {
  return {{"rmse", "", rmse, ""}, {"joint_log_likelihood", "", joint, "singular"}};
}

/// Two models with two seeds, one of them with a score that one seed lacks; one that failed; one that was not run.
struct Fixture {
  HandMadeRun run{{"near", "a | far", "broken", "late"}, {1, 2}};
  Fixture() {
    run.add("near", 1, scores(1, -1.25));
    run.add("near", 2, scores(2, -1.75));
    run.add("a | far", 1, scores(4, -3));
    run.add("a | far", 2, scores(5, std::nullopt));
    for (const std::uint64_t seed : {1, 2}) run.add_failure("broken", seed);
  }
  std::string printed(const std::string& format) const {
    const test::TemporaryFolder out;
    const auto result =
        test::run_program({"leaderboard", run.folder().string(), "--partial", "--format", format}, out.path());
    INFO(result.err);
    CHECK(result.status == 1);  // for what failed
    return result.out;
  }
};

TEST_CASE("report: a terminal's table, number by number", "[results]") {
  // Means and standard errors by hand: (1 + 2) / 2 and |1 - 2| / 2; -1.25 and -1.75 likewise. With a lacking seed of
  // the joint log-likelihood the best is by seed 1 alone.
  const std::string text = Fixture().printed("table");
  INFO(text);
  CHECK_THAT(text, contains("boston (10 training, 5 pool, 4 test rows)\n"
                            "  model             seeds           RMSE ↓       joint LL ↑\n"
                            "  near                  2  *1.500 ± 0.500  *-1.500 ± 0.250\n"
                            "  a | far               2   4.500 ± 0.500       -3.000 (1)\n"
                            "  broken   0 of 2, 2 failed          failed           failed\n"));
  CHECK_THAT(text, contains("FAILED boston broken seeds 1..2: it diverged\n"));
  CHECK_THAT(text, contains("MISSING boston late seeds 1..2"));
}

TEST_CASE("report: Markdown has the same numbers, and labels that break no table", "[results]") {
  const std::string text = Fixture().printed("markdown");
  INFO(text);
  CHECK_THAT(text, contains("# predcorr leaderboard\n\nSuite `fixture`, protocol `paper`.\n"));
  CHECK_THAT(text, contains("## boston (10 training, 5 pool, 4 test rows)\n\n"
                            "| model | seeds | RMSE ↓ | joint LL ↑ |\n"
                            "|:--|--:|--:|--:|\n"
                            "| near | 2 | **1.500 ± 0.500** | **-1.500 ± 0.250** |\n"
                            "| a \\| far | 2 | 4.500 ± 0.500 | -3.000 (1) |\n"
                            "| broken | 0 of 2, 2 failed | failed | failed |\n"));
  CHECK_THAT(text,
             contains("## Failed or missing\n\n") && contains("- FAILED boston broken seeds 1..2: it diverged\n"));
}

}  // namespace
}  // namespace predcorr
