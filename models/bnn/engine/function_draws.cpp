// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/engine/function_draws.hpp"

#include <algorithm>
#include <vector>

#include "core/base/parallel.hpp"
#include "models/bnn/engine/likelihood.hpp"

namespace predcorr::models {
namespace {

constexpr Index kPoints = 480;  // of a block: a network's activations there stay in the second-level cache
constexpr Index kDraws = 16;    // written side by side: a cache line of the factor's row

}  // namespace

JointPrediction predict_draws(const Network& network, const Matrix& query, Index count, const WeightDraw& draw,
                              double noise_variance) {
  const Index m = query.rows(), groups = (count + kDraws - 1) / kDraws;
  const bool heteroscedastic = network.outputs() == 2;
  std::vector<NetworkInputs> blocks;
  for (Index first = 0; first < m; first += kPoints)
    blocks.push_back(network_inputs(query.middleRows(first, std::min(kPoints, m - first))));

  RowMatrixF functions(m, count);
  MatrixF variances = MatrixF::Zero(heteroscedastic ? m : 0, heteroscedastic ? groups : 0);
  parallel_for(groups, [&](Index g) {
    const Index first = g * kDraws, draws = std::min(kDraws, count - first);
    std::vector<VectorF> weights(static_cast<std::size_t>(draws), VectorF(network.parameter_count()));
    for (Index s = 0; s < draws; ++s) draw(first + s, weights[static_cast<std::size_t>(s)]);
    Network::Workspace work;
    RowMatrixF values;
    for (std::size_t b = 0; b < blocks.size(); ++b) {
      const Index at = static_cast<Index>(b) * kPoints, points = blocks[b].count;
      values.resize(points, draws);
      for (Index s = 0; s < draws; ++s) {
        const MatrixF& out = network.forward(weights[static_cast<std::size_t>(s)], blocks[b], work, Pass::prediction);
        values.col(s) = out.row(0).head(points).transpose();
        if (heteroscedastic)
          for (Index i = 0; i < points; ++i) variances(at + i, g) += softplus(out(1, i)) + kSmallestVariance;
      }
      functions.block(at, first, points, draws) = values;
    }
  });
  Vector noise = Vector::Constant(m, noise_variance);
  if (heteroscedastic) noise = variances.cast<double>().rowwise().sum() / static_cast<double>(count);
  return from_functions(std::move(functions), std::move(noise));
}

JointPrediction predict_draws(const Network& network, const Matrix& query, const MatrixF& weights,
                              double noise_variance) {
  return predict_draws(
      network, query, weights.cols(), [&](Index s, VectorF& w) { w = weights.col(s).head(network.parameter_count()); },
      noise_variance);
}

}  // namespace predcorr::models
