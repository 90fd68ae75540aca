// SPDX-License-Identifier: Apache-2.0
// Of a run made by hand, as users see it: printed by 'predcorr diagnostics'.
#include "results/report/diagnostics_table.hpp"

#include "core/base/files.hpp"
#include "tests/results/hand_made_run.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/helpers.hpp"
#include "tests/support/program.hpp"

namespace predcorr {
namespace {

using test::HandMadeRun;

TEST_CASE("diagnostics: means over seeds, and each seed's", "[results]") {
  const HandMadeRun run({"gp, small", "hmc", "broken", "late"}, {1, 2, 3});
  for (const std::uint64_t seed : {1, 3})
    run.add_diagnosed("hmc", seed, {{"r_hat", 1 + 0.5 * static_cast<double>(seed)}, {"chains", 4}});
  run.add_diagnosed("gp, small", 2, {{"jitter", 1e-10}});
  run.add_failure("broken", 1);
  CHECK(diagnostics_csv(run.store()) ==
        "dataset,model,diagnostic,mean,stderr,n\n"
        "boston,\"gp, small\",jitter,1e-10,,1\n"
        "boston,hmc,chains,4,0,2\n"
        "boston,hmc,r_hat,2,0.5,2\n");
  CHECK(diagnostics_csv(run.store(), DiagnosticLines::each_seed) ==
        "dataset,model,seed,diagnostic,value\n"
        "boston,\"gp, small\",2,jitter,1e-10\n"
        "boston,hmc,1,chains,4\nboston,hmc,3,chains,4\n"
        "boston,hmc,1,r_hat,1.5\nboston,hmc,3,r_hat,2.5\n");
}

TEST_CASE("diagnostics: the command prints or writes the table, and says what has none", "[results]") {
  const HandMadeRun run({"hmc", "late"}, {1});
  run.add_diagnosed("hmc", 1, {{"r_hat", 1.5}});
  const std::string folder = run.folder().string();
  const auto printed = test::run_program({"diagnostics", folder}, run.folder());
  CHECK(printed.status == 1);
  CHECK(printed.out == diagnostics_csv(run.store()));
  CHECK_THAT(printed.err, test::contains("MISSING boston seed 1: late"));
  const std::string file = (run.folder() / "d.csv").string();
  const auto written = test::run_program({"diagnostics", folder, "--partial", "--out", file}, run.folder());
  CHECK(written.status == 0);
  CHECK(written.out.empty());
  CHECK(read_text_file(file) == printed.out);
  CHECK(test::run_program({"diagnostics", (run.folder() / "none").string()}, run.folder()).status == 2);
}

}  // namespace
}  // namespace predcorr
