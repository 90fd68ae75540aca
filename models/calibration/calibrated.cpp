// SPDX-License-Identifier: Apache-2.0
#include "models/calibration/calibrated.hpp"

#include <cmath>

namespace predcorr::models {
namespace {

constexpr double kSilentShare = 1e-6;  // of the held-out sigmas' RMS: less is rounding, of float factors above all
constexpr Index kGroupRows = 200;      // that joint likelihoods are taken of

}  // namespace

EnumWords<CalibratedSigma> words_of(CalibratedSigma) {
  return {{"observed", CalibratedSigma::observed}, {"latent", CalibratedSigma::latent}};
}

EnumWords<CorrelationTreatment> words_of(CorrelationTreatment) {
  return {{"keep", CorrelationTreatment::keep},
          {"shrink", CorrelationTreatment::shrink},
          {"independent", CorrelationTreatment::independent}};
}

JointPrediction Calibration::uncalibrated(JointPrediction base) const {
  if (which == CalibratedSigma::latent) base.noise_variance.setZero();
  return base;
}

JointPrediction Calibration::operator()(const JointPrediction& base) const {
  const JointPrediction p = uncalibrated(base);
  const Vector uc = p.observed_variance().cwiseSqrt(), cal = sigma.map(uc);
  const double silent =
      sigma_uc.size() > 0 ? kSilentShare * sigma_uc.norm() / std::sqrt(static_cast<double>(sigma_uc.size())) : 0.0;
  Vector factors(p.size()), added = Vector::Zero(p.size());
  for (Index i = 0; i < p.size(); ++i) {
    const bool speaks = uc(i) > silent && uc(i) > 1e-12 * cal(i);
    factors(i) = speaks ? cal(i) / uc(i) : 0.0;
    if (!speaks) added(i) = cal(i) * cal(i);
  }
  JointPrediction calibrated = p.with_deviations_times(factors);
  calibrated.noise_variance += added;
  calibrated.latent = calibrated.latent.with_correlations_times(correlation.gamma);
  return calibrated;
}

Calibration calibrate(const Model& base, const TrainingData& data, const CalibrationOptions& options,
                      const Stream& stream, const PrivilegedData& privileged) {
  const CrossValidation held_out =
      cross_validate(base, data, options.held_out, stream.fork("cross-validation"), privileged);
  Calibration c;
  c.which = options.sigma;
  c.rows = held_out.rows;
  c.residual = held_out.residual;
  c.sigma_uc = c.which == CalibratedSigma::latent ? held_out.latent_stddev : held_out.observed_stddev;
  const Vector weights = data.weights.size() > 0 ? Vector(data.weights(c.rows)) : Vector();
  c.sigma = fit_sigma_map(options.form, c.residual, c.sigma_uc, weights);
  c.sigma_cal = c.sigma.map(c.sigma_uc);
  if (options.correlation == CorrelationTreatment::independent) c.correlation.gamma = 0;
  if (options.correlation == CorrelationTreatment::shrink) {
    std::vector<StandardisedGroup> groups;
    for (const HeldOut& part : held_out.parts)
      groups.push_back(standardised_group(c(part.prediction), data.targets(part.rows) - part.prediction.mean));
    c.correlation = fit_correlation_shrinkage(groups);
  }
  return c;
}

Diagnostics CalibratedPosterior::diagnostics() const {
  const SigmaFit& fit = calibration_.sigma;
  const auto rows = static_cast<double>(fit.rows);
  Diagnostics all = {{"calibration_rows", rows},
                     {"nll_before", fit.nll_before},
                     {"nll_after", fit.nll_after},
                     {"r_mean_before", fit.r_before.mean},
                     {"r_mean_after", fit.r_after.mean},
                     {"r_std_before", fit.r_before.stddev},
                     {"r_std_after", fit.r_after.stddev},
                     {"zero_sigma_share", static_cast<double>(fit.zero_sigmas) / rows},
                     {"clamped_share", static_cast<double>(fit.bounded) / rows},
                     {"correlation_shrinkage", calibration_.correlation.gamma}};
  switch (fit.map.form) {
    case SigmaForm::linear:
    case SigmaForm::scale:
      all["calibration_a"] = fit.map.a;
      all["calibration_b"] = fit.map.b;
      break;
    case SigmaForm::power:
      all["calibration_coefficient"] = fit.map.coefficient;
      all["calibration_exponent"] = fit.map.exponent;
      break;
    case SigmaForm::isotonic:
      all["calibration_knots"] = static_cast<double>(fit.map.knots.size());
      all["calibration_least_sigma"] = fit.map(0.0);
      break;
  }
  if (fit.unconstrained) {
    all["unconstrained_a"] = fit.unconstrained->a;
    all["unconstrained_b"] = fit.unconstrained->b;
  }
  for (const auto& [name, value] : base_->diagnostics()) all["base_" + name] = value;
  std::erase_if(all, [](const auto& entry) { return !std::isfinite(entry.second); });
  return all;
}

namespace {

struct CalibratedParameters {
  Nested<Model> base;
  SigmaForm form = SigmaForm::linear;
  int folds = 5;
  int repeats = 1;
  CorrelationTreatment correlation = CorrelationTreatment::keep;
  CalibratedSigma sigma = CalibratedSigma::observed;

