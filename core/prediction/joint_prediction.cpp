// SPDX-License-Identifier: Apache-2.0
#include "core/prediction/joint_prediction.hpp"

#include <cmath>

#include "core/base/error.hpp"

namespace predcorr {
namespace {

template <class Samples>
JointPrediction summarise(const Samples& samples, Vector noise_variance) {
  using Scalar = typename Samples::Scalar;
  using Factor = std::conditional_t<std::is_same_v<Scalar, float>, RowMatrixF, RowMatrix>;
  const Index s = samples.rows();
  require(s >= 2, ErrorKind::shape, "from_samples: at least 2 samples are needed for a covariance, got {}", s);
  JointPrediction prediction;
  // Means in double: a float sum over thousands of samples would lose digits that the covariance still has.
  prediction.mean = samples.template cast<double>().colwise().sum().transpose() / static_cast<double>(s);
  Factor factor = ((samples.template cast<double>().rowwise() - prediction.mean.transpose()).transpose() /
                   std::sqrt(static_cast<double>(s - 1)))
                      .template cast<Scalar>();
  prediction.latent = Covariance::from_factor(std::move(factor));
  prediction.noise_variance = std::move(noise_variance);
  return prediction;
}

}  // namespace

JointPrediction JointPrediction::subset(const Rows& rows) const {
  return {mean(rows), latent.subset(rows), noise_variance(rows)};
}

JointPrediction JointPrediction::affine(double scale, double shift) const {
  return {(mean.array() * scale + shift).matrix(), latent.scaled(scale), noise_variance * (scale * scale)};
}

JointPrediction JointPrediction::with_deviations_times(const Vector& factors) const {
  require(factors.size() == size(), ErrorKind::shape, "prediction: {} factors for {} points", factors.size(), size());
  return {mean, latent.scaled(factors), (noise_variance.array() * factors.array().square()).matrix()};
}

JointPrediction from_samples(const Eigen::Ref<const MatrixF>& samples, Vector noise_variance) {
  return summarise(samples, std::move(noise_variance));
}
JointPrediction from_samples(const Eigen::Ref<const Matrix>& samples, Vector noise_variance) {
  return summarise(samples, std::move(noise_variance));
}

JointPrediction from_functions(RowMatrixF values, Vector noise_variance) {
  const Index s = values.cols();
  require(s >= 2, ErrorKind::shape, "from_functions: at least 2 draws are needed for a covariance, got {}", s);
  JointPrediction prediction;
  prediction.mean.resize(values.rows());
  const double scale = 1 / std::sqrt(static_cast<double>(s - 1));
  for (Index i = 0; i < values.rows(); ++i) {
    auto row = values.row(i);
    prediction.mean(i) = row.cast<double>().mean();
    row = ((row.cast<double>().array() - prediction.mean(i)) * scale).matrix().cast<float>();
  }
  prediction.latent = Covariance::from_factor(std::move(values));
  prediction.noise_variance = std::move(noise_variance);
  return prediction;
}

void check_prediction(const JointPrediction& p, Index points, const std::string& subject) {
  require(p.mean.size() == points && p.latent.size() == points && p.noise_variance.size() == points, ErrorKind::shape,
          "{}: predicted {} means, a covariance of {} and {} noise variances for {} points", subject, p.mean.size(),
          p.latent.size(), p.noise_variance.size(), points);
  require(p.mean.allFinite(), ErrorKind::numerical, "{}: the predicted mean is not finite", subject);
  require(p.latent.all_finite(), ErrorKind::numerical, "{}: the predicted covariance is not finite", subject);
  require(p.noise_variance.allFinite() && (p.noise_variance.array() >= 0).all(), ErrorKind::numerical,
          "{}: the predicted noise variance is negative or not finite", subject);
  if (points == 0) return;
  const Vector variance = p.latent.diagonal();
  require(variance.allFinite(), ErrorKind::numerical, "{}: a predicted latent variance is not finite", subject);
  require(variance.minCoeff() >= 0, ErrorKind::numerical, "{}: a predicted latent variance is negative: {}", subject,
          variance.minCoeff());
}

}  // namespace predcorr
