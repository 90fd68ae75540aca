// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "models/bnn/engine/network.hpp"

namespace predcorr::test {

/// Steps of a network whose two hidden layers' second trains in 8 bits, always at the same weights and inputs.
class Int8Steps {
 public:
  /// @param period steps from one choice of the clipping value to the next
  explicit Int8Steps(int period) : network_(architecture(period)) {
    Stream stream(7);
    parameters_ = network_.initial_parameters(stream);
  }

  /// A step whose gradient is `factor` times as large.  @return the clipping value
  double step(float factor) {
    const MatrixF out = factor * network_.forward(parameters_, inputs_, work_, models::Pass::training);
    VectorF gradient(parameters_.size());
    network_.backward(out, work_, gradient);
    return network_.reports(work_).at(0).report.clip;
  }

  /// A pass between steps, as rows held out are judged.
  void look() { network_.forward(parameters_, inputs_, work_, models::Pass::prediction); }

  const models::Network& network() const { return network_; }
  const models::Network::Workspace& work() const { return work_; }

 private:
  static models::Architecture architecture(int period) {
    models::Architecture shape{6, {20, 20}, 1};
    auto options = std::make_shared<models::Int8Options>();
    options->period = period;
    shape.int8 = options;
    return shape;
  }

  models::Network network_;
  VectorF parameters_;
  models::NetworkInputs inputs_ = models::network_inputs(Stream(8).normals(30 * 6).reshaped(30, 6));
  models::Network::Workspace work_;
};

}  // namespace predcorr::test
