// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "models/calibration/correlation_shrinkage.hpp"
#include "models/calibration/sigma_map.hpp"
#include "models/resampling/cross_validation.hpp"

namespace predcorr::models {

/// Which standard deviation is calibrated.
enum class CalibratedSigma {
  observed,  ///< that of y: latent variance and noise
  latent     ///< that of f alone, as Palmer et al. 2022 have it (the members' spread); the base's noise is dropped
};
EnumWords<CalibratedSigma> words_of(CalibratedSigma);

enum class CorrelationTreatment { keep, shrink, independent };
EnumWords<CorrelationTreatment> words_of(CorrelationTreatment);

struct CalibrationOptions {
  SigmaForm form = SigmaForm::linear;
  CalibratedSigma sigma = CalibratedSigma::observed;
  CorrelationTreatment correlation = CorrelationTreatment::keep;
  CrossValidationOptions held_out;  ///< most_rows: of the groups that joint likelihoods are taken of
};

/// What calibration learned from rows held out, and how it changes a prediction of the base.
struct Calibration {
  CalibratedSigma which = CalibratedSigma::observed;
  SigmaFit sigma;                    ///< the map sigma_uc -> sigma_cal, and what it did to the rows held out
  CorrelationShrinkage correlation;  ///< gamma is what is applied: 1 where kept, 0 where independent
  // The rows held out, fold by fold, once for each repeat.
  Rows rows;
  Vector residual, sigma_uc, sigma_cal;  ///< r before and after is residual over the one or the other

  /// The base's prediction with only the noise that counts: without any where f's standard deviation is calibrated.
  JointPrediction uncalibrated(JointPrediction base) const;

  /// Standard deviations sigma_cal and correlations as learned, in the base's form. A point whose sigma_uc is 0 (or
  /// rounding: below a millionth of those held out) has no correlations that could be kept; its variance is noise.
  JointPrediction operator()(const JointPrediction& base) const;
};

/// Learns the calibration of `base` from cross-validation on `data`. Cost: folds * repeats fits.
/// @throws what the fits and cross_validate throw
Calibration calibrate(const Model& base, const TrainingData& data, const CalibrationOptions& options,
                      const Stream& stream, const PrivilegedData& privileged = {});

/// The base fitted to all training rows, and the calibration of its predictions. Whoever wants to show both casts to
/// it: `predict` gives the calibrated prediction, `uncalibrated` what it was made from.
class CalibratedPosterior : public Posterior {
 public:
  CalibratedPosterior(std::unique_ptr<const Posterior> base, Calibration calibration)
      : base_(std::move(base)), calibration_(std::move(calibration)) {}

  const Posterior& base() const { return *base_; }
  const Calibration& calibration() const { return calibration_; }
  JointPrediction uncalibrated(const Matrix& query) const { return calibration_.uncalibrated(base_->predict(query)); }

  /// What was fitted, before and after, and the base's own under "base_...". What is not a number is left out.
  Diagnostics diagnostics() const override;
  std::vector<std::string> warnings() const override { return base_->warnings(); }
  std::string log() const override { return base_->log(); }

 private:
  JointPrediction do_predict(const Matrix& query) const override { return calibration_(base_->predict(query)); }

  std::unique_ptr<const Posterior> base_;
  Calibration calibration_;
};

}  // namespace predcorr::models
