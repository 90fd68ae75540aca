// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "models/bnn/engine/network.hpp"
#include "models/model.hpp"

namespace predcorr::models {

/// What training in 8 bits did to each layer in the first, middle and last epoch of a training, for the record: the
/// deviation of the quantised gradient, the clipping value, the rate factor and the share of clipped entries.
class Int8Record {
 public:
  explicit Int8Record(int epochs) : epochs_(epochs) {}

  /// After epoch `epoch` (from 1). Costs nothing where no layer trains in 8 bits.
  void observe(int epoch, const Network& network, const Network::Workspace& work);

  /// "int8.layer2.deviation.first" and the like; layers that train in 8 bits are counted from 1, convolutions first.
  const Diagnostics& diagnostics() const { return diagnostics_; }

  /// The means over trainings that have the same entries.
  static Diagnostics mean(const std::vector<Int8Record>& records);

 private:
  int epochs_;
  Diagnostics diagnostics_;
};

}  // namespace predcorr::models
