// SPDX-License-Identifier: Apache-2.0
#include "models/trees/boosting.hpp"

#include <algorithm>
#include <cmath>

#include "core/base/parallel.hpp"

namespace predcorr::models {

Vector BoostedTrees::predict(const Matrix& points) const {
  constexpr Index kBlock = 1024;
  const Index m = points.rows();
  Vector sum = Vector::Zero(m);
  parallel_for((m + kBlock - 1) / kBlock, [&](Index block) {
    const Index first = block * kBlock, count = std::min(kBlock, m - first);
    const RowMatrix rows = points.middleRows(first, count);
    Vector values(count);
    for (const Tree& tree : trees) {
      tree.predict(rows.data(), count, rows.cols(), values.data());
      sum.segment(first, count) += values;
    }
  });
  return (start + rate * sum.array()).matrix();
}

BoostedTrees boost(const TreeGrower& grower, const Matrix& inputs, const Vector& targets, const Vector& weights,
                   const Vector& validation, const BoostingOptions& options, const Stream& stream) {
  const Index n = targets.size();
  BoostedTrees boosted{targets.dot(weights) / weights.sum(), options.rate, {}};
  const RowMatrix rows = inputs;
  Vector residual = targets.array() - boosted.start, values(n), own_weights = weights;
  Stream tree_stream = stream.fork("trees");
  Stream subsamples = stream.fork("subsamples");
  const bool validated = options.patience > 0 && validation.size() > 0 && validation.sum() > 0;
  double best_error = validated ? residual.cwiseAbs2().dot(validation) : 0;
  std::size_t best_rounds = 0;
  for (Index round = 0; round < options.rounds; ++round) {
    if (options.subsample < 1) {
      const Rows order = subsamples.permutation(n);
      const Index wanted = std::max<Index>(1, std::llround(options.subsample * static_cast<double>(n)));
      own_weights.setZero();
      for (Index k = 0, taken = 0; k < n && taken < wanted; ++k) {
        const Index row = order[static_cast<std::size_t>(k)];
        own_weights(row) = weights(row);
        taken += weights(row) > 0;
      }
    }
    boosted.trees.push_back(grower.grow(residual, own_weights, tree_stream));
    boosted.trees.back().predict(rows.data(), n, rows.cols(), values.data());
    residual -= options.rate * values;
    if (!validated) continue;
    const double error = residual.cwiseAbs2().dot(validation);
    if (error < best_error) {
      best_error = error;
      best_rounds = boosted.trees.size();
    } else if (boosted.trees.size() >= best_rounds + static_cast<std::size_t>(options.patience)) {
      break;
    }
  }
  if (validated) boosted.trees.resize(best_rounds);
  return boosted;
}

}  // namespace predcorr::models
