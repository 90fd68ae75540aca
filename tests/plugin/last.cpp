// SPDX-License-Identifier: Apache-2.0
#include <predcorr/plugin.hpp>

namespace {

using namespace predcorr;

/// The last rows of the pool: a criterion that is easy to check.
struct Last : Criterion {
  explicit Last(NoParameters) {}
  bool needs_prediction() const override { return false; }
  Selection do_select(const JointPrediction&, Index n_pool, Index batch, const Stream&) const override {
    Selection chosen;
    for (Index i = n_pool - 1; i >= n_pool - batch; --i) chosen.picks.push_back(i);
    return chosen;
  }
};

PREDCORR_REGISTER(Criterion, "last", Last, NoParameters, "the pool's last rows", "");

}  // namespace
