// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <map>
#include <string>

#include "results/requests/score_source.hpp"
#include "tests/support/reference.hpp"

namespace predcorr::test {

/// What is known of them.
inline const ScoreCatalogue kMadeUpCatalogue({{.name = "up", .direction = Direction::higher},
                                              {.name = "down", .direction = Direction::lower},
                                              {.name = "flat"}});

/// Scores that a test writes by hand: by data set, model and score.
class MadeUpScores {
 public:
  /// Data sets and models come in the order in which they are first named.
  SeedValues& at(const std::string& dataset, const std::string& model, const std::string& score) {
    if (std::ranges::find(source_.datasets, dataset, &SourceDataset::label) == source_.datasets.end())
      source_.datasets.push_back({dataset, 0});
    if (std::ranges::find(source_.models, model) == source_.models.end()) source_.models.push_back(model);
    return values_[dataset][model][ScoreKey::parse(score)];
  }
  void set_overlap(const std::string& dataset, double overlap) {
    std::ranges::find(source_.datasets, dataset, &SourceDataset::label)->overlap = overlap;
  }

  /// The object must outlive it.
  ScoreSource source() const {
    ScoreSource source = source_;
    source.find = [this](const std::string& dataset, const std::string& model,
                         const ScoreKey& key) -> const SeedValues* {
      const auto d = values_.find(dataset);
      if (d == values_.end()) return nullptr;
      const auto m = d->second.find(model);
      if (m == d->second.end()) return nullptr;
      const auto s = m->second.find(key);
      return s == m->second.end() || s->second.empty() ? nullptr : &s->second;
    };
    return source;
  }

 private:
  ScoreSource source_;
  std::map<std::string, std::map<std::string, std::map<ScoreKey, SeedValues>>> values_;
};

/// A list as the values of seeds 1, 2, ...
inline SeedValues by_seed(const Json& list) {
  SeedValues values;
  for (std::size_t i = 0; i < list.size(); ++i) values[i + 1] = list[i].get<double>();
  return values;
}

/// The scores of board_request_reference.json.
inline MadeUpScores reference_scores() {
  MadeUpScores scores;
  for (const auto& [dataset, entry] : reference("board_request_reference.json").at("datasets").items()) {
    for (const auto& [score, models] : entry.at("scores").items())
      for (const auto& [model, values] : models.items()) scores.at(dataset, model, score) = by_seed(values);
    scores.set_overlap(dataset, entry.at("overlap").get<double>());
  }
  return scores;
}

}  // namespace predcorr::test
