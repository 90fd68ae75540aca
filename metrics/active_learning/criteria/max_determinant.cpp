// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <limits>

#include "metrics/active_learning/greedy.hpp"
#include "metrics/active_learning/pool_conditioning.hpp"

namespace predcorr::metrics {
namespace {

/// BatchBALD for regression: greedily the largest I(f; y_S) = 1/2 log |I + N^-1/2 C_SS N^-1/2|, N the noise, to which a
/// point adds 1/2 log(var(y_q | S) / noise_q). The batch form of tig: the first pick is the same. The targets play no
/// part. For equal noise this is greedy maximisation of a determinant (MaxDet).
/// Cost: batch * pool * (batch + width of a factor).
class MaxDeterminant : public Criterion {
 public:
  explicit MaxDeterminant(NoParameters) {}

 private:
  Selection do_select(const JointPrediction& p, Index n_pool, Index batch, const Stream&) const override {
    const Vector noise = p.noise_variance.head(n_pool);
    require((noise.array() > 0).all(), ErrorKind::numerical,
            "max_determinant: a pool point has no noise, its gain is infinite");
    PoolConditioning state(p, n_pool);
    double gained = 0;
    const auto score = [&] {
      Vector scores = Vector::Constant(n_pool, -std::numeric_limits<double>::infinity());
      for (Index q = 0; q < n_pool; ++q)
        if (state.available(q)) scores(q) = gained + 0.5 * std::log1p(state.latent_variance()(q) / noise(q));
      return scores;
    };
    return pick_greedily("max_determinant", batch, score, [&](Index q, double gain) {
      gained = gain;
      state.condition_on(q);
    });
  }
};

PREDCORR_REGISTER(Criterion, "max_determinant", MaxDeterminant, NoParameters,
                  "information about the function as a whole, greedy batch (BatchBALD for regression)",
                  "Kirsch, van Amersfoort & Gal 2019; Holzmuller et al. 2023");

}  // namespace
}  // namespace predcorr::metrics
