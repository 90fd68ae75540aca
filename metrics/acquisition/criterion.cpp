// SPDX-License-Identifier: Apache-2.0
#include "metrics/acquisition/criterion.hpp"

#include <algorithm>

namespace predcorr {

Selection Criterion::select(const JointPrediction& prediction, Index n_pool, Index batch, const Stream& stream) const {
  require(n_pool >= 0 && batch >= 0, ErrorKind::shape, "select: pool {} and batch {} must not be negative", n_pool,
          batch);
  require(!needs_prediction() || n_pool < prediction.size(), ErrorKind::shape,
          "select: a prediction of {} points has no targets beside a pool of {}", prediction.size(), n_pool);
  return do_select(prediction, n_pool, std::min(batch, n_pool), stream);
}

Selection take_best(const Vector& scores, Index batch) {
  Rows order = consecutive_rows(0, scores.size());
  std::partial_sort(order.begin(), order.begin() + batch, order.end(),
                    [&](Index a, Index b) { return scores(a) != scores(b) ? scores(a) > scores(b) : a < b; });
  order.resize(static_cast<std::size_t>(batch));
  Selection selection{order, {}};
  for (const Index i : order) selection.gains.push_back(scores(i));
  return selection;
}

}  // namespace predcorr
