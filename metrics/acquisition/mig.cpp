// SPDX-License-Identifier: Apache-2.0
#include "metrics/acquisition/criterion.hpp"
#include "metrics/acquisition/target_conditioning.hpp"

namespace predcorr::metrics {
namespace {

/// Mean-marginal information gain: -1/2 sum_t log(1 - corr(y_q, f_t)^2), each point by itself, the best batch at once.
class Mig : public Criterion {
 public:
  explicit Mig(NoParameters) {}

 private:
  Selection do_select(const JointPrediction& p, Index n_pool, Index batch, const Stream&) const override {
    return take_best(TargetConditioning(p, n_pool).scores(TargetScore::information), batch);
  }
};

PREDCORR_REGISTER(Criterion, "mig", Mig, NoParameters, "information gain about each target, best points by themselves",
                  "MacKay 1992; Wang, Sun & Grosse 2021, section 4.3");

}  // namespace
}  // namespace predcorr::metrics
