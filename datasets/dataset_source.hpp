// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "core/plugins/registry.hpp"
#include "datasets/dataset.hpp"
#include "datasets/split.hpp"

namespace predcorr {

/// What a source is asked for: one data set at one seed.
struct DataRequest {
  Protocol protocol;
  std::uint64_t seed = 1;
  std::vector<std::filesystem::path> folders;  ///< where files are looked for, in order

  /// Randomness of the data: the same for every model.
  Stream stream(const std::string& dataset) const { return Stream(seed).fork("data").fork(dataset); }
};

/// Something a suite's "datasets" can name: a catalogue entry, a user's file, a generator.
/// The hardest users: a CSV that is the same for every seed; a toy whose function is drawn anew for every seed; the
/// study's toy, whose splits follow a rule of its own.
class DatasetSource : public Plugin {
 public:
  static constexpr const char* kKind = "dataset";
  virtual ~DatasetSource() = default;

  /// SHA-256 of the content that parameters and seed do not decide, i.e. of the file; empty for generators.
  virtual std::string content_hash(const DataRequest&) const { return ""; }

  /// Whether `load` gives the same for every seed, as a file's reader does: a run then loads it once.
  virtual bool is_file() const { return false; }

  /// What `load` and `split` return, checked: sizes that fit, finite numbers, targets that vary; rows that there are,
  /// none in two parts.  @throws Error (internal) that names the source, and theirs
  Dataset loaded(const DataRequest& request) const;
  Split checked_split(const Dataset& data, const DataRequest& request) const;

  /// The rows. A file gives the same for every seed.  @throws Error (data, io)
  virtual Dataset load(const DataRequest& request) const = 0;

  /// Train, pool and test rows; by default the protocol's rule.
  virtual Split split(const Dataset& data, const DataRequest& request) const;

  /// Whether loaded data sets carry their truth.
  virtual bool knows_truth() const { return false; }

  /// Whether inputs and targets are standardised for the models. The study's toy problem is not.
  virtual bool standardises(const DataRequest&) const { return true; }
};

}  // namespace predcorr
