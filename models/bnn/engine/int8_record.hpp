// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "models/bnn/engine/network.hpp"
#include "models/model.hpp"

namespace predcorr::models {

/// What training in 8 bits did to each layer in the first, middle and last epoch of a training, however long that
/// became, for the record: the deviation of the quantised gradient, the clipping value, the rate factor and the share
/// of clipped entries; and how sharp gradient, weights and inputs were.
class Int8Record {
 public:
  /// After each epoch. Costs nothing where no layer trains in 8 bits.
  void observe(const Network& network, const Network::Workspace& work);

  /// "int8.layer2.deviation.first" and the like; layers that train in 8 bits are counted from 1, convolutions first.
  /// The middle is that of the up to 64 epochs kept which is next before it.
  Diagnostics diagnostics() const;

  /// The means over trainings of networks that are alike.
  static Diagnostics mean(const std::vector<Int8Record>& records);

 private:
  using Reports = std::vector<LayerReport>;

  int epochs_ = 0, stride_ = 1;
  std::vector<Reports> kept_;  // of epochs 1, 1 + stride_, ...
  Reports last_;
};

}  // namespace predcorr::models
