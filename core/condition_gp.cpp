// SPDX-License-Identifier: Apache-2.0
#include "core/condition_gp.hpp"

#include "core/error.hpp"
#include "core/tiles.hpp"

namespace predcorr {

JointPrediction condition_gp(const Cholesky& observed, Matrix cross, Matrix prior, const Vector& y,
                             Vector noise_variance) {
  const double largest = prior.diagonal().size() > 0 ? prior.diagonal().maxCoeff() : 0.0;
  observed.whiten_rows_in_place(cross);  // row q: L^-1 k_tq
  JointPrediction p;
  p.mean = cross * observed.whiten(y);
  subtract_gram(cross, prior);
  const double smallest = prior.diagonal().size() > 0 ? prior.diagonal().minCoeff() : 0.0;
  require(smallest >= -1e-6 * largest, ErrorKind::numerical,
          "GP posterior: a variance came out as {:.3g} where the prior's is {:.3g}; the training matrix is too "
          "ill-conditioned",
          smallest, largest);
  prior.diagonal() = prior.diagonal().cwiseMax(0);
  p.latent = Covariance::dense(std::move(prior));
  p.noise_variance = std::move(noise_variance);
  return p;
}

}  // namespace predcorr
