// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "models/bnn/engine/function_draws.hpp"
#include "models/model.hpp"

namespace predcorr::models {

/// The posterior that kept networks of one shape are: an ensemble's members, a sampler's draws.
class DrawsPosterior : public Posterior {
 public:
  /// @param draws a network's weights in each column: parameter_count x count, count >= 2
  /// @param noise_variance where the network has one output: of draws that have their own the mean, since the variance
  ///   of a mixture about its components' means is the mean of theirs; with two outputs the second gives it
  DrawsPosterior(Network network, MatrixF draws, double noise_variance, Diagnostics diagnostics,
                 std::vector<std::string> warnings = {})
      : network_(std::move(network)),
        draws_(std::move(draws)),
        noise_variance_(noise_variance),
        diagnostics_(std::move(diagnostics)),
        warnings_(std::move(warnings)) {}

  Diagnostics diagnostics() const override { return diagnostics_; }
  std::vector<std::string> warnings() const override { return warnings_; }

 private:
  JointPrediction do_predict(const Matrix& query) const override {
    return predict_draws(network_, query, draws_, noise_variance_);
  }

  Network network_;
  MatrixF draws_;
  double noise_variance_;
  Diagnostics diagnostics_;
  std::vector<std::string> warnings_;
};

}  // namespace predcorr::models
