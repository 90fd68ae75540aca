// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/engine/function_draws.hpp"

#include <algorithm>
#include <map>
#include <vector>

#include "core/base/parallel.hpp"
#include "models/bnn/engine/likelihood.hpp"

namespace predcorr::models {
namespace {

constexpr Index kPoints = 480;  // of a block: a network's activations there stay in the second-level cache
constexpr Index kDraws = 16;    // written side by side: a cache line of the factor's row

/// Some draws of one network, evaluated one after the other, and their columns in the factor.
struct DrawGroup {
  const Network* network;
  Index first, count, column;
};

/// @param draw of a network, to write its draw s
JointPrediction predict_groups(const Matrix& query, const std::vector<DrawGroup>& groups,
                               const std::function<void(const DrawGroup&, Index s, VectorF&)>& draw,
                               double noise_variance) {
  const Index m = query.rows(), count = groups.back().column + groups.back().count;
  const bool heteroscedastic = groups.front().network->outputs() == 2;
  RowMatrixF functions(m, count);
  MatrixF variances = MatrixF::Zero(heteroscedastic ? m : 0, heteroscedastic ? std::ssize(groups) : 0);
  parallel_for(std::ssize(groups), [&](Index g) {
    const DrawGroup& group = groups[static_cast<std::size_t>(g)];
    const Network& network = *group.network;
    std::vector<VectorF> weights(static_cast<std::size_t>(group.count), VectorF(network.parameter_count()));
    for (Index s = 0; s < group.count; ++s) draw(group, group.first + s, weights[static_cast<std::size_t>(s)]);
    Network::Workspace work;
    RowMatrixF values;
    for (Index at = 0; at < m; at += kPoints) {
      const NetworkInputs block = network.inputs_of(query.middleRows(at, std::min(kPoints, m - at)));
      const Index points = block.count;
      values.resize(points, group.count);
      for (Index s = 0; s < group.count; ++s) {
        const MatrixF& out = network.forward(weights[static_cast<std::size_t>(s)], block, work, Pass::prediction);
        values.col(s) = out.row(0).head(points).transpose();
        if (heteroscedastic)
          for (Index i = 0; i < points; ++i) variances(at + i, g) += softplus(out(1, i)) + kSmallestVariance;
      }
      functions.block(at, group.column, points, group.count) = values;
    }
  });
  Vector noise = Vector::Constant(m, noise_variance);
  if (heteroscedastic) noise = variances.cast<double>().rowwise().sum() / static_cast<double>(count);
  return from_functions(std::move(functions), std::move(noise));
}

/// Appends a network's draws in groups of kDraws.
void add_groups(const Network& network, Index count, std::vector<DrawGroup>& groups) {
  const Index column = groups.empty() ? 0 : groups.back().column + groups.back().count;
  for (Index first = 0; first < count; first += kDraws)
    groups.push_back({&network, first, std::min(kDraws, count - first), column + first});
}

}  // namespace

JointPrediction predict_draws(const Network& network, const Matrix& query, Index count, const WeightDraw& draw,
                              double noise_variance) {
  std::vector<DrawGroup> groups;
  add_groups(network, count, groups);
  return predict_groups(
      query, groups, [&](const DrawGroup&, Index s, VectorF& weights) { draw(s, weights); }, noise_variance);
}

JointPrediction predict_draws(const Network& network, const Matrix& query, const MatrixF& weights,
                              double noise_variance) {
  return predict_draws(
      network, query, weights.cols(), [&](Index s, VectorF& w) { w = weights.col(s).head(network.parameter_count()); },
      noise_variance);
}

JointPrediction predict_draws(const std::vector<NetworkDraws>& draws, const Matrix& query, double noise_variance) {
  std::vector<DrawGroup> groups;
  std::map<const Network*, const MatrixF*> columns;
  for (const NetworkDraws& each : draws) {
    add_groups(each.network, each.weights.cols(), groups);
    columns[&each.network] = &each.weights;
  }
  return predict_groups(
      query, groups,
      [&](const DrawGroup& group, Index s, VectorF& weights) {
        weights = columns.at(group.network)->col(s).head(group.network->parameter_count());
      },
      noise_variance);
}

}  // namespace predcorr::models
