// SPDX-License-Identifier: Apache-2.0
#include "core/condition_gp.hpp"

#include "core/error.hpp"

namespace predcorr {

JointPrediction condition_gp(const Cholesky& observed, const Matrix& cross, Matrix prior, const Vector& y,
                             Vector noise_variance) {
  const Matrix whitened = observed.whiten(cross);  // L^-1 K_tq
  const double largest = prior.diagonal().size() > 0 ? prior.diagonal().maxCoeff() : 0.0;
  JointPrediction p;
  p.mean = whitened.transpose() * observed.whiten(y);
  prior.selfadjointView<Eigen::Lower>().rankUpdate(whitened.transpose(), -1.0);
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
