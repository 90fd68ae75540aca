// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/base/stream.hpp"
#include "core/plugins/parameters.hpp"
#include "models/resampling/ensemble_prediction.hpp"

namespace predcorr::models {

/// Whether rows are drawn, or all rows weighted at random.
enum class ResamplingScheme { rows, bayesian };
EnumWords<ResamplingScheme> words_of(ResamplingScheme);

/// How the members of an ensemble come by their training rows.
struct Resampling {
  double fraction = 1;
  bool replacement = true;
  ResamplingScheme scheme = ResamplingScheme::rows;
  int block_size = 1;
  static Fields<Resampling> fields();

  /// To be called by the constructor of every model that has these options, with what it makes of the members.
  /// @throws Error (config) where they do not go together, or leave out no row where one must be
  void check(Spread spread, bool needs_rows_left_out) const;

  bool weights_all_rows() const { return scheme == ResamplingScheme::bayesian; }
};

/// Draws counts or weights of n training rows. What is drawn is units, each by itself:
/// - rows (Efron 1979), or the data's groups of rows where it has them: r = fraction * units of them, with or
///   without replacement (then at most all but one); r is rounded, and at least 1;
/// - with `block_size` k, blocks of k consecutive rows from a start drawn at random, the last row followed by the first
///   so that all rows are equally likely (Kunsch 1989; Politis & Romano 1992), until there are fraction * n rows; the
///   last block is cut off there;
/// - with scheme "bayesian", no counts but weights: units * Dirichlet(1, ..., 1) (Rubin 1981), the same for a group's
///   rows. Every row then has some weight.
class Resampler {
 public:
  /// @param rows n  @param groups n group numbers, or empty (TrainingData::groups)
  /// @throws Error (data) if all rows are one group, if blocks are asked of groups, if there are not more rows than a
  /// block has, or where one row alone is to be drawn without replacement
  Resampler(const Resampling& options, Index rows, const std::vector<Index>& groups);

  /// Counts or weights of the rows for one member: n. Cost: n.
  Vector draw(Stream& stream) const;

  /// Members' counts of units instead of rows, as the jackknives need them: B x units, from B x n.
  Counts unit_counts(Counts counts) const;

 private:
  void draw_units(Stream& stream, Vector& counts) const;

  Resampling options_;
  Index rows_;
  Index units_;
  std::vector<Index> unit_of_row_;  // empty where each row is one
};

/// The rows that whole counts stand for, each as often as it was drawn, in order.
Rows repeated_rows(const Vector& counts);

}  // namespace predcorr::models
