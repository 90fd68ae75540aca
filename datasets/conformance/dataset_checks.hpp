// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "core/plugins/conformance.hpp"
#include "datasets/dataset_source.hpp"

namespace predcorr::conformance {

/// One data set under test.
class DatasetTrial {
 public:
  /// @param source must outlive the trial  @param seed of the data  @param folders where files are looked for
  DatasetTrial(const DatasetSource& source, std::uint64_t seed, std::vector<std::filesystem::path> folders = {})
      : source_(source), seed_(seed), folders_(std::move(folders)) {}

  const DatasetSource& source() const { return source_; }

  /// Under the modern protocol, as suites ask.
  DataRequest request(bool other_seed = false) const;

  /// What load gives for request(), which most checks ask about; loaded when first asked for.
  const Dataset& data();

  /// Loads anew. What the source throws becomes a Failure that says so.
  Dataset load(const DataRequest& request) const;
  Split split(const Dataset& data, const DataRequest& request) const;

 private:
  const DatasetSource& source_;
  std::uint64_t seed_;
  std::vector<std::filesystem::path> folders_;
  std::optional<Dataset> data_;
};

using DatasetCheck = CheckOf<DatasetTrial>;

/// Sizes, numbers, names, splits, seeds, the truth. Cost: some five loads, and n^3 once where the truth is known.
const std::vector<DatasetCheck>& dataset_checks();

/// All, as questions about one trial, which must outlive them.
std::vector<Question> dataset_questions(DatasetTrial& trial);

}  // namespace predcorr::conformance
