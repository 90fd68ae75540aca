// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "results/store/prediction_file.hpp"

namespace predcorr {

/// Which test points a prediction is of, without telling them: SHA-256 of the row numbers (int64), and of the targets
/// as whole multiples (int64) of the largest power of two below 1/512 of the largest |target|. Drawn data differs from
/// machine to machine in its last digits, so the targets' own bits would tie a pool to one kind of processor; what such
/// a step could hide shows in the hash of the data's content, or in its parameters.
struct TestHashes {
  std::string rows, targets;
};
TestHashes test_hashes(const StoredPrediction& stored);

/// The test points of one data set at one seed, which all predictions that are judged together must share.
class SharedTestPoints {
 public:
  /// Those of the first prediction that is added.  @param problem what messages begin with: "toy-3 seed 2"
  explicit SharedTestPoints(std::string problem) : problem_(std::move(problem)) {}
  /// Those of a frozen pool.  @param whose "pool toy-v1"
  SharedTestPoints(std::string problem, std::string whose, TestHashes hashes)
      : problem_(std::move(problem)), whose_(std::move(whose)), hashes_(std::move(hashes)) {}

  /// @throws Error (data) if the model's prediction is of other rows or targets
  void add(const std::string& model, const StoredPrediction& stored);

  const TestHashes& hashes() const { return hashes_; }

 private:
  std::string problem_, whose_;
  TestHashes hashes_;
};

}  // namespace predcorr
