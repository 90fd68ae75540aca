// SPDX-License-Identifier: Apache-2.0
#include "metrics/expectation/simulated_targets.hpp"

#include <algorithm>

#include "core/base/parallel.hpp"
#include "core/linalg/cholesky.hpp"
#include "metrics/gaussian.hpp"
#include "metrics/scale.hpp"

namespace predcorr::metrics {
namespace {

constexpr Index kDrawsOfStream = 64;  // draws whose random numbers come from one stream

/// Of the draws from `first` on: rows x draws.
Matrix normals_of_draws(const Stream& stream, const char* of, Index first, Index rows, Index draws) {
  return stream.fork(of, static_cast<std::uint64_t>(first / kDrawsOfStream))
      .normals(rows * draws)
      .reshaped(rows, draws);
}

/// body(first draw, draws) for some draws at a time, in parallel.
void for_draws(Index count, const std::function<void(Index, Index)>& body) {
  parallel_for((count + kDrawsOfStream - 1) / kDrawsOfStream, [&](Index part) {
    body(part * kDrawsOfStream, std::min(kDrawsOfStream, count - part * kDrawsOfStream));
  });
}

}  // namespace

bool simulates_by_factor(const JointPrediction& p) {
  return p.latent.is_factor() && p.size() > kDensePoints && p.latent.width() < p.size();
}

Matrix simulated_targets(const JointPrediction& p, Index count, const Stream& stream) {
  const Index n = p.size();
  const Vector deviation = held_variance(p).cwiseSqrt();
  Matrix y(n, count);
  if (simulates_by_factor(p)) {
    Vector rest = p.noise_variance;
    if (p.latent.extra_diagonal().size() > 0) rest += p.latent.extra_diagonal();
    rest = rest.cwiseSqrt();
    const RowMatrix factor = p.latent.factor_rows(0, n);
    for_draws(count, [&](Index first, Index draws) {
      auto block = y.middleCols(first, draws);
      block.noalias() = factor * normals_of_draws(stream, "columns", first, factor.cols(), draws);
      block += rest.asDiagonal() * normals_of_draws(stream, "points", first, n, draws);
      block.colwise() += p.mean;
    });
    return y;
  }
  const Cholesky factor(correlation_matrix(observed_covariance(p)));
  const Matrix scaled = deviation.asDiagonal() * Matrix(factor.lower());
  for_draws(count, [&](Index first, Index draws) {
    auto block = y.middleCols(first, draws);
    block.noalias() = scaled.triangularView<Eigen::Lower>() * normals_of_draws(stream, "points", first, n, draws);
    block.colwise() += p.mean;
  });
  return y;
}

}  // namespace predcorr::metrics
