// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "models/conformance/cases.hpp"
#include "models/model.hpp"

namespace predcorr::conformance {

/// Thrown by a check: what was found, with numbers.
struct Failure {
  std::string detail;
  std::optional<ErrorKind> thrown = {};  ///< by the model, if it was an Error, and of which kind
  bool fitting = false;                  ///< thrown by fit or refit
  bool plain = false;  ///< the fit to training_data() or its prediction failed already: no check's own question
};

/// Thrown by a check that has nothing to ask of this model.
struct NotApplicable {
  std::string reason;
};

/// One model under test. What it throws becomes a Failure that says what it was doing.
class Trial {
 public:
  /// @param model must outlive the trial  @param seed of all fits
  Trial(const Model& model, std::uint64_t seed) : model_(model), seed_(seed) {}

  const Model& model() const { return model_; }

  using Fit = std::unique_ptr<const Posterior>;

  /// @param on what the data are, for messages  @param other_seed fits with the next seed instead
  Fit fit(const TrainingData& data, const std::string& on, bool other_seed = false) const;
  Fit refit(const Posterior& previous, const TrainingData& data, const std::string& on) const;
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

/// @throws Failure if the text is not empty: "subject: text"
void expect_none(const std::string& text, const std::string& subject);

/// Fits, predicts and looks for what is unsound. @throws Failure
JointPrediction sound_prediction(const Trial& trial, const TrainingData& data, const Matrix& query,
                                 const std::string& on);

/// The same for data that a model may refuse: fit throws an Error of kind data or config or, where that is asked too,
/// numerical. Returns what is worth a note.  @throws Failure
std::string sound_or_refused(const Trial& trial, const TrainingData& data, const Matrix& query, const std::string& on,
                             bool or_numerical = false);

}  // namespace predcorr::conformance
