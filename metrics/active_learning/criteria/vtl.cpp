// SPDX-License-Identifier: Apache-2.0
#include "metrics/active_learning/greedy.hpp"
#include "metrics/active_learning/target_conditioning.hpp"
#include "metrics/scale.hpp"

namespace predcorr::metrics {
namespace {

/// Variance-based transductive learning: greedily the point after which the summed posterior variance of f at the
/// targets is least. The gain is minus what is left. With one target it picks as bmig does. Cost: batch * pool *
/// targets; a factor with too many entries to be kept (class TargetConditioning): batch * pool * width.
class Vtl : public Criterion {
 public:
  explicit Vtl(NoParameters) {}

 private:
  Selection do_select(const JointPrediction& given, Index n_pool, Index batch, const Stream&) const override {
    const NearOne near_one(given);  // squares of covariances are summed
    TargetConditioning state(near_one.prediction, n_pool);
    Selection selection = pick_greedily(
        "vtl", batch, [&] { return state.scores(TargetScore::variance); },
        [&](Index q, double) { state.condition_on(q); });
    for (double& gain : selection.gains) gain = near_one.variance_in_given_unit(gain);
    return selection;
  }
};

PREDCORR_REGISTER(Criterion, "vtl", Vtl, NoParameters, "least total variance left at the targets, greedy batch",
                  "Seo et al. 2000; Hubotter et al. 2024");

}  // namespace
}  // namespace predcorr::metrics
