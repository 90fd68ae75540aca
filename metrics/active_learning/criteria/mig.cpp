// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "metrics/active_learning/criterion.hpp"
#include "metrics/active_learning/target_conditioning.hpp"

namespace predcorr::metrics {
namespace {

/// Mean-marginal information gain: -1/2 sum_t log(1 - corr(y_q, f_t)^2), each point by itself, the best batch at once.
/// Points whose y has no variance tell nothing and cannot be picked; a batch that would need them is refused.
class Mig : public Criterion {
 public:
  explicit Mig(NoParameters) {}

 private:
  Selection do_select(const JointPrediction& p, Index n_pool, Index batch, const Stream&) const override {
    Selection selection = take_best(TargetConditioning(p, n_pool).scores(TargetScore::information), batch);
    for (std::size_t k = 0; k < selection.gains.size(); ++k)
      require(std::isfinite(selection.gains[k]), ErrorKind::numerical,
              "mig: no pool point is left with any variance after {} picks", k);
    return selection;
  }
};

PREDCORR_REGISTER(Criterion, "mig", Mig, NoParameters, "information gain about each target, best points by themselves",
                  "MacKay 1992; Wang, Sun & Grosse 2021, section 4.3");

}  // namespace
}  // namespace predcorr::metrics
