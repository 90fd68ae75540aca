// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "metrics/active_learning/criterion.hpp"

namespace predcorr::metrics {
namespace {

/// Total information gain about f: log(1 + C_f,qq / noise_q) / 2, ordinary active learning (MacKay 1992).
class Tig : public Criterion {
 public:
  explicit Tig(NoParameters) {}

 private:
  Selection do_select(const JointPrediction& p, Index n_pool, Index batch, const Stream&) const override {
    const Vector noise = p.noise_variance.head(n_pool);
    require((noise.array() > 0).all(), ErrorKind::numerical, "tig: a pool point has no noise, its gain is infinite");
    return take_best(0.5 * p.latent.diagonal().head(n_pool).cwiseQuotient(noise).array().log1p(), batch);
  }
};

PREDCORR_REGISTER(Criterion, "tig", Tig, NoParameters,
                  "information gain about the function as a whole: ordinary active learning",
                  "MacKay 1992; Wang, Sun & Grosse 2021");

}  // namespace
}  // namespace predcorr::metrics
