// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/marginal_kl.hpp"

#include "core/cholesky.hpp"

namespace predcorr::models {

MarginalKl marginal_kl(const Vector& mean, const Matrix& factor, Matrix prior, double jitter) {
  const Index n = mean.size();
  prior.diagonal().array() += jitter;
  Matrix covariance = Matrix::Zero(n, n);
  covariance.selfadjointView<Eigen::Lower>().rankUpdate(factor);
  covariance.diagonal().array() += jitter;
  const Cholesky p(std::move(prior)), q(std::move(covariance));
  MarginalKl kl;
  kl.by_mean = p.solve(mean);
  kl.by_factor = p.solve(factor);
  // tr((C + jI)^-1 (F F' + jI)) = <F, (C + jI)^-1 F> + j tr (C + jI)^-1
  const double trace =
      kl.by_factor.cwiseProduct(factor).sum() + jitter * p.whiten(Matrix::Identity(n, n)).squaredNorm();
  kl.value = 0.5 * (trace + mean.dot(kl.by_mean) - static_cast<double>(n) + p.log_determinant() - q.log_determinant());
  kl.by_factor -= q.solve(factor);
  return kl;
}

}  // namespace predcorr::models
