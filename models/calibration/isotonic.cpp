// SPDX-License-Identifier: Apache-2.0
#include "models/calibration/isotonic.hpp"

#include "core/base/error.hpp"

namespace predcorr::models {

std::vector<Level> pool_adjacent_violators(const Vector& values, const Vector& weights) {
  require(values.size() == weights.size(), ErrorKind::shape, "isotonic: {} values and {} weights", values.size(),
          weights.size());
  require(values.allFinite() && weights.allFinite() && (weights.array() > 0).all(), ErrorKind::numerical,
          "isotonic: values must be finite and weights above 0");
  std::vector<Level> levels;
  for (Index i = 0; i < values.size(); ++i) {
    levels.push_back({i, i, weights(i), values(i)});
    while (levels.size() > 1 && levels[levels.size() - 2].value >= levels.back().value) {
      const Level last = levels.back();
      levels.pop_back();
      Level& kept = levels.back();
      kept.value = (kept.weight * kept.value + last.weight * last.value) / (kept.weight + last.weight);
      kept.weight += last.weight;
      kept.last = last.last;
    }
  }
  return levels;
}

}  // namespace predcorr::models
