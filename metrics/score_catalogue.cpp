// SPDX-License-Identifier: Apache-2.0
#include "metrics/score_catalogue.hpp"

#include <algorithm>

namespace predcorr {
namespace {

template <class M>
void add_registered(std::vector<ScoreInfo>& all) {
  const auto& registry = Registry<M>::instance();
  for (const std::string& name : registry.names()) {
    try {
      for (ScoreInfo& info : described(*registry.make({.name = name}, name).object)) all.push_back(std::move(info));
    } catch (const Error&) {  // said where it is used
    }
  }
}

}  // namespace

ScoreCatalogue::ScoreCatalogue(std::vector<ScoreInfo> scores) : scores_(std::move(scores)) {
  for (std::size_t i = 0; i < scores_.size(); ++i) places_[scores_[i].key()] = i;
}

const ScoreInfo* ScoreCatalogue::find(const ScoreKey& key) const {
  const auto place = places_.find(key);
  return place == places_.end() ? nullptr : &scores_[place->second];
}

const ScoreInfo* ScoreCatalogue::find_or_any_part(const ScoreKey& key) const {
  const ScoreInfo* own = find(key);
  return own != nullptr ? own : find({key.name, "*"});
}

Direction ScoreCatalogue::direction(const ScoreKey& key) const {
  const ScoreInfo* info = find_or_any_part(key);
  return info == nullptr ? Direction::none : info->direction;
}

std::vector<std::string> ScoreCatalogue::ranked() const {
  std::vector<std::string> keys;
  for (const ScoreInfo& info : scores_)
    if (info.direction != Direction::none && info.part != "*") keys.push_back(info.key().text());
  return keys;
}

std::string ScoreCatalogue::column_head(const ScoreKey& key) const {
  const ScoreInfo* info = find(key);
  return info != nullptr ? info->column_head() : key.text();
}

std::vector<ScoreInfo> ScoreCatalogue::default_columns() const {
  std::vector<ScoreInfo> columns;
  for (const auto& [key, place] : places_)
    if (scores_[place].default_column != 0) columns.push_back(scores_[place]);
  std::ranges::stable_sort(columns, {}, &ScoreInfo::default_column);
  return columns;
}

const ScoreCatalogue& score_catalogue() {
  static const ScoreCatalogue all([] {
    std::vector<ScoreInfo> scores;
    add_registered<Metric>(scores);
    add_registered<CrossMetric>(scores);
    return scores;
  }());
  return all;
}

}  // namespace predcorr
