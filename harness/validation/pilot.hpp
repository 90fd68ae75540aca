// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tbb/global_control.h>

#include <set>
#include <string>

#include "harness/runner.hpp"
#include "harness/validation/temporary_run.hpp"

namespace predcorr {

/// What one cell took on this machine, with one thread and nothing beside it.
struct PilotCell {
  std::uint64_t seed = 0;
  double seconds = 0;  ///< in all: fit, prediction, scores, writing; not what all models of its problem share
  double fit_seconds = 0, predict_seconds = 0;  ///< as its record has them; of a loop all is fit
  double peak_bytes = 0;     ///< largest resident memory of this process meanwhile, not of an external model
  double disk_bytes = 0;     ///< of its files
  std::string failure = {};  ///< why it failed; empty where it did not
};

/// Runs single cells as `run` does, in a temporary folder that goes with it, and measures them. While there is one,
/// everything has one thread: seconds on the clock are then work, and several cells at a time share it among them.
class Pilot {
 public:
  /// @throws Error (io) if there can be no temporary folder
  Pilot(const Suite& suite, Keep keep);

  /// Makes a problem, and what its models' predictions are scored against. What fails is told by its cells.
  /// @return seconds; 0 where it was made before
  double prepare(const Labelled<DatasetSource>& dataset, std::uint64_t seed);

  /// @param record what came of it  @throws Error (io) if its files cannot be written
  PilotCell run(const Cell& cell, Record& record);

 private:
  const Suite& suite_;
  const Keep keep_;
  const tbb::global_control one_thread_;
  Problems problems_;
  const DraftFolder folder_;
  const Store store_;
  std::set<std::pair<std::string, std::uint64_t>> prepared_;
};

}  // namespace predcorr
