// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "core/base/matrix.hpp"
#include "core/plugins/parameters.hpp"

namespace predcorr {

/// How many of the training rows a loop begins with: in JSON "all", or an amount (see rows_of).
struct InitialRows {
  std::optional<double> amount;  ///< nothing: all
};

/// How models take up the targets acquired.
enum class LearningUpdate {
  refit,     ///< by another fit
  condition  ///< what they predicted at first is conditioned on them
};
EnumWords<LearningUpdate> words_of(LearningUpdate);

/// When a loop ends before its last round; any of the rules that are given. In JSON an object of those.
struct EarlyStop {
  std::optional<int> patience;  ///< rounds in a row in which the best predictor's RMSE was no better than ever before
  std::optional<double> rmse;   ///< target units: every predictor's RMSE is at most this
  /// The first pick's gain would be below this, in the criterion's own unit; the batch is not acquired. Criteria that
  /// need no prediction have no gain and go on.
  std::optional<double> gain;
};

/// An amount of rows: below 1 a part of `all` (rounded down, at least one), else a count.
Index rows_of(double amount, Index all);

/// How active learning goes on: what a suite's "active_learning" says beside who takes part.
struct LearningOptions {
  int rounds = 10;
  double batch = 0.01;  ///< an amount of all rows of the data set
  InitialRows initial = {};
  LearningUpdate update = LearningUpdate::refit;
  EarlyStop stop = {};

  static Fields<LearningOptions> fields();

  Index batch_rows(Index all_rows) const { return rows_of(batch, all_rows); }

  /// At most the training rows there are.
  Index initial_rows(Index training_rows) const;

  bool conditions() const { return update == LearningUpdate::condition; }
};

template <>
struct JsonType<InitialRows> : detail::ScalarType<InitialRows> {
  static std::string name() { return "number or \"all\""; }
  static Json write(const InitialRows& value);
  static InitialRows read(const Json& value);
};

template <>
struct JsonType<EarlyStop> : detail::ScalarType<EarlyStop> {
  static std::string name() { return "object"; }
  static Json write(const EarlyStop& value);
  /// @throws Error (config)
  static EarlyStop read(const Json& value);
};

}  // namespace predcorr
