// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "results/comparison/board_values.hpp"
#include "results/statistics/student_t.hpp"

namespace predcorr {

/// What became of a score from board A to board B.
enum class Change {
  same,       ///< the same value at every common seed, up to the last digits
  better,     ///< beyond noise: adjusted p of 5 % or less
  worse,      ///< likewise
  undecided,  ///< no more than noise
  untested    ///< one seed on either side, or no spread: nothing can be said of noise
};
const char* to_string(Change change);

/// One score of one model on one data set, B minus A.
struct ScoreChange {
  std::string dataset, model;
  ScoreKey key;
  bool paired = false;        ///< at common seeds; else between the means of different seeds
  int before = 0, after = 0;  ///< seeds compared: of A and of B; the same ones where paired
  double mean_before = 0, mean_after = 0;
  std::optional<Interval> interval;  ///< of mean_after - mean_before, at kConfidence
  std::optional<double> p;           ///< paired t with the correction for overlap, or Welch's t
  std::optional<double> adjusted_p;  ///< Holm's over all tests of the comparison
  Change change = Change::untested;

  double difference() const { return mean_after - mean_before; }
};

/// What two boards have in common, and what only one has.
struct RunComparison {
  std::string before, after;         ///< names of A and B
  std::vector<ScoreChange> changes;  ///< by data set, model and score; scores with a better direction
  std::vector<std::string> datasets_gone, datasets_new;
  std::vector<std::string> models_gone, models_new;  ///< "model on data set", for data sets that both have
  int tests = 0;                                     ///< how many Holm's adjustment is over
};

/// Compares by model, data set and score. Where two common seeds or more carry values, these are compared in pairs;
/// where there is none in common, the means are by Welch's t test, for which results of different seeds are
/// independent: for splits that share rows (overlap) its variances are as in summarise. All p are adjusted together, so
/// that the probability that anything is called better or worse where nothing changed is at most 5 %.
RunComparison compare_runs(const BoardValues& before, const BoardValues& after);

/// "xllr worse": which change of which score is not to be.
struct Gate {
  ScoreKey key;
  Change change = Change::worse;
  double tolerance = 0;  ///< a change by no more, in the score's unit, passes
};

/// @param text SCORE better, SCORE worse or SCORE changed  @throws Error (config)
std::vector<Gate> read_gate(const std::string& text, double tolerance);

/// The changes that any of the gates refuses.
std::vector<const ScoreChange*> refused(const RunComparison& comparison, const std::vector<Gate>& gates);

}  // namespace predcorr
