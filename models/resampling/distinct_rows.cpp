// SPDX-License-Identifier: Apache-2.0
#include "models/resampling/distinct_rows.hpp"

#include <algorithm>

namespace predcorr::models {

Vector row_weights(const TrainingData& data) {
  return data.weights.size() > 0 ? data.weights : Vector::Ones(data.targets.size());
}

DistinctRows distinct_rows(const TrainingData& data) {
  const Vector weights = row_weights(data);
  // -1, 0 or 1 as row a comes before, equals or comes behind row b; targets first, for they differ most often.
  const auto order = [&](Index a, Index b) {
    if (data.targets(a) != data.targets(b)) return data.targets(a) < data.targets(b) ? -1 : 1;
    for (Index c = 0; c < data.inputs.cols(); ++c)
      if (data.inputs(a, c) != data.inputs(b, c)) return data.inputs(a, c) < data.inputs(b, c) ? -1 : 1;
    return 0;
  };
  Rows sorted;
  for (Index i = 0; i < weights.size(); ++i)
    if (weights(i) > 0) sorted.push_back(i);
  std::stable_sort(sorted.begin(), sorted.end(), [&](Index a, Index b) { return order(a, b) < 0; });
  Vector of_first = Vector::Zero(weights.size());  // at the first row of each set; a stable sort puts it in front
  Index first = -1;
  for (const Index i : sorted) {
    if (first < 0 || order(first, i) != 0) first = i;
    of_first(first) += weights(i);
  }
  DistinctRows distinct;
  for (Index i = 0; i < of_first.size(); ++i)
    if (of_first(i) > 0) distinct.rows.push_back(i);
  distinct.weights = of_first(distinct.rows);
  return distinct;
}

}  // namespace predcorr::models
