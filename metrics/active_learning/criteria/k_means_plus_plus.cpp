// SPDX-License-Identifier: Apache-2.0
#include "metrics/active_learning/criterion.hpp"
#include "metrics/active_learning/nearest_centres.hpp"

namespace predcorr::metrics {
namespace {

/// The k-means++ seeding on posterior features: each pick is drawn with probability proportional to its squared
/// distance from the nearest centre, where what is labelled is a centre without variance (class NearestCentres), so
/// that the first pick is drawn by the variance of f. Random, from the stream. The gain is minus the sum of all squared
/// distances left. Where all are 0 the lowest position is taken. Cost: batch * pool, for a factor times its width.
class KMeansPlusPlus : public Criterion {
 public:
  explicit KMeansPlusPlus(NoParameters) {}

 private:
  Selection do_select(const JointPrediction& p, Index n_pool, Index batch, const Stream& stream) const override {
    NearestCentres centres(p, n_pool);
    Stream draws = stream.fork("k_means_plus_plus");
    Selection selection;
    for (Index k = 0; k < batch; ++k) {
      const Vector& weight = centres.squared_distance();
      double total = 0;
      for (Index i = 0; i < n_pool; ++i) total += weight(i);
      const double at = draws.uniform() * total;
      Index pick = -1;
      double passed = 0;
      for (Index i = 0; i < n_pool && (pick < 0 || passed <= at); ++i) {
        if (!(weight(i) > 0)) continue;  // centres, among others
        passed += weight(i);
        pick = i;
      }
      if (pick < 0) pick = centres.farthest();
      centres.add(pick);
      selection.picks.push_back(pick);
      selection.gains.push_back(-centres.squared_distance().sum());
    }
    return selection;
  }
};

PREDCORR_REGISTER(Criterion, "k_means_plus_plus", KMeansPlusPlus, NoParameters,
                  "drawn by squared distance from the picks in posterior features",
                  "Arthur & Vassilvitskii 2007; Ash et al. 2020; Holzmuller et al. 2023");

}  // namespace
}  // namespace predcorr::metrics
