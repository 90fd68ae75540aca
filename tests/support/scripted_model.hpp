// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>

#include "models/model.hpp"

namespace predcorr::test {

/// What a scripted model knows when it predicts.
struct Scene {
  TrainingData data;
  Stream stream;
  int fits;  ///< how many fits the model had made, this one included
};

using Predict = std::function<JointPrediction(const Scene&, const Matrix& query)>;

/// Bayesian linear regression, exact: w ~ N(0, I), noise 0.1.
JointPrediction line(const Scene& scene, const Matrix& query);

/// What a model of a test does; as it stands, it keeps all rules.
struct Script {
  std::function<void(const TrainingData&)> on_fit = {};
  Predict predict = line;
  Predict predict_after_refit = line;
  bool takes_weights = false;
};

/// A model written in the test that needs it.
class Scripted : public Model {
 public:
  explicit Scripted(Script script) : script_(std::move(script)) {}
  ModelTraits traits() const override { return {.takes_weights = script_.takes_weights}; }

 private:
  std::unique_ptr<Posterior> do_fit(const TrainingData& data, const Stream& stream) const override;
  std::unique_ptr<Posterior> do_refit(const Posterior&, const TrainingData& data, const Stream& stream) const override;

  Script script_;
  mutable std::atomic<int> fits_ = 0;
};

}  // namespace predcorr::test
