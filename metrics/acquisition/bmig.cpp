// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "metrics/acquisition/criterion.hpp"
#include "metrics/acquisition/target_conditioning.hpp"

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
    Selection selection;
    for (Index k = 0; k < batch; ++k) {
      const Selection best = take_best(state.scores(TargetScore::information), 1);
      require(std::isfinite(best.gains.front()), ErrorKind::numerical,
              "bmig: no pool point is left with any variance after {} picks", k);
      selection.picks.push_back(best.picks.front());
      selection.gains.push_back(best.gains.front());
      if (k + 1 < batch) state.condition_on(best.picks.front());
    }
    return selection;
  }
};

PREDCORR_REGISTER(Criterion, "bmig", Bmig, NoParameters, "information gain about each target, greedy batch",
                  "Wang, Sun & Grosse 2021, section 4.3");

}  // namespace
}  // namespace predcorr::metrics
