// SPDX-License-Identifier: Apache-2.0
#include "models/controls/control.hpp"

#include <cmath>

#include "core/base/hash.hpp"

namespace predcorr::models {
namespace {

/// A covariance in its own form, with more on the diagonal.
Covariance plus_diagonal(const Covariance& covariance, const Vector& added) {
  if (added.size() == 0 || added.isZero(0)) return covariance;
  if (const Matrix* dense = covariance.stored_dense()) return Covariance::dense(*dense + Matrix(added.asDiagonal()));
  Vector diagonal = covariance.extra_diagonal();
  if (diagonal.size() == 0) diagonal = Vector::Zero(covariance.size());
  diagonal += added;
  if (const RowMatrix* factor = covariance.stored_factor()) return Covariance::from_factor(*factor, diagonal);
  return Covariance::from_factor(*covariance.stored_float_factor(), diagonal);
}

class ControlPosterior : public Posterior {
 public:
  ControlPosterior(std::shared_ptr<const Posterior> base, Rewrite rewrite)
      : base_(std::move(base)), rewrite_(std::move(rewrite)) {}

  Diagnostics diagnostics() const override {
    Diagnostics all;
    for (const auto& [name, value] : base_->diagnostics()) all["base_" + name] = value;
    return all;
  }
  std::vector<std::string> warnings() const override { return base_->warnings(); }
  std::string log() const override { return base_->log(); }

 private:
  JointPrediction do_predict(const Matrix& query) const override { return rewrite_(query, base_->predict(query)); }

  std::shared_ptr<const Posterior> base_;
  Rewrite rewrite_;
};

}  // namespace

Covariance with_correlations_of(const Covariance& base, const Covariance& other, double silent) {
  require(base.size() == other.size(), ErrorKind::shape, "control: covariances of {} and {} points", base.size(),
          other.size());
  const Vector variance = base.diagonal(), other_variance = other.diagonal();
  Vector factors(base.size()), added = Vector::Zero(base.size());
  for (Index i = 0; i < base.size(); ++i) {
    const bool speaks = other_variance(i) > std::max(silent, 0.0);
    factors(i) = speaks ? std::sqrt(variance(i) / other_variance(i)) : 0.0;
    if (!speaks) added(i) = variance(i);
  }
  return plus_diagonal(other.scaled(factors), added);
}

Covariance with_correlations_times(const Covariance& latent, double gamma) {
  require(gamma >= 0 && gamma <= 1, ErrorKind::config, "control: correlations times {}; must be from 0 to 1", gamma);
  if (gamma == 1) return latent;
  const Vector variance = latent.diagonal();
  if (gamma == 0) return Covariance::from_factor(RowMatrixF(RowMatrixF::Zero(latent.size(), 1)), variance);
  return plus_diagonal(latent.scaled(std::sqrt(gamma)), (1 - gamma) * variance);
}

std::uint64_t point_key(const Eigen::Ref<const Eigen::RowVectorXd>& point, std::uint64_t key) {
  for (const double value : point) key = hash_with(key, value);
  return key;
}

ModelTraits ControlModel::traits() const {
  ModelTraits own = base_.object->traits();
  own.kind = ModelKind::control;
  own.controlled = &base_;
  if (own.stream_name.empty()) own.stream_name = base_.name;
  return own;
}

std::unique_ptr<Posterior> ControlModel::do_fit(const PrivilegedData& privileged, const TrainingData& data,
                                                const Stream& stream) const {
  const std::shared_ptr<const Posterior> base = base_.object->fit(data, stream, privileged);
  return std::make_unique<ControlPosterior>(base, rewrite(privileged, data, base, stream.fork("control")));
}

PlaceSampler::PlaceSampler(const Matrix& rows) : rows_(rows) {
  const double n = static_cast<double>(rows.rows()), d = static_cast<double>(rows.cols());
  const double width = std::pow(4 / (d + 2) / n, 1 / (d + 4));
  const Eigen::RowVectorXd mean = rows.colwise().mean();
  noise_ = width * ((rows.rowwise() - mean).colwise().squaredNorm() / n).cwiseSqrt();
  for (Index j = 0; j < rows.cols(); ++j)  // a constant column's deviation is rounding
    if ((rows.col(j).array() == rows(0, j)).all()) noise_(j) = 0;
}

Eigen::RowVectorXd PlaceSampler::draw(Stream stream) const {
  Eigen::RowVectorXd place = rows_.row(stream.index(rows_.rows()));
  for (Index j = 0; j < place.size(); ++j) place(j) += noise_(j) * stream.normal();
  return place;
}

double PlaceSampler::typical_variance(const std::function<JointPrediction(const Matrix&)>& predict,
                                      const Stream& stream) const {
  constexpr Index kPlaces = 32;
  Matrix places(kPlaces, rows_.cols());
  for (Index i = 0; i < kPlaces; ++i) places.row(i) = draw(stream.fork("typical place", static_cast<std::uint64_t>(i)));
  return predict(places).latent.diagonal().mean();
}

}  // namespace predcorr::models
