// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "models/calibration/calibrated.hpp"

namespace predcorr {

inline constexpr const char* kCalibrationSchema = "predcorr/calibration/1";

/// A score that a prediction may have, or why it has none.
struct ScoreOrReason {
  std::optional<double> value;
  std::string reason;
};

/// A score over the rows of all folds, of the model as it is and of its calibration.
struct CalibrationScore {
  std::string key;
  ScoreOrReason before, after;
};

/// What `predcorr calibrate` found.
struct CalibrationReport {
  struct Data {
    std::string file, sha256;
    Index rows = 0;
    std::vector<std::string> inputs;
    std::string target;
    std::vector<std::string> notes;  ///< on how the table was read
  } data;
  std::string model;  ///< always "calibrated", whose parameters say of what
  Json parameters;
  std::uint64_t seed = 0;

  std::size_t folds = 0;  ///< of the cross-validation that judges
  std::vector<CalibrationScore> scores;
  OrderedJson curves_before = OrderedJson::object(),
              curves_after = OrderedJson::object();  ///< by metric, see Metric::curves

  models::Calibration calibration;  ///< in the model's units
  double target_scale = 1;          ///< units of the target in a unit of the model
  std::vector<std::string> notes;   ///< what people should know about the fit of the map besides its numbers

  struct Predicted {
    std::string file;
    Index rows = 0;
    std::vector<std::string> notes;
  };
  std::optional<Predicted> predictions;  ///< nothing where no rows were to be predicted
  Json provenance;

  const CalibrationScore* find(const std::string& key) const;  ///< null for none
};

/// report.json. Shape: results/schema/calibration.schema.json.
OrderedJson to_json(const CalibrationReport& report);

/// The same for people: what the error bars were worth before and after, how they are calibrated, and what to make of
/// it.
std::string calibration_markdown(const CalibrationReport& report);

}  // namespace predcorr