  CalibrationOptions options() const { return {form, sigma, correlation, {folds, repeats, kGroupRows}}; }

  static Fields<CalibratedParameters> fields() {
    using P = CalibratedParameters;
    return {field("base", &P::base, any_value(), "model whose standard deviations are calibrated"),
            field("form", &P::form,
                  "sigma_cal as a function of sigma_uc: a sigma + b, a sigma, c sigma^p, or any that does not fall"),
            field("folds", &P::folds, between(2, 1000), "parts of the training rows, each held out once"),
            field("repeats", &P::repeats, between(1, 1000), "times the rows are dealt into folds anew"),
            field("correlation", &P::correlation,
                  "correlations of y: the base's, or shrunk towards 0 by a factor learned from held-out rows, or none"),
            field("sigma", &P::sigma,
                  "which standard deviation is calibrated: that of y, or that of f alone, the base's noise dropped")};
  }
};

/// Calibration after bootstrap (Palmer et al. 2022), around any model and for joint predictions.
/// The base is fitted to all training rows; k-fold cross-validation on the same rows gives residuals and sigma_uc of
/// rows not trained on; sigma_cal = map(sigma_uc) is what makes r = residual / sigma_cal most likely standard normal.
/// The prediction has sigma_cal as its standard deviations of y, and the base's correlations, or those times a gamma in
/// [0, 1] that makes the held-out rows of each fold, in groups of at most 200, most likely together.
/// Departures from the study: by default sigma_uc is the standard deviation of y, since most models here predict noise
/// of their own (`sigma: latent` is the study's); a >= 0 and sigma_cal > 0 are insisted on, and what the free fit would
/// have given is in the diagnostics; the calibrated prediction is joint. With `sigma: latent` all of y's variance is
/// f's, so with fewer members than points y's covariance is singular unless correlations are shrunk.
/// Evaluation is nested as it should be: a suite's test rows are seen neither by the base nor by the map.
/// A weight counts a row that many times, in the base (where it takes weights) and in the map. Copies of one row stay
/// in one fold in this way; resampled copies would not.
/// Cost: folds * repeats + 1 fits of the base, and the prediction of each training row once for each repeat. Prediction
/// is as the base's.
class Calibrated : public PrivilegedModel {
 public:
  explicit Calibrated(CalibratedParameters p) : p_(std::move(p)), options_(p_.options()) {}
  ModelTraits traits() const override { return p_.base.object->traits().wrapped(); }

 private:
  std::unique_ptr<Posterior> do_fit(const PrivilegedData& privileged, const TrainingData& data,
                                    const Stream& stream) const override {
    auto base = p_.base.object->fit(data, stream.fork("base"), privileged);
    Calibration calibration = calibrate(*p_.base.object, data, options_, stream.fork("calibration"), privileged);
    return std::make_unique<CalibratedPosterior>(std::move(base), std::move(calibration));
  }

  CalibratedParameters p_;
  CalibrationOptions options_;
};

PREDCORR_REGISTER(Model, "calibrated", Calibrated, CalibratedParameters,
                  "any model, its standard deviations corrected by residuals of cross-validation",
                  "Palmer et al. 2022; Levi et al. 2022");

}  // namespace
}  // namespace predcorr::models
