// SPDX-License-Identifier: Apache-2.0
#include "metrics/active_learning/greedy.hpp"
#include "metrics/active_learning/target_conditioning.hpp"

namespace predcorr::metrics {
namespace {

/// Correlation-based transductive learning: greedily the point with the largest sum_t corr(y_q, f_t | S), signs kept,
/// so that a point which moves targets against each other is worth little. The gain is that sum, of each pick given
/// those before; it is no total and may rise or fall. Departure: y_q carries its noise, as in every criterion here; the
/// paper correlates f_q. Cost: batch * pool * targets; a factor with too many entries to be kept (class
/// TargetConditioning): batch * pool * width.
class Ctl : public Criterion {
 public:
  explicit Ctl(NoParameters) {}

 private:
  Selection do_select(const JointPrediction& p, Index n_pool, Index batch, const Stream&) const override {
    TargetConditioning state(p, n_pool);
    return pick_greedily(
        "ctl", batch, [&] { return state.scores(TargetScore::correlation); },
        [&](Index q, double) { state.condition_on(q); });
  }
};

PREDCORR_REGISTER(Criterion, "ctl", Ctl, NoParameters, "largest sum of correlations with the targets, one by one",
                  "Hubotter et al. 2024");

}  // namespace
}  // namespace predcorr::metrics
