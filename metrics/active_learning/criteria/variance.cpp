// SPDX-License-Identifier: Apache-2.0
#include "metrics/active_learning/criterion.hpp"

namespace predcorr::metrics {
namespace {

/// The largest predicted variances of y, noise included.
class Variance : public Criterion {
 public:
  explicit Variance(NoParameters) {}

 private:
  Selection do_select(const JointPrediction& p, Index n_pool, Index batch, const Stream&) const override {
    return take_best(p.observed_variance().head(n_pool), batch);
  }
};

PREDCORR_REGISTER(Criterion, "variance", Variance, NoParameters, "largest predicted variance of y", "");

}  // namespace
}  // namespace predcorr::metrics
