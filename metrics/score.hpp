// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <optional>
#include <string>

namespace predcorr {

/// Which values are better. None: shown, but neither ranked nor best, such as a slope that should be 1.
enum class Direction { higher, lower, none };
const char* to_string(Direction direction);

/// " ↑", " ↓" or nothing: what stands behind a column's head.
const char* arrow(Direction direction);

/// Which score. Suites, records, boards and messages write it as text: "rmse", or "r_statistic.std" for a part.
struct ScoreKey {
  std::string name;
  std::string part = {};  ///< empty where the name says it all

  /// "name", or "name.part".
  std::string text() const;

  /// What text() wrote: the name ends at the first dot, and a part may have more of them ("variogram_score.0.5").
  static ScoreKey parse(const std::string& text);

  /// By name, then part.
  friend auto operator<=>(const ScoreKey&, const ScoreKey&) = default;
};

/// A score as tables and records describe it. A metric may give several, which then mostly share its name and differ in
/// their part: meta_correlation.variance_pearson.
struct ScoreInfo {
  std::string name;
  std::string part = {};  ///< empty where the name says it all; "*": parts whose names are known only at run time
  std::string unit = {};  ///< "target units", "nats per point"; empty for a plain number
  Direction direction = Direction::none;
  std::string meaning = {};  ///< a line for people who do not know it
  std::string head = {};     ///< of its column, a word or two: "joint LL"; empty: the key
  /// Where the column stands in tables that nobody chose columns for, counted from the left; 0: it is not in them.
  /// Predcorr's own have 10, 20, ..., 60.
  int default_column = 0;
  bool of_latent = false;  ///< tells of f: means nothing where f and noise cannot be told apart
  /// Of a metric that people know by one number and that has parts all the same: the part that is that number, and what
  /// the parts are ("orders"). Documents of 'predcorr score' then have the number under `name`, and all parts under
  /// `name_orders`.
  bool principal = false;
  std::string parts = {};

  ScoreKey key() const { return {name, part}; }

  /// What tables call it: its head, or else its key.
  std::string column_head() const { return head.empty() ? key().text() : head; }
};

/// A score's value, or why there is none: no oracle, correlations that do not vary, a singular covariance.
struct Score {
  std::string name, part;
  std::optional<double> value;
  std::string reason;

  ScoreKey key() const { return {name, part}; }
};

}  // namespace predcorr
