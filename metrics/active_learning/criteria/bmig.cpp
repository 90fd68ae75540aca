// SPDX-License-Identifier: Apache-2.0
#include "metrics/active_learning/greedy.hpp"
#include "metrics/active_learning/target_conditioning.hpp"

namespace predcorr::metrics {
namespace {

/// Batch mean-marginal information gain: greedily the point that, with those already picked, tells most about the
/// targets. Cost: batch * pool * targets.
class Bmig : public Criterion {
 public:
  explicit Bmig(NoParameters) {}

 private:
  Selection do_select(const JointPrediction& p, Index n_pool, Index batch, const Stream&) const override {
    TargetConditioning state(p, n_pool);
    return pick_greedily(
        "bmig", batch, [&] { return state.scores(TargetScore::information); },
        [&](Index q, double) { state.condition_on(q); });
  }
};

PREDCORR_REGISTER(Criterion, "bmig", Bmig, NoParameters, "information gain about each target, greedy batch",
                  "Wang, Sun & Grosse 2021, section 4.3");

}  // namespace
}  // namespace predcorr::metrics
