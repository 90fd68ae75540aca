// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "core/base/matrix.hpp"
#include "models/bnn/int8/int8_products.hpp"
#include "models/bnn/int8/int8_state.hpp"

namespace predcorr::models {

/// The three products of a fully connected layer in 8-bit integers, for one batch in training (Zhu et al. 2020).
/// Matrices are those of Network::Workspace, with their padding; biases stay float.
class Int8Dense {
 public:
  /// Before a step's products.
  void begin(const Int8Options& options, const RoundingPlace& place);

  /// z = scale (W x + b).  @param weights outputs x (inputs + 1), the biases last
  /// @param x at least inputs rows, `count` columns of data  @param z written: its first padded_rows(outputs) rows
  void multiply(const Eigen::Map<const MatrixF>& weights, float scale, const MatrixF& x, Index count, MatrixF& z);

  /// After `multiply`.  @param delta the gradient by z
  void take_gradient(const MatrixF& delta);

  /// The gradient by x: padded_rows(inputs) rows of `by_inputs`.
  void multiply_back(MatrixF& by_inputs);

  /// The gradient by W.  @param gradient written: outputs x inputs
  void by_weights(Eigen::Ref<MatrixF> gradient);

  const Int8Report& report() const { return state_.report(); }

 private:
  Int8State state_;
  std::optional<Int8Strip> input_columns_, output_columns_;  // of a batch of `count_`
  Int8Panels weights_;
  Int8Sums sums_;
  Int8Work room_;
  Index inputs_ = 0, outputs_ = 0, count_ = 0;
  float scale_ = 1;
};

}  // namespace predcorr::models
