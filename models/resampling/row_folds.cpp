// SPDX-License-Identifier: Apache-2.0
#include "models/resampling/row_folds.hpp"

#include <algorithm>

#include "core/base/hash.hpp"
#include "core/base/parallel.hpp"

namespace predcorr::models {
namespace {

Vector masked_weights(const TrainingData& data, const std::vector<int>& fold_of, int fold, bool within) {
  Vector weights = data.weights.size() > 0 ? data.weights : Vector::Ones(data.targets.size());
  for (Index i = 0; i < weights.size(); ++i)
    if ((fold_of[static_cast<std::size_t>(i)] == fold) != within) weights(i) = 0;
  return weights;
}

}  // namespace

std::vector<int> row_folds(const TrainingData& data, int folds, std::uint64_t key) {
  std::vector<std::pair<std::uint64_t, Index>> hashed;
  for (Index i = 0; i < data.inputs.rows(); ++i) {
    if (data.weights.size() > 0 && data.weights(i) == 0) continue;
    std::uint64_t hash = key;
    if (!data.groups.empty())
      hash = mix_bits(hash + static_cast<std::uint64_t>(data.groups[static_cast<std::size_t>(i)]));
    else
      for (Index f = 0; f < data.inputs.cols(); ++f) hash = hash_with(hash, data.inputs(i, f));
    hashed.emplace_back(hash, i);
  }
  std::sort(hashed.begin(), hashed.end());
  std::vector<int> fold_of(static_cast<std::size_t>(data.inputs.rows()), -1);
  std::size_t distinct = 0;
  for (std::size_t k = 0; k < hashed.size(); ++k) {
    if (k > 0 && hashed[k].first != hashed[k - 1].first) ++distinct;
    fold_of[static_cast<std::size_t>(hashed[k].second)] = static_cast<int>(distinct % static_cast<std::size_t>(folds));
  }
  return fold_of;
}

Vector weights_without(const TrainingData& data, const std::vector<int>& fold_of, int fold) {
  return masked_weights(data, fold_of, fold, false);
}

Vector weights_within(const TrainingData& data, const std::vector<int>& fold_of, int fold) {
  return masked_weights(data, fold_of, fold, true);
}

double held_out_square(const TrainingData& data, int folds, std::uint64_t key,
                       const std::function<Vector(const Vector& weights, int fold)>& fit) {
  const std::vector<int> fold_of = row_folds(data, folds, key);
  Vector squares = Vector::Zero(folds), weight = Vector::Zero(folds);
  parallel_for(folds, [&](Index fold) {
    const Vector seen = weights_without(data, fold_of, static_cast<int>(fold));
    const Vector held_out = weights_within(data, fold_of, static_cast<int>(fold));
    if (seen.sum() == 0 || held_out.sum() == 0) return;
    const Vector residual = data.targets - fit(seen, static_cast<int>(fold));
    squares(fold) = residual.cwiseAbs2().dot(held_out);
    weight(fold) = held_out.sum();
  });
  if (weight.sum() > 0) return squares.sum() / weight.sum();
  const Vector all = data.weights.size() > 0 ? data.weights : Vector::Ones(data.targets.size());
  const double mean = data.targets.dot(all) / all.sum();
  return (data.targets.array() - mean).square().matrix().dot(all) / all.sum();
}

}  // namespace predcorr::models
