// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "models/bnn/function_draws.hpp"
#include "models/model.hpp"

namespace predcorr::models {

/// The posterior that kept networks of one shape are: an ensemble's members, a sampler's draws.
class DrawsPosterior : public Posterior {
 public:
  /// @param draws a network's weights in each column: parameter_count x count, count >= 2
  /// @param noise_variance where the network has one output; with two the second gives it
  DrawsPosterior(Network network, MatrixF draws, double noise_variance, Diagnostics diagnostics)
      : network_(std::move(network)),
        draws_(std::move(draws)),
        noise_variance_(noise_variance),
        diagnostics_(std::move(diagnostics)) {}

  Diagnostics diagnostics() const override { return diagnostics_; }

 private:
  JointPrediction do_predict(const Matrix& query) const override {
    return predict_draws(network_, query, draws_, noise_variance_);
  }

  Network network_;
  MatrixF draws_;
  double noise_variance_;
  Diagnostics diagnostics_;
};

}  // namespace predcorr::models
