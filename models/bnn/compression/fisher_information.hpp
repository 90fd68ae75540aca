// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "models/bnn/engine/kronecker.hpp"
#include "models/bnn/engine/training.hpp"

namespace predcorr::models {

/// Of a likelihood: what it expects the second derivatives of a row's -log p(y) by the network's outputs to be. Those
/// by two different outputs are zero.  @param outputs outputs x rows  @return the same shape
using OutputInformation = std::function<MatrixF(const MatrixF& outputs)>;

/// Of a normal likelihood whose mean is the only output.
OutputInformation gaussian_information(double noise_variance);

/// And of one whose variance is the second output's (heteroscedastic_loss).
OutputInformation heteroscedastic_information();

/// The Fisher information of a network's weights, in the mean over rows, in closed form where others draw labels from
/// the model; batch normalisation is a fixed scale and shift.
struct FisherInformation {
  /// A (x) S of each of Network::weight_blocks; A has the bias's one where the block has biases. Empty where a
  /// convolution's channels are grouped.
  std::vector<KroneckerFactors> blocks;
  Vector diagonal;  ///< exact, of the layout
};

/// Cost: rows * outputs backward passes, whose gradients are formed row by row. Memory: those of 16 rows.
FisherInformation fisher_information(const Network& network, const VectorF& weights, const Batch& all,
                                     const OutputInformation& information);

}  // namespace predcorr::models
