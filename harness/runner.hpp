// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "harness/plan.hpp"
#include "results/store/store.hpp"

namespace predcorr {

struct RunOptions {
  int threads = 0;                     ///< 0: one for each core
  bool fresh = false;                  ///< forget what was done before of the cells that are to run
  int shard = 1, shards = 1;           ///< run every shards-th cell, beginning with the shard-th
  bool quiet = false;                  ///< no progress on standard error
  std::vector<std::string> only = {};  ///< labels of models or data sets; none means all
  Keep keep = Keep::predictions;       ///< of controls the test points; cells that have less are run again
};

struct RunSummary {
  int done = 0;  ///< in this run
  int done_before = 0;
  int failed = 0;
  int left = 0;                             ///< not started or cut short, because the run was interrupted
  std::vector<DamagedRecord> damaged = {};  ///< found when it began, and run again
};

/// The cells that --only and --shard leave. Labels of models restrict models, labels of data sets restrict data sets.
/// @throws Error (config) for a label that the suite does not have, or a shard that there is not
std::vector<Cell> selected_cells(const std::vector<Cell>& cells, const Suite& suite, const RunOptions& options);

/// Cells at a time: as told, or one for each core.
int thread_count(const RunOptions& options);

/// How much to keep of a cell. Of controls, which are as many again, the test points are enough unless all is asked
/// for: what they say of the pool is wrong on purpose.
Keep to_keep(const Suite& suite, const Cell& cell, Keep keep);

/// What a cell's record leaves to be done: all of it, new scores of the prediction that it keeps, or nothing.
enum class OnFile { to_run, other_scores, complete };
OnFile on_file(const Suite& suite, const Cell& cell, const Record& record, Keep keep);

/// Runs the cells of a suite that have no result yet (or a failed one), in parallel, and files each as soon as it is
/// done. Results do not depend on threads, order or interruptions.
/// @param stop set from outside (Ctrl-C): running cells are finished, no further ones started. A cell that fails then
/// is taken as cut short: nothing is filed of it, and it is left for the next run.
/// @param plan of this suite  @param problems what it was made with
/// @throws Error (config) for bad options, (io) if a result cannot be written
RunSummary run_plan(const Suite& suite, const Plan& plan, Problems& problems, const Store& store,
                    const RunOptions& options, const std::atomic<bool>& stop);

/// Plans a suite and runs it.  @throws Error as plan_suite and run_plan
RunSummary run_suite(const Suite& suite, const Store& store, const RunOptions& options, const std::atomic<bool>& stop);

}  // namespace predcorr
