// SPDX-License-Identifier: Apache-2.0
#include "metrics/active_learning/criterion.hpp"
#include "metrics/active_learning/nearest_centres.hpp"

namespace predcorr::metrics {
namespace {

/// Largest cluster maximum distance on posterior features: each point belongs to its nearest centre, where what is
/// labelled is a centre without variance (class NearestCentres); of the cluster with the largest sum of squared
/// distances the farthest point is picked. The first pick is the largest variance of f. Ties go to the earlier centre.
/// The gain is minus the sum of all squared distances left. Cost: batch * pool, for a factor times its width.
class Lcmd : public Criterion {
 public:
  explicit Lcmd(NoParameters) {}

 private:
  Selection do_select(const JointPrediction& p, Index n_pool, Index batch, const Stream&) const override {
    NearestCentres centres(p, n_pool);
    Selection selection;
    for (Index k = 0; k < batch; ++k) {
      Vector size = Vector::Zero(centres.centres());
      for (Index i = 0; i < n_pool; ++i)
        size(centres.nearest()[static_cast<std::size_t>(i)]) += centres.squared_distance()(i);
      Index largest = 0;
      size.maxCoeff(&largest);  // the first of equal ones
      const Index in_largest = size(largest) > 0 ? centres.farthest(largest) : -1;
      const Index pick = in_largest >= 0 ? in_largest : centres.farthest();  // nothing is apart: the lowest
      centres.add(pick);
      selection.picks.push_back(pick);
      selection.gains.push_back(-centres.squared_distance().sum());
    }
    return selection;
  }
};

PREDCORR_REGISTER(Criterion, "lcmd", Lcmd, NoParameters, "farthest point of the largest cluster in posterior features",
                  "Holzmuller et al. 2023");

}  // namespace
}  // namespace predcorr::metrics
