// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/base/stream.hpp"
#include "core/plugins/registry.hpp"
#include "core/prediction/joint_prediction.hpp"

namespace predcorr {

/// What a criterion chose from the pool.
struct Selection {
  Rows picks;  ///< positions in the pool, in the order of choice
  /// The objective at each pick: of that point alone, or after it for greedy criteria. Finite, one for each pick; none
  /// will do where no prediction is needed.
  std::vector<double> gains;
};

/// Picks the batch of pool points whose targets are worth asking for. To add one, write a file that ends in
/// PREDCORR_REGISTER(Criterion, ...).
class Criterion : public Plugin {
 public:
  static constexpr const char* kKind = "criterion";
  virtual ~Criterion() = default;

  /// @param prediction of the pool, then the targets (the test inputs: learning is transductive)
  /// @param batch how many to pick; at most the pool is picked. Ties go to the lower position.
  /// @throws Error (shape) if there are no targets or the pool is larger than the prediction; (internal) that names the
  /// criterion if it did not pick that many different pool points, with their gains
  Selection select(const JointPrediction& prediction, Index n_pool, Index batch, const Stream& stream) const;

  /// False where the choice depends on no model, so that one choice serves all.
  virtual bool needs_prediction() const { return true; }

 private:
  virtual Selection do_select(const JointPrediction& prediction, Index n_pool, Index batch,
                              const Stream& stream) const = 0;
};

/// The `batch` largest scores, largest first, ties to the lower position.
Selection take_best(const Vector& scores, Index batch);

}  // namespace predcorr
