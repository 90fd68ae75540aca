// SPDX-License-Identifier: Apache-2.0
#include "metrics/active_learning/greedy.hpp"

#include <cmath>

namespace predcorr::metrics {

Selection pick_greedily(const std::string& criterion, Index batch, const std::function<Vector()>& scores,
                        const std::function<void(Index, double)>& take) {
  Selection selection;
  for (Index k = 0; k < batch; ++k) {
    const Selection best = take_best(scores(), 1);
    const Index pick = best.picks.front();
    const double gain = best.gains.front();
    require(std::isfinite(gain), ErrorKind::numerical, "{}: no pool point is left with any variance after {} picks",
            criterion, k);
    selection.picks.push_back(pick);
    selection.gains.push_back(gain);
    if (k + 1 < batch) take(pick, gain);
  }
  return selection;
}

}  // namespace predcorr::metrics
