// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "models/model.hpp"

namespace predcorr::models {

// Controls: a base model's prediction with its means, its variances of f and its noise left as they are, so that every
// score of single points stays the same, and with other correlations of f. A score, or a criterion, that does not tell
// a control from its base cannot see correlations. Controls are shown beside their base and win nothing.

constexpr double kSilent = 1e-10;  ///< of the typical latent variance: less is rounding

/// Two predictions' latent covariances become one: variances of `base`, correlations of `other`. The form is other's.
/// A point whose other variance is at most `silent` has no correlations that could be taken; it keeps its variance,
/// independent of all points.  @param other of as many points  @param silent target units squared
Covariance with_correlations_of(const Covariance& base, const Covariance& other, double silent);

/// The same with all correlations times gamma in [0, 1]: a factor stays one, times sqrt(gamma), and what its rows lose
/// goes to its own diagonal. At 0 a factor of one zero column, with the variances as diagonal.
Covariance with_correlations_times(const Covariance& latent, double gamma);

/// 64 bits that stand for a point: a hash of its coordinates, equal for equal coordinates (0 and -0 among them), and
/// of `key`.
std::uint64_t point_key(const Eigen::Ref<const Eigen::RowVectorXd>& point, std::uint64_t key);

/// What a control makes of its base's prediction of `query`. A pure function, joint across calls.
using Rewrite = std::function<JointPrediction(const Matrix& query, JointPrediction base)>;

/// Everything controls share: the base is fitted with the very stream that the control was given, so that it is bit for
/// bit the fit that the base has by itself where both are given the same (ModelTraits::stream_name).
class ControlModel : public PrivilegedModel {
 public:
  explicit ControlModel(Nested<Model> base) : base_(std::move(base)) {}

  ModelTraits traits() const override;

 protected:
  /// Called once, after the base was fitted. `stream` is the control's own.
  virtual Rewrite rewrite(const PrivilegedData& privileged, const TrainingData& data,
                          const std::shared_ptr<const Posterior>& base, const Stream& stream) const = 0;

 private:
  std::unique_ptr<Posterior> do_fit(const PrivilegedData& privileged, const TrainingData& data,
                                    const Stream& stream) const override;

  Nested<Model> base_;
};

/// The parameter that all controls have.
struct ControlParameters {
  Nested<Model> base;
  static Fields<ControlParameters> fields() {
    return {field("base", &ControlParameters::base, any_value(), "model whose correlations are replaced")};
  }
};

/// Places drawn by a smoothed bootstrap of the rows: row r by chance, plus, in every column, normal noise of
/// h = (4 / (d + 2))^(1 / (d + 4)) n^(-1 / (d + 4)) standard deviations of the column (Silverman's rule). So they are
/// distributed about as the rows are, and all different; a constant column stays as it is.
class PlaceSampler {
 public:
  explicit PlaceSampler(const Matrix& rows);

  /// One place; draws from `stream`.
  Eigen::RowVectorXd draw(Stream stream) const;

  /// Mean latent variance that `posterior` has at some 32 places: what is tiny beside it is rounding.
  double typical_variance(const std::function<JointPrediction(const Matrix&)>& predict, const Stream& stream) const;

 private:
  Matrix rows_;
  Eigen::RowVectorXd noise_;
};

}  // namespace predcorr::models
