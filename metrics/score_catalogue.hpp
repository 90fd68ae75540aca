// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "metrics/metric.hpp"

namespace predcorr {

/// What is known of scores beside their values: unit, direction, meaning, head.
class ScoreCatalogue {
 public:
  /// Where a key comes twice the later one counts.
  explicit ScoreCatalogue(std::vector<ScoreInfo> scores = {});

  /// All, in the order they were given.
  const std::vector<ScoreInfo>& scores() const { return scores_; }

  /// That very score; null where there is none.
  const ScoreInfo* find(const ScoreKey& key) const;

  /// The same, or else what stands for every part of its name: "xll.*" for "xll.gp".
  const ScoreInfo* find_or_any_part(const ScoreKey& key) const;

  /// That of find_or_any_part; none where no metric is known to give the score.
  Direction direction(const ScoreKey& key) const;

  /// Keys, as text, of the scores that have a better direction; without those that stand for any part.
  std::vector<std::string> ranked() const;

  /// What tables call a score: its head, or else its key.
  std::string column_head(const ScoreKey& key) const;

  /// The columns of tables that nobody chose columns for, from the left; by key where two have the same place.
  std::vector<ScoreInfo> default_columns() const;

 private:
  std::vector<ScoreInfo> scores_;
  std::map<ScoreKey, std::size_t> places_;
};

/// The scores of every registered metric with its defaults, by metric, cross metrics last. A metric that cannot be
/// made, or described, is left out: where its scores are asked for, it is named. Made when it is first asked for, which
/// is after plug-ins are loaded.
const ScoreCatalogue& score_catalogue();

}  // namespace predcorr
