// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "models/bnn/engine/function_draws.hpp"
#include "models/model.hpp"

namespace predcorr::models {

/// The posterior that kept networks are: an ensemble's members, a sampler's draws.
class DrawsPosterior : public Posterior {
 public:
  /// @param draws two networks or more
  /// @param noise_variance where the network has one output: of draws that have their own the mean, since the variance
  ///   of a mixture about its components' means is the mean of theirs; with two outputs the second gives it
  DrawsPosterior(std::vector<NetworkDraws> draws, double noise_variance, Diagnostics diagnostics,
                 std::vector<std::string> warnings = {})
      : draws_(std::move(draws)),
        noise_variance_(noise_variance),
        diagnostics_(std::move(diagnostics)),
        warnings_(std::move(warnings)) {}

  Diagnostics diagnostics() const override { return diagnostics_; }
  std::vector<std::string> warnings() const override { return warnings_; }

 private:
  JointPrediction do_predict(const Matrix& query) const override {
    return predict_draws(draws_, query, noise_variance_);
  }

  std::vector<NetworkDraws> draws_;
  double noise_variance_;
  Diagnostics diagnostics_;
  std::vector<std::string> warnings_;
};

}  // namespace predcorr::models
