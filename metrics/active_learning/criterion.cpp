// SPDX-License-Identifier: Apache-2.0
#include "metrics/active_learning/criterion.hpp"

#include <algorithm>
#include <cmath>

namespace predcorr {
namespace {

void check(const Selection& chosen, Index n_pool, Index batch, bool needs_gains, const std::string& who) {
  require(std::ssize(chosen.picks) == batch, ErrorKind::internal, "{}: do_select picked {} points, asked for {} of {}",
          who, chosen.picks.size(), batch, n_pool);
  std::vector<bool> taken(static_cast<std::size_t>(n_pool), false);
  for (const Index pick : chosen.picks) {
    require(pick >= 0 && pick < n_pool, ErrorKind::internal,
            "{}: do_select picked position {}, which is outside the pool of {} (positions count from 0)", who, pick,
            n_pool);
    require(!taken[static_cast<std::size_t>(pick)], ErrorKind::internal, "{}: do_select picked position {} twice", who,
            pick);
    taken[static_cast<std::size_t>(pick)] = true;
  }
  require(chosen.gains.size() == chosen.picks.size() || (!needs_gains && chosen.gains.empty()), ErrorKind::internal,
          "{}: do_select gave {} gains for {} picks", who, chosen.gains.size(), chosen.picks.size());
  for (const double gain : chosen.gains)
    require(std::isfinite(gain), ErrorKind::internal, "{}: do_select gave a gain that is not finite", who);
}

}  // namespace

Selection Criterion::select(const JointPrediction& prediction, Index n_pool, Index batch, const Stream& stream) const {
  require(n_pool >= 0 && batch >= 0, ErrorKind::shape, "select: pool {} and batch {} must not be negative", n_pool,
          batch);
  require(!needs_prediction() || n_pool < prediction.size(), ErrorKind::shape,
          "select: a prediction of {} points has no targets beside a pool of {}", prediction.size(), n_pool);
  const std::string who = called(kKind);
  const Index most = std::min(batch, n_pool);
  Selection chosen = guarded(who, "do_select", [&] { return do_select(prediction, n_pool, most, stream); });
  check(chosen, n_pool, most, needs_prediction(), who);
  return chosen;
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
