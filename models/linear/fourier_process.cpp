// SPDX-License-Identifier: Apache-2.0
#include "models/linear/fourier_process.hpp"

#include <cmath>
#include <numbers>

namespace predcorr::models {

FourierProcess::FourierProcess(Index inputs, Index features, double stddev)
    : inputs_(inputs), features_(features), amplitude_(stddev * std::sqrt(2 / static_cast<double>(features))) {}

Vector FourierProcess::initial_parameters(const Vector& length_scales, Stream& stream) const {
  Vector parameters = Vector::Zero(parameter_count());
  Index at = features_;
  for (Index k = 0; k < features_; ++k) {
    parameters(at) = 1;
    at += features_ - k;
  }
  parameters.segment(frequencies_at(), inputs_ * features_) = stream.normals(inputs_ * features_);
  for (Index k = 0; k < features_; ++k) parameters(phases_at() + k) = 2 * std::numbers::pi * stream.uniform();
  parameters.tail(inputs_) = length_scales.array().log();
  return parameters;
}

void FourierProcess::at(const Eigen::Ref<const Vector>& parameters, const Matrix& points, Marginals& f) const {
  const Eigen::Map<const Matrix> frequencies(parameters.data() + frequencies_at(), inputs_, features_);
  f.scaled =
      points.array().rowwise() * (-parameters.segment(log_scales_at(), inputs_)).array().exp().transpose().eval();
  f.slopes.noalias() = f.scaled * frequencies;
  f.slopes.rowwise() += parameters.segment(phases_at(), features_).transpose();
  f.features = amplitude_ * f.slopes.array().cos();
  f.slopes = -amplitude_ * f.slopes.array().sin();
  f.lower.setZero(features_, features_);
  Index at = features_;
  for (Index k = 0; k < features_; ++k) {
    f.lower.col(k).tail(features_ - k) = parameters.segment(at, features_ - k);
    at += features_ - k;
  }
  f.mean.noalias() = f.features * parameters.head(features_);
  f.factor.noalias() = f.features * f.lower.triangularView<Eigen::Lower>();
}

void FourierProcess::gradient(const Eigen::Ref<const Vector>& parameters, const Marginals& f, const Vector& by_mean,
                              const Matrix& by_factor, Eigen::Ref<Vector> gradient) const {
  gradient.head(features_).noalias() = f.features.transpose() * by_mean;
  const Matrix by_lower = f.features.transpose() * by_factor;
  Index at = features_;
  for (Index k = 0; k < features_; ++k) {
    gradient.segment(at, features_ - k) = by_lower.col(k).tail(features_ - k);
    at += features_ - k;
  }
  Matrix by_argument = by_factor * f.lower.triangularView<Eigen::Lower>().transpose();
  by_argument.noalias() += by_mean * parameters.head(features_).transpose();
  by_argument.array() *= f.slopes.array();
  const Eigen::Map<const Matrix> frequencies(parameters.data() + frequencies_at(), inputs_, features_);
  Eigen::Map<Matrix> by_frequencies(gradient.data() + frequencies_at(), inputs_, features_);
  by_frequencies.noalias() = f.scaled.transpose() * by_argument;
  gradient.segment(phases_at(), features_) = by_argument.colwise().sum().transpose();
  // The arguments hold omega_ck x_c / l_c: their derivatives by log l_c and by log omega_ck are opposite.
  gradient.segment(log_scales_at(), inputs_) = -by_frequencies.cwiseProduct(frequencies).rowwise().sum();
}

}  // namespace predcorr::models
