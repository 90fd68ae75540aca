// SPDX-License-Identifier: Apache-2.0
#include "models/gp/sparse_posterior.hpp"

#include <cmath>
#include <numbers>

#include "core/linalg/tiles.hpp"
#include "models/gp/collapsed_bound.hpp"

namespace predcorr::models {
namespace {

constexpr Index kRows = 4096;  // looked at together

/// Sums over all rows, A = L^-1 Kuf D^-1/2.
struct RowSums {
  Matrix precision;        // B = I + A A'
  Vector information;      // A D^-1/2 y
  double log_noise = 0;    // log |D|
  double squares = 0;      // y' D^-1 y
  double unexplained = 0;  // tr D^-1 (K - Q)
};

RowSums row_sums(const Kernel& kernel, const Cholesky& prior, const Matrix& inducing, const TrainingData& data) {
  RowSums sums;
  Matrix negative = -Matrix::Identity(inducing.rows(), inducing.rows());
  sums.information = Vector::Zero(inducing.rows());
  for (Index row = 0; row < data.inputs.rows(); row += kRows) {
    const Matrix x = data.inputs.middleRows(row, std::min(kRows, data.inputs.rows() - row));
    const Vector noise = kernel.white_noise(x), root_precision = noise.cwiseSqrt().cwiseInverse();
    const Vector y = data.targets.segment(row, x.rows()).cwiseProduct(root_precision);
    Matrix rows = cross_in_tiles(kernel, x, inducing);
    prior.whiten_rows_in_place(rows);
    rows.array().colwise() *= root_precision.array();
    sums.information += rows.transpose() * y;
    sums.log_noise += noise.array().log().sum();
    sums.squares += y.squaredNorm();
    sums.unexplained += kernel.diagonal(x).cwiseQuotient(noise).sum() - rows.squaredNorm();
    subtract_gram(rows.transpose().eval(), negative);
  }
  sums.precision = -negative;
  return sums;
}

}  // namespace

EnumWords<SparsePosterior::Form> words_of(SparsePosterior::Form) {
  return {{"low-rank", SparsePosterior::Form::low_rank}, {"full", SparsePosterior::Form::full}};
}

SparsePosterior::SparsePosterior(KernelPtr kernel, Matrix inducing, const TrainingData& data, Form form,
                                 Diagnostics search, std::vector<std::string> warnings)
    : kernel_(std::move(kernel)),
      inducing_(std::move(inducing)),
      form_(form),
      search_(std::move(search)),
      warnings_(std::move(warnings)),
      prior_(inducing_factor(*kernel_, inducing_)),
      precision_(Matrix::Identity(1, 1)) {
  RowSums sums = row_sums(*kernel_, prior_, inducing_, data);
  precision_ = Cholesky(std::move(sums.precision), 0);
  coefficients_ = prior_.unwhiten(precision_.solve(sums.information));
  const double n = static_cast<double>(data.inputs.rows());
  search_["evidence_lower_bound"] =
      -0.5 * (n * std::log(2 * std::numbers::pi) + precision_.log_determinant() + sums.log_noise + sums.squares -
              precision_.whiten(sums.information).squaredNorm() + sums.unexplained);
  search_["signal_variance"] = kernel_->diagonal(data.inputs).mean();
  search_["noise_variance"] = kernel_->white_noise(data.inputs).mean();
}

Diagnostics SparsePosterior::diagnostics() const {
  Diagnostics all = search_;
  all["inducing_points"] = static_cast<double>(inducing_.rows());
  all["cholesky_jitter"] = prior_.jitter();
  all["condition_estimate"] = precision_.condition_estimate();
  for (const LogParameter& p : kernel_->log_parameters()) all["kernel." + p.name] = std::exp(p.value);
  return all;
}

JointPrediction SparsePosterior::do_predict(const Matrix& query) const {
  Matrix known = cross_in_tiles(*kernel_, query, inducing_);
  JointPrediction p;
  p.mean = known * coefficients_;
  p.noise_variance = kernel_->white_noise(query);
  prior_.whiten_rows_in_place(known);  // Q = known known'
  Matrix factor = known;
  precision_.whiten_rows_in_place(factor);  // what data leave unknown of it
  if (form_ == Form::low_rank) {
    const Vector rest = (kernel_->diagonal(query) - known.rowwise().squaredNorm()).cwiseMax(0);
    p.latent = Covariance::from_factor(RowMatrix(factor), rest);
    return p;
  }
  Matrix latent = gram_in_tiles(*kernel_, query);
  subtract_gram(known, latent);
  latent = -latent;
  subtract_gram(factor, latent);
  latent = -latent;
  latent.diagonal() = latent.diagonal().cwiseMax(0);
  p.latent = Covariance::dense(std::move(latent));
  return p;
}

}  // namespace predcorr::models
