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

/// Of the block of draws that begins with `first`: rows x kDrawsOfStream.
Matrix normals_of_draws(const Stream& stream, const char* of, Index first, Index rows) {
  Stream own = stream.fork(of, static_cast<std::uint64_t>(first / kDrawsOfStream));
  return own.normals(rows * kDrawsOfStream).reshaped(rows, kDrawsOfStream);
}

/// body(first draw, draws) for some draws at a time, in parallel. What is made of random numbers is made for a whole
/// block of draws, whose products are summed in an order that depends on its width.
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
  const auto set = [&](Index first, Index draws, const Matrix& block) {
    y.middleCols(first, draws) = block.leftCols(draws).colwise() + p.mean;
  };
  if (simulates_by_factor(p)) {
    Vector rest = p.noise_variance;
    if (p.latent.extra_diagonal().size() > 0) rest += p.latent.extra_diagonal();
    rest = rest.cwiseSqrt();
    const RowMatrix factor = p.latent.factor_rows(0, n);
    for_draws(count, [&](Index first, Index draws) {
      Matrix block = factor * normals_of_draws(stream, "columns", first, factor.cols());
      block += rest.asDiagonal() * normals_of_draws(stream, "points", first, n);
      set(first, draws, block);
    });
    return y;
  }
  const Cholesky factor(correlation_matrix(observed_covariance(p)));
  const Matrix scaled = deviation.asDiagonal() * Matrix(factor.lower());
  for_draws(count, [&](Index first, Index draws) {
    set(first, draws, scaled.triangularView<Eigen::Lower>() * normals_of_draws(stream, "points", first, n));
  });
  return y;
}

}  // namespace predcorr::metrics
