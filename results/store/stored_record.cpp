// SPDX-License-Identifier: Apache-2.0
#include "results/store/stored_record.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "metrics/scale.hpp"

namespace predcorr {
namespace {

/// The one that is there under this key, or a new one.
template <class T, class Make>
std::shared_ptr<const T> shared_part(std::map<std::string, std::shared_ptr<const T>>& parts, const std::string& key,
                                     const Make& make) {
  std::shared_ptr<const T>& part = parts[key];
  if (!part) part = std::make_shared<const T>(make());
  return part;
}

std::string names_of(const std::vector<Score>& scores) {
  std::string names;
  for (const Score& score : scores) names += score.name + '\t' + score.part + '\n';
  return names;
}

/// Everything of the rounds that StoredRecord::rounds gives back but for the values.
std::string names_of(const std::vector<LearningRound>& rounds) {
  std::string names;
  for (const LearningRound& round : rounds) {
    names += std::to_string(round.n_train) + '\n';
    for (const auto& [predictor, scores] : round.scores) names += predictor + '\n' + names_of(scores) + '\f';
    if (!round.stopped) continue;
    names += "stopped " + round.stopped->rule;
    for (const Index n : round.stopped->n_train) names += ' ' + std::to_string(n);
  }
  return names;
}

std::string names_of(const std::vector<ScoreExpectation>& expectations) {
  std::string names;
  for (const ScoreExpectation& e : expectations)
    names += e.key.name + '\t' + e.key.part + '\t' + std::to_string(e.draws) + '\n';
  return names;
}

std::vector<ScoreExpectation> without_values(std::vector<ScoreExpectation> expectations) {
  for (ScoreExpectation& e : expectations) e = {.key = std::move(e.key), .draws = e.draws};
  return expectations;
}

std::vector<Score> without_values(std::vector<Score> scores) {
  for (Score& score : scores) score.value.reset(), score.reason.clear();
  return scores;
}

std::vector<LearningRound> without_values(std::vector<LearningRound> rounds) {
  for (LearningRound& round : rounds) {
    round.acquired.clear();
    round.gain.reset();
    for (auto& [predictor, scores] : round.scores) scores = without_values(std::move(scores));
  }
  return rounds;
}

}  // namespace

void StoredRecord::Values::add(const Score& score, SharedParts& shared) {
  numbers.push_back(score.value.value_or(std::numeric_limits<double>::quiet_NaN()));
  if (!score.value) reasons.push_back(shared_part(shared.reasons, score.reason, [&] { return score.reason; }));
}

void StoredRecord::Values::fit() {
  numbers.shrink_to_fit();
  reasons.shrink_to_fit();
}

/// Hands the values back, one after the other.
class StoredRecord::Filler {
 public:
  explicit Filler(const Values& values) : values_(values) {}

  void fill(std::vector<Score>& scores) {
    for (Score& score : scores) {
      const double number = values_.numbers[number_++];
      if (std::isnan(number))
        score.reason = *values_.reasons[reason_++];
      else
        score.value = number;
    }
  }

 private:
  const Values& values_;
  std::size_t number_ = 0, reason_ = 0;
};

StoredRecord::StoredRecord(Record&& record, const Store& store, SharedParts& shared)
    : id(cell_id(record.identity)),
      seed(record.seed()),
      failed(record.failed),
      failure_kind(std::move(record.failure_kind)),
      failure_reason(std::move(record.failure_reason)),
      warnings(std::move(record.warnings)),
      n_train(record.n_train),
      n_pool(record.n_pool),
      n_test(record.n_test),
      cost(record.cost),
      prediction(std::move(record.prediction)),
      made_by(std::move(record.made_by)),
      store_(&store) {
  record.identity.erase("seed");
  configuration = configuration_id(record.identity);
  identity_ = shared_part(shared.identities, configuration, [&] { return std::move(record.identity); });
  for (const Score& score : record.scores) score_values_.add(score, shared);
  for (const LearningRound& round : record.rounds)
    for (const auto& [predictor, scores] : round.scores)
      for (const Score& score : scores) round_values_.add(score, shared);
  score_values_.fit();
  round_values_.fit();
  if (!record.expectations.empty()) {
    for (const ScoreExpectation& e : record.expectations) {
      const int exponent = metrics::even_exponent(std::max(std::abs(e.mean), e.sd));
      expected_.push_back({static_cast<float>(std::ldexp(e.mean, -exponent)),
                           static_cast<float>(std::ldexp(e.sd, -exponent)), static_cast<std::int16_t>(exponent),
                           static_cast<std::uint16_t>(std::lround(e.tail * static_cast<double>(1 + e.draws)))});
    }
    expected_.shrink_to_fit();
    expectation_keys_ = shared_part(shared.expectations, names_of(record.expectations),
                                    [&] { return without_values(std::move(record.expectations)); });
  }
  score_names_ =
      shared_part(shared.scores, names_of(record.scores), [&] { return without_values(std::move(record.scores)); });
  round_names_ =
      shared_part(shared.rounds, names_of(record.rounds), [&] { return without_values(std::move(record.rounds)); });
}

std::vector<Score> StoredRecord::scores() const {
  std::vector<Score> all = *score_names_;
  Filler(score_values_).fill(all);
  return all;
}

std::vector<ScoreExpectation> StoredRecord::expectations() const {
  if (!expectation_keys_) return {};
  std::vector<ScoreExpectation> all = *expectation_keys_;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Expected& e = expected_[i];
    all[i].mean = std::ldexp(static_cast<double>(e.mean), e.exponent);
    all[i].sd = std::ldexp(static_cast<double>(e.sd), e.exponent);
    all[i].tail = static_cast<double>(e.multiple) / static_cast<double>(1 + all[i].draws);
  }
  return all;
}

std::vector<LearningRound> StoredRecord::rounds() const {
  std::vector<LearningRound> all = *round_names_;
  Filler filler(round_values_);
  for (LearningRound& round : all)
    for (auto& [predictor, scores] : round.scores) filler.fill(scores);
  return all;
}

}  // namespace predcorr
