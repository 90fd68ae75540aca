// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>

#include "core/plugins/registry.hpp"
#include "datasets/table.hpp"
#include "results/report/calibration_report.hpp"

namespace predcorr {

/// What `predcorr calibrate` is asked for: a table, a model, and how its error bars are calibrated.
struct CalibrationRequest {
  std::filesystem::path file;
  TableLayout layout;
  Spec model;                               ///< the model to calibrate
  std::filesystem::path model_folder = {};  ///< where files that it names are looked for
  Json options = Json::object();            ///< parameters of `calibrated` other than its base
  std::filesystem::path query;              ///< rows to predict; empty for none
  int folds = 5;                            ///< of the outer cross-validation, which no calibration sees
  std::uint64_t seed = 1;
  /// Told, before the long work, what was taken for what in the tables; the report has it too.
  std::function<void(const std::string&)> notify = {};
};

/// What comes of it.
struct CalibrationStudy {
  CalibrationReport report;  ///< without provenance
  std::string predictions;   ///< CSV: prediction, sigma before, sigma after; empty without rows to predict
};

/// Fits the calibrated model to all rows for the predictions, and to all but one fold at a time for honest scores of
/// both the model as it is and its calibration: the cross-validation is nested, so that no row is judged by a
/// calibration that has seen it. Groups of rows stay together in both; without groups, so do rows that are copies of
/// others (same inputs, same target), which would tell the answer. Rows with the same inputs and other targets are left
/// apart, since each has noise of its own, and are noted. A score that is not defined is absent, with its reason.
/// Cost: (folds + 1) (inner folds x repeats + 1) fits of the model.
/// @throws Error (data, config, io, numerical)
CalibrationStudy study_calibration(const CalibrationRequest& request);

}  // namespace predcorr
