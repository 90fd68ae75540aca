// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <limits>

#include "metrics/active_learning/greedy.hpp"
#include "metrics/active_learning/pool_conditioning.hpp"

namespace predcorr::metrics {
namespace {

/// Information-based transductive learning: greedily the point that adds most to I(f_T; y_S), what the picks tell about
/// all targets jointly. A point adds 1/2 log(var(y_q | S) / var(y_q | S, f_T)), so two variances for each point are
/// kept, and the targets' covariance is factorised once. Singular covariances: see PoolConditioning::given_targets.
/// Where the targets determine f on the pool (fewer members than targets) only noise is left of the second variance,
/// and the picks are those of max_determinant. The second variance counts as at least 1e-14 of the first, for points
/// without noise. Cost: pool * targets^2 + batch * pool * (targets + batch); for a narrower factor its width takes the
/// targets' place.
class Itl : public Criterion {
 public:
  explicit Itl(NoParameters) {}

 private:
  Selection do_select(const JointPrediction& p, Index n_pool, Index batch, const Stream&) const override {
    PoolConditioning before(p, n_pool), known = PoolConditioning::given_targets(p, n_pool);
    double gained = 0;
    const auto score = [&] {
      Vector scores = Vector::Constant(n_pool, -std::numeric_limits<double>::infinity());
      for (Index q = 0; q < n_pool; ++q) {
        if (!before.available(q)) continue;
        const double ratio = std::clamp(known.variance(q) / before.variance(q), 1e-14, 1.0);
        scores(q) = gained - 0.5 * std::log(ratio);
      }
      return scores;
    };
    return pick_greedily("itl", batch, score, [&](Index q, double gain) {
      gained = gain;
      before.condition_on(q);
      if (known.available(q)) known.condition_on(q);  // else it is known already and tells nothing more
    });
  }
};

PREDCORR_REGISTER(Criterion, "itl", Itl, NoParameters, "information about all targets jointly, greedy batch",
                  "Hubotter et al. 2024; MacKay 1992");

}  // namespace
}  // namespace predcorr::metrics
