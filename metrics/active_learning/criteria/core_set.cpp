// SPDX-License-Identifier: Apache-2.0
#include "metrics/active_learning/criterion.hpp"
#include "metrics/active_learning/nearest_centres.hpp"

namespace predcorr::metrics {
namespace {

/// Greedy k-centre on posterior features: always the point farthest from its nearest centre, where what is labelled is
/// a centre without variance (class NearestCentres). The first pick is the largest variance of f. The gain is minus the
/// largest squared distance left. Cost: batch * pool, for a factor times its width.
class CoreSet : public Criterion {
 public:
  explicit CoreSet(NoParameters) {}

 private:
  Selection do_select(const JointPrediction& p, Index n_pool, Index batch, const Stream&) const override {
    NearestCentres centres(p, n_pool);
    Selection selection;
    for (Index k = 0; k < batch; ++k) {
      const Index pick = centres.farthest();
      centres.add(pick);
      selection.picks.push_back(pick);
      selection.gains.push_back(-centres.squared_distance().maxCoeff());
    }
    return selection;
  }
};

PREDCORR_REGISTER(Criterion, "core_set", CoreSet, NoParameters, "farthest from all picks in posterior features",
                  "Sener & Savarese 2018; Holzmuller et al. 2023");

}  // namespace
}  // namespace predcorr::metrics
