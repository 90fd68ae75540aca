// SPDX-License-Identifier: Apache-2.0
#include <limits>

#include "metrics/active_learning/greedy.hpp"
#include "metrics/active_learning/pool_conditioning.hpp"
#include "metrics/scale.hpp"

namespace predcorr::metrics {
namespace {

/// BAIT for regression in its kernel form: greedily the point after which the summed posterior variance of f over the
/// whole pool, picked points included, is least; it removes sum_p cov(f_p, y_q | S)^2 / var(y_q | S). The gain is minus
/// what is left. Over the targets instead this would be vtl; labelled points, which the paper's sum may include, have
/// next to no variance left and are not part of a prediction. Departure: forward picks only. The paper picks twice the
/// batch and drops half again, which makes a batch no continuation of a smaller one; Holzmuller et al. call this form
/// BAIT-F.
///
/// The sums h_q of squares are kept from pick to pick instead of being made anew: with a the column of the new pick,
/// the covariance loses a a', so h loses 2 a (C a) + a^2 |a|^2, C as it is afterwards.
/// Cost: batch * pool^2 for a dense covariance; for a factor pool * width^2 once, then batch * pool * (width + batch).
class Bait : public Criterion {
 public:
  explicit Bait(NoParameters) {}

 private:
  Selection do_select(const JointPrediction& given, Index n_pool, Index batch, const Stream&) const override {
    const NearOne near_one(given);  // squares of covariances are summed
    Selection selection = select_near_one(near_one.prediction, n_pool, batch);
    for (double& gain : selection.gains) gain = near_one.variance_in_given_unit(gain);
    return selection;
  }

  static Selection select_near_one(const JointPrediction& p, Index n_pool, Index batch) {
    PoolConditioning state(p, n_pool);
    Vector squares = state.covariance().squared_columns();
    const auto score = [&] {
      const double total = state.latent_variance().sum();
      Vector scores = Vector::Constant(n_pool, -std::numeric_limits<double>::infinity());
      for (Index q = 0; q < n_pool; ++q)
        if (state.available(q)) scores(q) = squares(q) / state.variance(q) - total;
      return scores;
    };
    return pick_greedily("bait", batch, score, [&](Index q, double) {
      const Vector a = state.condition_on(q), after = state.times(a);
      squares -= a.cwiseProduct(2 * after + a * a.squaredNorm());
      squares = squares.cwiseMax(state.latent_variance().cwiseAbs2());  // the point's own part: rounding takes no more
    });
  }
};

PREDCORR_REGISTER(Criterion, "bait", Bait, NoParameters, "least total variance left in the pool, greedy batch",
                  "Ash et al. 2021; Holzmuller et al. 2023");

}  // namespace
}  // namespace predcorr::metrics
