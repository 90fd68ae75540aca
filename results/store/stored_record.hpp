// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "results/store/store.hpp"

namespace predcorr {

/// What many records of a run have in common, so that it is kept once.
struct SharedParts {
  std::map<std::string, std::shared_ptr<const Json>> identities;            ///< but for the seed, by configuration_id
  std::map<std::string, std::shared_ptr<const std::vector<Score>>> scores;  ///< without values, by their names
  /// Keys and draws, by both.
  std::map<std::string, std::shared_ptr<const std::vector<ScoreExpectation>>> expectations;
  std::map<std::string, std::shared_ptr<const std::vector<LearningRound>>> rounds;  ///< likewise
  std::map<std::string, std::shared_ptr<const std::string>> reasons;
};

/// What results use of a record, and the run folder it lies in: some kilobyte, a tenth of the record, and 12 bytes for
/// each score that has an expectation, which are 0.7 kB where all metrics were asked. Curves, log,
/// diagnostics and the rows that were acquired stay in the file.
class StoredRecord {
 public:
  /// @param store must outlive it  @param shared what it may share with other records
  StoredRecord(Record&& record, const Store& store, SharedParts& shared);

  std::string id;             ///< as cell_id gives
  std::string configuration;  ///< as configuration_id gives
  std::uint64_t seed = 0;
  bool failed = false;
  std::string failure_kind, failure_reason;
  std::vector<std::string> warnings;
  Index n_train = 0, n_pool = 0, n_test = 0;
  Cost cost;
  std::optional<PredictionFile> prediction;
  std::string made_by;

  const Json& identity() const { return *identity_; }  ///< without "seed"

  /// As the record has them. Made anew by each call.
  std::vector<Score> scores() const;
  std::vector<LearningRound> rounds() const;  ///< without `acquired` and `gain`

  /// Mean and sd to seven digits of the larger one. Empty where the record has none. Made anew by each call.
  std::vector<ScoreExpectation> expectations() const;

  /// @throws Error (io, data) if there is none, or its file is not, byte for byte, the one that the record names
  StoredPrediction stored_prediction() const { return store_->prediction_of(id, prediction); }

 private:
  /// Of scores in a row: their values, NaN where there is none, and of those the reasons.
  struct Values {
    std::vector<double> numbers;
    std::vector<std::shared_ptr<const std::string>> reasons;

    void add(const Score& score, SharedParts& shared);
    void fit();
  };
  class Filler;

  /// An expectation's numbers. Tails are whole multiples of 1 / (1 + draws).
  struct Expected {
    float mean, sd;          ///< times 2^-exponent
    std::int16_t exponent;   ///< targets may be of any scale
    std::uint16_t multiple;  ///< of the tail
  };

  const Store* store_;
  std::shared_ptr<const Json> identity_;
  std::shared_ptr<const std::vector<Score>> score_names_;
  std::shared_ptr<const std::vector<LearningRound>> round_names_;
  std::shared_ptr<const std::vector<ScoreExpectation>> expectation_keys_;  ///< null where there are none
  Values score_values_, round_values_;
  std::vector<Expected> expected_;
};

}  // namespace predcorr
