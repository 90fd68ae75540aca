// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "metrics/metric.hpp"
#include "results/frozen_pools/reference_file.hpp"
#include "results/store/test_points.hpp"

namespace predcorr {

inline constexpr const char* kReferencesSchema = "predcorr/references/1";

/// Predictions of some models, stored once and never changed: cross metrics that have these alone as references give a
/// model the same number whoever else is in its run. A folder with pool.json (shape:
/// results/schema/references.schema.json) and a file for each data set, seed and model; `freeze_references` makes it.
class ReferencePool {
 public:
  /// Reads pool.json; predictions are read when they are asked for.
  /// @throws Error (io) if there is no pool in the folder, (config) if another predcorr wrote it, (data) if it is
  /// damaged
  static ReferencePool open(const std::filesystem::path& folder);

  const std::string& name() const { return name_; }
  int version() const { return version_; }
  std::string title() const;                             ///< "toy-v1"
  const std::string& sha256() const { return sha256_; }  ///< of pool.json, which has those of all other files
  const std::vector<std::string>& models() const { return models_; }

  /// What tables and parts of scores call a frozen model: "gp (toy-v1)", so that the run's own "gp" stays apart.
  std::string label_of(const std::string& model) const;

  Precision precision() const { return precision_; }

  /// Why the pool cannot judge a data set at a seed; empty where it can.
  /// @param dataset the run's label; data is found by its identity, whatever it is called
  /// @param identity a record's: which data and protocol the label stands for
  /// @throws Error (data) if the pool has other data under the label
  std::string why_absent(const std::string& dataset, const Json& identity, std::uint64_t seed) const;

  /// The frozen models' predictions of the test points, in the order of models(). Only where why_absent is empty.
  /// @throws Error (io, data) if a file is not, byte for byte, the one that was frozen
  std::vector<Contender> contenders(const std::string& dataset, const Json& identity, std::uint64_t seed) const;

  /// @param model whose prediction it is, for messages  @throws Error (data) if it is of other rows or targets than the
  /// pool's. Only where why_absent is empty.
  void check_test_points(const std::string& dataset, const Json& identity, std::uint64_t seed, const std::string& model,
                         const StoredPrediction& stored) const;

 private:
  struct FrozenFile {
    std::string name, sha256;
  };
  struct FrozenSeed {
    TestHashes test;
    Index n_test = 0;
    std::map<std::string, FrozenFile> predictions;  // by model
  };
  struct FrozenData {
    Json identity;  // "dataset" and "protocol", as a record's
    std::map<std::uint64_t, FrozenSeed> seeds;
  };

  void read(const Json& json);
  const FrozenData* find(const std::string& dataset, const Json& identity, std::uint64_t seed) const;
  const FrozenSeed& at(const std::string& dataset, const Json& identity, std::uint64_t seed) const;

  std::filesystem::path folder_;
  std::string name_, sha256_;
  int version_ = 0;
  Precision precision_ = Precision::single;
  std::vector<std::string> models_;
  std::map<std::string, FrozenData> datasets_;  // by label
};

/// "toy-v1": the folder of a version of a pool.
std::string pool_title(const std::string& name, int version);

}  // namespace predcorr
