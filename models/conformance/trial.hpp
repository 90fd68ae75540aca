// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "core/plugins/conformance.hpp"
#include "models/conformance/cases.hpp"
#include "models/model.hpp"

namespace predcorr::conformance {

/// One model under test. What it throws becomes a Failure that says what it was doing.
class Trial {
 public:
  /// @param model must outlive the trial  @param seed of all fits
  Trial(const Model& model, std::uint64_t seed) : model_(model), seed_(seed) {}

  const Model& model() const { return model_; }

  using Fit = std::unique_ptr<const Posterior>;

  /// @param on what the data are, for messages  @param other_seed fits with the next seed instead
  Fit fit(const CheckData& data, const std::string& on, bool other_seed = false) const;
  Fit refit(const Posterior& previous, const CheckData& data, const std::string& on) const;
  JointPrediction predict(const Posterior& posterior, const Matrix& query, const std::string& of) const;

  /// The fit to training_data() that most checks share; made when first asked for.
  const Posterior& fitted();

  /// Its prediction of query().
  JointPrediction joint();
  static Matrix query() { return query_points(9); }

 private:
  const Model& model_;
  std::uint64_t seed_;
  Fit fitted_;
};

/// Fits, predicts and looks for what is unsound. @throws Failure
JointPrediction sound_prediction(const Trial& trial, const CheckData& data, const Matrix& query, const std::string& on);

/// The same for data that a model may refuse: fit throws an Error of kind data or config or, where that is asked too,
/// numerical. Returns what is worth a note.  @throws Failure
std::string sound_or_refused(const Trial& trial, const CheckData& data, const Matrix& query, const std::string& on,
                             bool or_numerical = false);

}  // namespace predcorr::conformance
