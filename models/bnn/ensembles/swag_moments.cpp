// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/ensembles/swag_moments.hpp"

#include <cmath>

namespace predcorr::models {

SwagMoments::SwagMoments(Index parameters, int rank)
    : mean_(Vector::Zero(parameters)), squares_(mean_), deviations_(MatrixF::Zero(parameters, rank)) {}

void SwagMoments::add(const VectorF& weights) {
  const Index column = count_ % deviations_.cols();
  ++count_;
  const auto share = 1 / static_cast<double>(count_);
  for (Index i = 0; i < weights.size(); ++i) {
    const double before = static_cast<double>(weights(i)) - mean_(i);
    mean_(i) += share * before;
    const double after = static_cast<double>(weights(i)) - mean_(i);
    squares_(i) += before * after;
    deviations_(i, column) = static_cast<float>(after);
  }
}

VectorF SwagMoments::variances() const { return (squares_ / static_cast<double>(count_)).cast<float>(); }

void SwagMoments::draw(Stream& stream, Eigen::Ref<VectorF> weights) const {
  const Index k = std::min(count_, deviations_.cols());
  VectorF along(k);
  stream.fill_normals(weights);
  stream.fill_normals(along);
  along *= static_cast<float>(std::sqrt(0.5 / static_cast<double>(std::max<Index>(k - 1, 1))));
  const double half = 0.5 / static_cast<double>(count_);
  weights.array() *= (half * squares_).array().sqrt().cast<float>();
  weights += mean_.cast<float>();
  weights.noalias() += deviations_.leftCols(k) * along;
}

}  // namespace predcorr::models
