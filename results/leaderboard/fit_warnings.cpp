// SPDX-License-Identifier: Apache-2.0
#include "results/leaderboard/fit_warnings.hpp"

#include "results/text/plain_text.hpp"
#include "results/text/seed_ranges.hpp"

namespace predcorr {
namespace {

struct Sentence {
  std::string pattern, text;
  std::vector<std::uint64_t> seeds;
};

std::vector<Sentence> sentences_of(const BySeed& records) {
  std::vector<Sentence> sentences;
  for (const auto& [seed, filed] : records)
    for (const std::string& text : filed->warnings) {
      const std::string pattern = without_numbers(text);
      auto same = sentences.begin();
      while (same != sentences.end() && same->pattern != pattern) ++same;
      if (same == sentences.end()) same = sentences.insert(same, {pattern, text, {}});
      if (same->seeds.empty() || same->seeds.back() != seed) same->seeds.push_back(seed);
    }
  return sentences;
}

}  // namespace

OrderedJson fit_warnings(const RunIndex& records, const std::string& dataset) {
  OrderedJson all = OrderedJson::object();
  for (const std::string& model : records.models) {
    const auto found = records.regression.find({dataset, model});
    if (found == records.regression.end()) continue;
    for (const Sentence& s : sentences_of(found->second))
      all[model].push_back({{"text", s.text}, {"seeds", seed_ranges(s.seeds)}, {"n", s.seeds.size()}});
  }
  return all;
}

}  // namespace predcorr
