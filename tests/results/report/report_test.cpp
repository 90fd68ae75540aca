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

/// Two models with three seeds, one of them with a score that one seed lacks; one that failed; one that was not run.
struct Fixture {
  HandMadeRun run{{"near", "a | far", "broken", "late"}, {1, 2, 3}};
  Fixture() {
    run.add("near", 1, scores(1, -1));
    run.add("near", 2, scores(2, -1));
    run.add("near", 3, scores(3, -4));
    run.add("a | far", 1, scores(4, -1.5));
    run.add("a | far", 2, scores(5, -1.5));
    run.add("a | far", 3, scores(6, std::nullopt));
    for (const std::uint64_t seed : {1, 2, 3}) run.add_failure("broken", seed);
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
  // By hand: 1, 2, 3 have the mean 2 and the standard deviation 1; -1, -1, -4 have -2 and sqrt(3). The study's protocol
  // deals the same 19 rows at each seed and tests 4, so that the squared standard error is 1/3 + 4/15 of the variance.
  // Joint log-likelihoods are compared in the seeds 1 and 2, which both have: -1 twice against -1.5 twice.
  const std::string text = Fixture().printed("table");
  INFO(text);
  CHECK_THAT(text, contains("boston (10 training, 5 pool, 4 test rows)\n"
                            "  model               seeds       RMSE ↓        joint LL ↑\n"
                            "  near                    3  2.000±0.775      -2.000±1.342\n"
                            "  a | far                 3  5.000±0.775  -1.500±0.000 (2)\n"
                            "  broken   0 of 3, 3 failed       failed            failed\n"
                            "  late               0 of 3      missing           missing\n"
                            "  Compared by joint LL: on seeds 1..2, which all compared models have."));
  CHECK_THAT(text, contains("told apart by RMSE, joint LL."));
  CHECK_THAT(text, contains("FAILED boston broken seeds 1..3: it diverged\n"));
  CHECK_THAT(text, contains("MISSING boston seeds 1..3: late\n"));
}

TEST_CASE("report: Markdown has the same numbers, and labels that break no table", "[results]") {
  const std::string text = Fixture().printed("markdown");
  INFO(text);
  CHECK_THAT(text, contains("# predcorr leaderboard\n\nSuite `fixture`, protocol `paper`.\n"));
  CHECK_THAT(text, contains("## boston (10 training, 5 pool, 4 test rows)\n\n"
                            "| model | seeds | RMSE ↓ | joint LL ↑ |\n"
                            "|:--|--:|--:|--:|\n"
                            "| near | 3 | 2.000 ± 0.775 | -2.000 ± 1.342 |\n"
                            "| a \\| far | 3 | 5.000 ± 0.775 | -1.500 ± 0.000 (2) |\n"
                            "| broken | 0 of 3, 3 failed | failed | failed |\n"
                            "| late | 0 of 3 | missing | missing |\n"));
  CHECK_THAT(text, contains("## Failed or missing\n\n- FAILED boston broken seeds 1..3: it diverged\n"
                            "- MISSING boston seeds 1..3: late\n"));
}

}  // namespace
}  // namespace predcorr
