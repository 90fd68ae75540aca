// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/validation/pilot.hpp"

namespace predcorr {

/// Rows of one part of a split; where seeds differ, the fewest and the most.
struct PartRows {
  Index fewest = 0, most = 0;
};

/// How many cells are asked for, and what the run folder has of them; the rest is to run.
struct CellCount {
  std::size_t cells = 0;
  std::size_t done = 0;          ///< that a run would leave as they are, or only score again
  std::size_t other_scores = 0;  ///< of those done: to be scored again, by metrics that the record lacks

  std::size_t to_run() const { return cells - done; }
  void add(const CellCount& more);
};

/// What a suite makes of one data set.
struct ValidatedDataset {
  std::string label;
  std::optional<PartRows> train, pool, test;  ///< over the seeds that were looked at; none where all of them failed
  bool predicts_pool = false;                 ///< predictions are of pool and test: the truth is known
  std::vector<std::uint64_t> seeds;           ///< of the cells that are asked for, ascending
  std::size_t models = 0;                     ///< that predict it: contenders, ceilings and controls
  std::size_t loops = 0;                      ///< of the cells: active learning
  CellCount count;
  std::optional<double> prepare_seconds;  ///< of a pilot: what all models of one problem share
  bool prepared_once = false;             ///< for all seeds: it is a file, and reading it is what takes time
};

/// A line of the plan: one configuration at all seeds that are asked for.
struct ValidatedEntry {
  PlanEntry entry;
  CellCount count;
  double dense_bytes = 0;          ///< of one stored prediction, as stored_bytes_if_dense; 0 of a loop
  std::optional<Cell> first;       ///< the cell to run that has the smallest seed
  std::optional<PilotCell> pilot;  ///< what it took
};

/// A data set that cannot be had at a seed: every cell of it would fail.
struct DataFault {
  std::string dataset;
  std::uint64_t seed = 0;
  std::string message;
};

/// What the pilot cells that did not fail say of all cells like them.
struct RunEstimate {
  double work_seconds = 0;   ///< with one thread
  double clock_seconds = 0;  ///< with as many as the run has, which never is less than the longest cell
  double peak_bytes = 0;     ///< of the largest cell
  double disk_bytes = 0;     ///< of predictions and records
  std::size_t cells = 0;     ///< that it is of
  std::size_t left_out = 0;  ///< cells to run whose pilot failed
};

/// What a run of a suite would do.
struct SuiteValidation {
  std::string suite;
  Protocol protocol;
  std::vector<std::uint64_t> seeds;
  std::vector<std::string> models, controls, metrics, criteria;  ///< models and controls of the cells asked for
  Keep keep = Keep::predictions;
  int threads = 1;
  std::vector<ValidatedDataset> datasets;
  std::vector<ValidatedEntry> entries;
  std::vector<DataFault> faults;
  enum class PilotState { none, interrupted, finished } pilot = PilotState::none;

  CellCount count() const;
  double dense_bytes() const;                   ///< of the predictions to be made
  std::optional<RunEstimate> estimate() const;  ///< where there was a pilot to its end
  bool failed() const;                          ///< a data set or a pilot cell
};

/// Bytes that a stored prediction's arrays have before compression where its covariance is dense. A factor of s columns
/// has s numbers for each point instead: less, as a rule, and more where there are more columns than half the points.
double stored_bytes_if_dense(Index train, Index pool, Index test, bool predicts_pool, Keep keep);

/// Looks at what a run would do with these options, and runs nothing. Tables are split at every seed, generated data
/// are drawn at the first alone.  @param store where results may lie already; null for none
/// @throws Error (config) as run_plan for bad options
SuiteValidation validate_suite(const Suite& suite, const Plan& plan, Problems& problems, const Store* store,
                               const RunOptions& options);

/// Runs one cell of every line of the plan that has some to run, learning loops to their last round, and keeps what it
/// took. Cost: of a suite of n seeds, one n-th of its work, with one thread.
/// @param validation of this suite, which is completed
/// @param stop set from outside (Ctrl-C): the cell that runs is finished, no further one is started
/// @throws Error (io) if there is no room for temporary files
void run_pilot(SuiteValidation& validation, const Suite& suite, bool quiet, const std::atomic<bool>& stop);

}  // namespace predcorr
