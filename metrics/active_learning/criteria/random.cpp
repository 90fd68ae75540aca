// SPDX-License-Identifier: Apache-2.0
#include "metrics/active_learning/criterion.hpp"

namespace predcorr::metrics {
namespace {

/// Any points, equally likely: the floor.
class Random : public Criterion {
 public:
  explicit Random(NoParameters) {}
  bool needs_prediction() const override { return false; }

 private:
  Selection do_select(const JointPrediction&, Index n_pool, Index batch, const Stream& stream) const override {
    Rows picks = stream.fork("random").permutation(n_pool);
    picks.resize(static_cast<std::size_t>(batch));
    return {picks, std::vector<double>(picks.size(), 0.0)};
  }
};

PREDCORR_REGISTER(Criterion, "random", Random, NoParameters, "any points, equally likely: the floor", "");

}  // namespace
}  // namespace predcorr::metrics
