// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/base/matrix.hpp"

namespace predcorr::models {

/// How far a logarithm may still move over the last part of a training's steps: by a tenth.
constexpr double kLargestTrustedMove = 0.1;

/// Watches the logarithm of a hyper-parameter that gradient steps learn, in order to say if they ended too soon. It
/// sees what still moves; no move is no proof of an optimum, since steps may be small far from one (Adam's are where
/// early gradients were large).
class Settling {
 public:
  /// @param name on record  @param steps that training is to take  @param half whether to look at the last half of them
  ///   instead of a tenth: where the learning rate has fallen to nothing by then
  Settling(std::string name, long steps, bool half = false)
      : name_(std::move(name)), parts_(half ? 2 : 10), last_part_(steps - steps / parts_) {}

  /// The mean of several runs, for ensembles.  @param moved by how much each run's logarithm changed
  static Settling of_mean(std::string name, const Vector& moved) {
    Settling mean(std::move(name), 1);
    mean.observe(2, moved.mean());
    return mean;
  }

  /// @param step from 1  @param logarithm after it
  void observe(long step, double logarithm) {
    if (step <= last_part_) before_ = logarithm;
    now_ = logarithm;
  }

  /// By how much the logarithm changed over the last part of the steps.
  double moved() const { return now_ - before_; }

  /// `record` with "NAME.moved" in it.
  std::map<std::string, double> recorded(std::map<std::string, double> record) const;

  /// A sentence if it moved by more than kLargestTrustedMove, behind `others`.  @param advice e.g. "raise epochs"
  std::vector<std::string> warnings(const std::string& advice, std::vector<std::string> others = {}) const;

 private:
  std::string name_;
  long parts_, last_part_;
  double before_ = 0, now_ = 0;
};

}  // namespace predcorr::models
