// SPDX-License-Identifier: Apache-2.0
#include "models/bnn/engine/collapse.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "datasets/target_variation.hpp"

namespace predcorr::models {

double explained_share(const TrainingData& data, const std::function<JointPrediction(const Matrix& rows)>& predict) {
  constexpr Index kRows = 1000;
  const Index n = data.targets.size(), count = std::min(n, kRows);
  Rows rows(static_cast<std::size_t>(count));  // spread over all, which may be in an order
  for (Index i = 0; i < count; ++i) rows[static_cast<std::size_t>(i)] = i * n / count;
  const Vector targets = data.targets(rows);
  if (!varies(targets)) return 1;
  const double square = (targets - predict(data.inputs(rows, Eigen::all)).mean).squaredNorm();
  return 1 - square / (targets.array() - targets.mean()).square().sum();
}

std::vector<std::string> collapse_warnings(double explained_share, std::optional<double> kl_per_weight) {
  if (explained_share >= kCollapsedShare) return {};
  const std::string divergence =
      kl_per_weight ? fmt::format("; its KL divergence from the prior is {:.3g} nats per weight", *kl_per_weight) : "";
  return {
      fmt::format("the fit has collapsed: the posterior mean explains {:.1f} % of the training targets' variance{}; "
                  "fewer units, a smaller prior variance, or other epochs and learning_rate may help",
                  100 * std::max(explained_share, 0.0), divergence)};
}

}  // namespace predcorr::models
